"""When a process that ended before its work was done may be started again."""

from __future__ import annotations

from dataclasses import dataclass

#: How long to wait after each loss in a row; the last one holds from there on.
WAITS_S = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
#: One that lived for this long was well: the next loss is a first one again.
WELL_S = 60.0
#: Both of our processes say something every second; one that says nothing for so long hangs.
SILENCE_S = 60.0


@dataclass(slots=True)
class Backoff:
    """Bounded back-off: a process that cannot live is tried at most every half minute, for ever.

    Times are seconds of one clock that only goes forward.
    """

    _losses: int = 0
    _started_s: float = 0.0
    _due_s: float = float("-inf")

    def start(self, now_s: float) -> None:
        """It has been started."""
        self._started_s = now_s

    def lose(self, now_s: float) -> None:
        """It has ended."""
        if now_s - self._started_s >= WELL_S:
            self._losses = 0
        self._due_s = now_s + WAITS_S[min(self._losses, len(WAITS_S) - 1)]
        self._losses += 1

    def is_due(self, now_s: float) -> bool:
        """Whether it may be started."""
        return now_s >= self._due_s
