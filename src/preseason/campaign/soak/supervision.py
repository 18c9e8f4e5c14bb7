"""Processes of ours that are started again when they end before their work is done, and what that costs."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from preseason.run.extent import last_samples_s

if TYPE_CHECKING:
    from pathlib import Path

    from preseason.run.manifest import Source

#: Who writes the segments of a run.
TRAFFIC, COLLECTORS = "traffic", "collectors"

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


@dataclass(frozen=True, slots=True)
class Loss:
    """Since when (UTC epoch seconds) something is missing, and why."""

    since_s: float
    reason: str


@dataclass(slots=True)
class Watched:
    """One of our two processes: when it may be started, what it has said, and what is missing of it."""

    backoff: Backoff
    loss: Loss | None = None
    heard_s: float = 0.0
    failure: str = ""
    has_worked: bool = False

    def start(self, now_s: float) -> None:
        """It is started: nothing is known of it yet."""
        self.backoff.start(now_s)
        self.heard_s, self.failure, self.has_worked = now_s, "", False


def known_until_s(run_folder: Path, writer: str) -> float:
    """Until when a run is known, of what ``writer`` records.

    Of several processes that make load, the one that was heard of the longest ago counts, and the second in
    which the traffic was lost is not known as a whole.
    """
    last = last_samples_s(run_folder, writer).values()
    if writer == TRAFFIC:
        return float(int(min(last, default=time.time())))
    return max(last, default=time.time())


def unwritable(error: OSError) -> str:
    """Why a process could not be started."""
    return f"the run's folder cannot be written: {error.strerror or error}"


def tells_more(source: Source, known: dict[str, Source]) -> bool:
    """A source that was there once stays: that it is away now is a gap, not an absence."""
    return source.name not in known or not source.absent
