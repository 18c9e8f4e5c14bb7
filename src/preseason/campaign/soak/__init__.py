"""The soak: a gate made for hours, unattended, that goes on after whatever ended it."""
