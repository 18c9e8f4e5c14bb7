"""Judging a mean against its limit."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from preseason.verdict import wording
from preseason.verdict.judgement import Judgement
from preseason.verdict.model import Outcome
from preseason.verdict.statistics.intervals import mean_bounds

if TYPE_CHECKING:
    from preseason.slo.model import Objective
    from preseason.verdict.statistics.intervals import Bounds, Slices


def judge_mean(objective: Objective, sums: Slices, weights: Slices, events: float, what: str) -> Judgement:
    """PASS or FAIL when the whole interval of a mean lies on one side of its limit.

    ``sums`` over ``weights`` is the mean, by second; ``events`` of ``what`` are what it was measured on.
    Neither times nor rates are negative: where the scatter reaches below 0, the interval told ends there.
    """
    if not weights.sum():
        return Judgement.no_data("nothing was recorded in the judged part of the run")
    bounds = mean_bounds(sums, weights, objective.confidence)
    if bounds is None:
        reason = "the judged part is too short to see how much the mean scatters"
        return Judgement.undecided(reason, "a few more seconds of this load")
    outcome = _side(objective, bounds)
    undecided = outcome is Outcome.UNDECIDED
    return Judgement(
        outcome=outcome,
        reason=_reason(objective, bounds),
        needs=_needs(objective, bounds, len(sums), events, what) if undecided else "",
        point=bounds.point,
        low=max(0.0, bounds.low),
        high=bounds.high,
        total=round(events),
    )


def _side(objective: Objective, bounds: Bounds) -> Outcome:
    limit = objective.limit
    if objective.comparison.bounds_above:
        kept, broken = bounds.high <= limit, bounds.low > limit
    else:
        kept, broken = bounds.low >= limit, bounds.high < limit
    return Outcome.PASS if kept else Outcome.FAIL if broken else Outcome.UNDECIDED


def _reason(objective: Objective, bounds: Bounds) -> str:
    known = (max(0.0, bounds.low), bounds.point, bounds.high)
    low, point, high = (wording.in_unit(value, objective.indicator.unit) for value in known)
    return f"{objective.indicator.text} is {point}, between {low} and {high}"


def _needs(objective: Objective, bounds: Bounds, seconds: float, events: float, what: str) -> str:
    """The interval narrows with the root of time; it must become narrower than the distance to the limit."""
    distance = abs(bounds.point - objective.limit)
    factor = ((bounds.high - bounds.point) / distance) ** 2 if distance else math.inf
    return wording.more_needed(max(factor, 1.1), seconds, events, what)
