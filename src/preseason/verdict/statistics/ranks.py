"""Which order statistics bound a quantile: the interval of a percentile in milliseconds.

The ``r``-th smallest of ``n`` independent values bounds the ``q`` quantile from above with confidence ``c``
when P(Binomial(n, q) < r) >= c. Where values are not independent, the ranks are those of ``effective``
values, stretched over all.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from scipy.special import betainc

if TYPE_CHECKING:
    from collections.abc import Callable


def upper_rank(count: int, quantile: float, confidence: float, effective: float | None = None) -> int | None:
    """The smallest rank (from 1) whose value bounds the quantile from above; None where none does."""
    thinned = _thinned(count, effective)

    def bounds(rank: int) -> bool:
        return _at_least(rank * thinned, count * thinned, quantile) <= 1 - confidence

    return _first(bounds, count)


def lower_rank(count: int, quantile: float, confidence: float, effective: float | None = None) -> int | None:
    """The largest rank whose value bounds the quantile from below; None where none does."""
    thinned = _thinned(count, effective)

    def too_high(rank: int) -> bool:
        lowest = (rank - 1) * thinned + 1
        return _at_least(lowest, count * thinned, quantile) < confidence

    first = _first(too_high, count)
    rank = count if first is None else first - 1
    return rank or None


def fewest_for_upper(quantile: float, confidence: float) -> int:
    """How many values it takes before the largest of them bounds the quantile from above."""
    return math.ceil(math.log(1 - confidence) / math.log(quantile))


def _thinned(count: int, effective: float | None) -> float:
    return 1.0 if effective is None else effective / count


def _at_least(successes: float, trials: float, probability: float) -> float:
    """P(Binomial(trials, probability) >= successes), continued to fractions of a trial."""
    if successes <= 0:
        return 1.0
    if successes > trials:
        return 0.0
    return float(betainc(successes, trials - successes + 1, probability))


def _first(holds: Callable[[int], bool], count: int) -> int | None:
    """The first of 1..count for which a condition holds that stays true once it is; None where none."""
    low, high = 1, count + 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low if low <= count else None
