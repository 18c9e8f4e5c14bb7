"""How many commands were slow, by the ids of the slow log.

The log itself says less: its length stands still once it is full, and its entries hold what users sent, of
which nothing is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import redis

_TRIES = 3


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


def length_and_newest(client: redis.Redis) -> tuple[int, int | None]:
    """How long the slow log is, and the id of its newest entry, as they stood at one and the same moment.

    A command may become slow between the two questions; then they are asked again, a few times.
    """
    length, newest = client.slowlog_len(), None
    for _ in range(_TRIES if length else 0):
        before = length
        newest = next((entry["id"] for entry in client.slowlog_get(1)), None)
        length = client.slowlog_len()
        if length == before:
            break
    return length, newest
