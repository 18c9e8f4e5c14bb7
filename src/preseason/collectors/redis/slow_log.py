"""How many commands were slow, by the ids of the slow log.

The log itself says less: its length stands still once it is full, and its entries hold what users sent, of
which nothing is kept.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class SlowLog:
    """Counts the entries of one server since it was first seen; fewer where a full log was reset."""

    entries: int = 0
    _newest: int | None = None
    _was_empty: bool = False

    def see(self, length: int, newest: int | None) -> None:
        """Take in its length and the id of its newest entry (None of an empty one); ids only grow."""
        if newest is None:
            self._was_empty = True
            return
        if self._newest is None:
            self.entries += length if self._was_empty else 0
        else:
            began_anew = newest < self._newest  # with another process
            self.entries += newest + 1 if began_anew else newest - self._newest
        self._newest = newest
