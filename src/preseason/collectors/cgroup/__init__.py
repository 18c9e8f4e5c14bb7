"""Control groups of Linux, version 2 and 1: what a process may use, what it uses, and when it was held back.

``parsing`` reads the files' texts, ``places`` finds the folders of a process, ``reading`` reads its figures.
"""
