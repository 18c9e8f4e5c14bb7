"""The server's log as a route to slow statements: it alone has every single one, where it may be read.

route     whether it may be, from which duration on it has all, and what would open it; pure
entries   what one entry says of a statement that took long; pure
records   bytes as they come, cut into entries; pure
files     which files of the log there are, and how far each was read; pure
reading   does the reading, through the one session
"""
