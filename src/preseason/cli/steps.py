"""What is said of a command that makes no load: a line a step."""

from __future__ import annotations

import sys


class Steps:
    """Says what is being done on standard error, or nothing where ``quiet``."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet

    def step(self, text: str) -> None:
        if not self._quiet:
            print(f"preseason: {text}", file=sys.stderr, flush=True)

    def progress(self, progress: object) -> None:
        """There is no load to make progress."""
