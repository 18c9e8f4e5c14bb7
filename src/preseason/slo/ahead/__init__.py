"""Files that ask about what is ahead: a capacity plan, a platform to be simulated."""
