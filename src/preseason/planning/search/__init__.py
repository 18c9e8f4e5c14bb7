"""The capacity search: which step next, what each measured, and what all of them show."""
