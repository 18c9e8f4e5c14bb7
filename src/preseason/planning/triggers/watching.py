"""What the triggers of a simulated platform see, second by second, and whether they fire.

The sense is that of ``verdict.alerts``: a CPU that must last is asked sample by sample, of which each tells
of the second before it; errors and means are taken over whole windows and have to hold at every evaluation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from preseason.slo.model import Kind
from preseason.verdict.samples import holds
from preseason.verdict.signals import FEWEST_EVENTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from preseason.slo.alerts.model import AlertRule

    Values = NDArray[np.float64]

_GROWTH_S = 3600


@dataclass(slots=True)
class Watched:
    """Sums by second: what servers worked, how many there were, what was answered, given up, and took."""

    seconds: int = 0
    busy: list[float] = field(default_factory=list)
    servers: list[int] = field(default_factory=list)
    answered: list[int] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    took_ms: list[float] = field(default_factory=list)

    def serves(self, begin_s: float, end_s: float, came_s: float) -> None:
        """A request that a server works on from ``begin_s`` to ``end_s``; it counts where it ends."""
        first, last = int(begin_s), int(end_s)
        self._reach(last)
        if first == last:
            self.busy[first] += end_s - begin_s
        else:
            self.busy[first] += first + 1 - begin_s
            for second in range(first + 1, last):
                self.busy[second] += 1.0
            self.busy[last] += end_s - last
        self.answered[last] += 1
        self.took_ms[last] += 1000 * (end_s - came_s)

    def leaves(self, at_s: float) -> None:
        """A request that gave up."""
        self._reach(int(at_s))
        self.left[int(at_s)] += 1

    def close(self, second: int, servers: int) -> None:
        """The second is over; so many servers were there."""
        self._reach(second)
        self.servers.append(servers)
        self.seconds = second + 1

    def cpu(self, seconds: int) -> Values:
        """The share of the servers' time that they worked; above 1 where some were taken at work."""
        return np.array(self.busy[:seconds]) / np.maximum(self.servers[:seconds], 1)

    def _reach(self, second: int) -> None:
        while second >= len(self.busy):
            for sums in (self.busy, self.took_ms):
                sums.extend([0.0] * _GROWTH_S)
            for counts in (self.answered, self.left):
                counts.extend([0] * _GROWTH_S)


@dataclass(slots=True)
class Watcher:
    """One trigger, asked at the end of every second in turn; ``last_good`` is when it last was not bad."""

    rule: AlertRule
    last_good: int = -1

    def asked(self, seen: Watched) -> bool:
        """Whether it fires now."""
        second = seen.seconds - 1
        value = self._value(seen)
        bad = value is not None and bool(holds(self.rule.comparison, np.array([value]), self.rule.limit)[0])
        if not bad:
            self.last_good = second
            return False
        since_s = second - self.last_good
        if self.rule.over_s is None:  # samples: those at both ends of the window, and none before the load
            return seen.seconds >= self.rule.lasting_s and (
                since_s > self.rule.lasting_s or self.last_good < 0
            )
        return since_s - 1 >= self.rule.lasting_s

    def _value(self, seen: Watched) -> float | None:
        """The indicator over the window that ends now; None where it is not known."""
        width, end = int(self.rule.over_s or 1), seen.seconds
        if end < width:
            return None
        part = slice(end - width, end)
        match self.rule.indicator.kind:
            case Kind.ERRORS:
                left = sum(seen.left[part])
                return _rate(left, left + sum(seen.answered[part]))
            case Kind.LATENCY_MEAN:
                return _rate(sum(seen.took_ms[part]), sum(seen.answered[part]))
            case _:
                shares = [b / max(s, 1) for b, s in zip(seen.busy[part], seen.servers[part], strict=True)]
                return sum(shares) / width


def _rate(part: float, events: int) -> float | None:
    return part / events if events >= FEWEST_EVENTS else None
