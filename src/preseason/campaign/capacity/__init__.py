"""The capacity search: a judged run a step, kept so that a killed search goes on."""
