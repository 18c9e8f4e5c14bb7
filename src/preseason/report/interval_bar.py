"""An interval drawn as a bar against its limit, the good side always on the left."""

from __future__ import annotations

import math
from dataclasses import dataclass

#: Where on a bar the limit stands, in per cent: two thirds are for what it allows.
_LIMIT_AT = 66.67


@dataclass(frozen=True, slots=True)
class IntervalBar:
    """An interval against its limit, in per cent of the bar's length.

    Up to ``limit`` the scale is even: at 0 nothing of what the limit allows is used, there all of it.
    Beyond, it narrows, so that twice the limit is half way to the end and nothing lies outside. The bar of a
    change has ``zero``, no change, in its middle.
    """

    low: float
    high: float
    point: float | None
    limit: float = _LIMIT_AT
    zero: float | None = None


@dataclass(frozen=True, slots=True)
class Bound:
    """What a value must keep: ``< 200`` in milliseconds; ratios are 0-1."""

    comparison: str
    limit: float
    unit: str

    @property
    def from_below(self) -> bool:
        """Whether more is better."""
        return self.comparison in {">", ">="}

    def strain(self, value: float) -> float:
        """How much of what the limit allows is used: 0 nothing, 1 all of it, more is too much."""
        if self.from_below:
            if self.unit == "ratio" and self.limit < 1:
                return (1 - value) / (1 - self.limit)
            return self.limit / value if value > 0 else math.inf
        if self.limit == 0:
            return math.inf if value > 0 else 0.0
        return value / self.limit


def bar_of(low: float | None, point: float | None, high: float | None, bound: Bound) -> IntervalBar | None:
    """The bar of a value and its interval; an end that is None is open. None where nothing is known."""
    known = [value for value in (low, point, high) if value is not None]
    if not known:
        return None
    ends = [bound.strain(value) for value in known]
    has_interval = low is not None or high is not None
    worst_open = has_interval and (low if bound.from_below else high) is None
    best_open = has_interval and (high if bound.from_below else low) is None
    best = 0.0 if best_open else min(ends)
    worst = math.inf if worst_open else max(ends)
    shown = None if point is None else _shown(bound.strain(point))
    return IntervalBar(_shown(best), _shown(worst), shown)


def change_bar(
    low: float | None, point: float | None, high: float | None, margin: float
) -> IntervalBar | None:
    """The bar of a change that may reach ``margin``, better to the left; None where nothing is known.

    The margin lies half way between no change and the end, and nothing lies outside.
    """
    if low is None and high is None:
        return None
    ends = (-math.inf if low is None else low, math.inf if high is None else high)
    left, right = (_placed(end, margin) for end in ends)
    shown = None if point is None else _placed(point, margin)
    return IntervalBar(left, right, shown, limit=_placed(margin, margin), zero=50.0)


def _placed(change: float, margin: float) -> float:
    if math.isinf(change):
        return 100.0 if change > 0 else 0.0
    scale = abs(change) + (margin or 1.0)
    return round(50 * (1 + change / scale), 2)


def _shown(strain: float) -> float:
    if strain <= 1:
        return round(max(strain, 0.0) * _LIMIT_AT, 2)
    return round(100 - (100 - _LIMIT_AT) / strain, 2)
