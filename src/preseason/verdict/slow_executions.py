"""How many executions of statements took long, from sums that a server keeps of many: at least, and at most.

For executions xᵢ between two snapshots, with S₁ = Σxᵢ and S₂ = Σxᵢ² known from a statement's counters:

- the longest took at least S₂ / S₁, because S₂ ≤ max · S₁, and one execution in a thousand shows in it;
- at most S₂ / t² of them took t or more, and at most S₁ / t, because each adds at least that much;
- where the server also keeps the longest since its counters began, one that rose is of this time, and none
  was longer than it.

This needs no access to single executions. A threshold is told from one below it as well as the sums allow.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from preseason.run.samples import Samples, Series

#: What rounding may have done to a sum of squares, as a share of it.
_ROUNDING = 1e-11


@dataclass(frozen=True, slots=True)
class SlowExecutions:
    """``low`` to ``high`` executions, the longest of which took ``longest_ms`` at least."""

    low: int
    high: int
    longest_ms: float

    def plus(self, other: SlowExecutions) -> SlowExecutions:
        longest_ms = max(self.longest_ms, other.longest_ms)
        return SlowExecutions(self.low + other.low, self.high + other.high, longest_ms)


def slow_executions(samples: Samples, threshold_ms: float, start_s: float, end_s: float) -> SlowExecutions:
    """Completed executions of at least ``threshold_ms`` from ``start_s`` to ``end_s``, of all statements.

    What ran between two snapshots of which one lies outside counts towards ``high`` alone.
    """
    found = SlowExecutions(0, 0, 0.0)
    for queryid in samples.labelled("postgres", "statement_square_ms2"):
        calls, times, squares = _seen_together(
            samples.get("postgres", metric, queryid)
            for metric in ("statement_calls", "statement_exec_ms", "statement_square_ms2")
        )
        longest = samples.get("postgres", "statement_longest_ms", queryid)
        ran = _Ran.of(calls, times, squares, longest)
        found = found.plus(ran.slower_than(threshold_ms, start_s, end_s))
    return found


@dataclass(frozen=True, slots=True)
class _Ran:
    """Executions of one statement between neighbouring snapshots; a longest that is not known is NaN."""

    start_s: NDArray[np.float64]
    end_s: NDArray[np.float64]
    calls: NDArray[np.float64]
    sum_ms: NDArray[np.float64]
    square_ms2: NDArray[np.float64]
    rounding_ms2: NDArray[np.float64]
    longest_before_ms: NDArray[np.float64]
    longest_ms: NDArray[np.float64]

    @classmethod
    def of(cls, calls: Series, times: Series, squares: Series, longest: Series) -> _Ran:
        count, spent, square = calls.deltas(), times.deltas(), squares.deltas()
        ran = count.valid & spent.valid & square.valid & (count.growth > 0)
        rounding = _ROUNDING * np.abs(squares.value[1:])
        known = _at(longest, squares.time_s)
        parts = (count.start_s, count.end_s, count.growth, spent.growth, square.growth, rounding)
        return cls(*(part[ran] for part in (*parts, known[:-1], known[1:])))

    def slower_than(self, threshold_ms: float, start_s: float, end_s: float) -> SlowExecutions:
        touches = (self.end_s > start_s) & (self.start_s < end_s)
        inside = (self.start_s >= start_s) & (self.end_s <= end_s)
        least_ms = self._longest_at_least_ms()
        high = self._at_most(threshold_ms)[touches].sum()
        low = int(np.count_nonzero(inside & (least_ms >= threshold_ms)))
        return SlowExecutions(low, int(high), float(least_ms[inside].max(initial=0.0)))

    def _longest_at_least_ms(self) -> NDArray[np.float64]:
        square = np.maximum(self.square_ms2 - self.rounding_ms2, 0.0)
        by_sums = np.divide(square, self.sum_ms, out=np.zeros_like(square), where=self.sum_ms > 0)
        rose = self.longest_ms > self.longest_before_ms
        return np.maximum(by_sums, np.where(rose, self.longest_ms, 0.0))

    def _at_most(self, threshold_ms: float) -> NDArray[np.float64]:
        by_squares = (self.square_ms2 + self.rounding_ms2) / threshold_ms**2
        by_sums = self.sum_ms * (1 + _ROUNDING) / threshold_ms
        most = np.floor(np.minimum(np.minimum(by_squares, by_sums), self.calls))
        return np.where(self.longest_ms < threshold_ms, 0.0, most)


def _seen_together(counters: Iterable[Series]) -> list[Series]:
    """As of the looks that all were seen in: of a look that was cut off, some may be missing."""
    listed = list(counters)
    shared_s = reduce(np.intersect1d, (one.time_s for one in listed))
    return [one.at(shared_s) for one in listed]


def _at(series: Series, time_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """The values of ``series`` at these moments; NaN where it was not sampled."""
    known = np.full(len(time_s), np.nan)
    _, there, here = np.intersect1d(series.time_s, time_s, return_indices=True)
    known[here] = series.value[there]
    return known
