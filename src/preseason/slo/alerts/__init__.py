"""Alert policies: on what the operators of a platform want to be woken."""
