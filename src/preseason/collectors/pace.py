"""When the next look at a source is due."""

from __future__ import annotations

from dataclasses import dataclass

#: Ticks are not exact; what is due with one may come so much early rather than a whole tick late.
EARLY_S = 0.1


@dataclass(slots=True)
class Every:
    """Due at once, and then again whenever ``interval_s`` has passed."""

    interval_s: float
    _next_s: float = float("-inf")

    def is_due(self, now_s: float) -> bool:
        """Whether it is time; if so, the next time is one interval later."""
        due = now_s >= self._next_s - EARLY_S
        if due:
            self._next_s = now_s + self.interval_s
        return due


def next_tick(start_s: float, interval_s: float, now_s: float) -> float:
    """The first of ``start_s``, ``start_s + interval_s`` … that is not before ``now_s``.

    A tick that passed while a look was still going on is skipped, never made up for.
    """
    missed = max(0.0, (now_s - start_s) / interval_s)
    return start_s + interval_s * -(-missed // 1)
