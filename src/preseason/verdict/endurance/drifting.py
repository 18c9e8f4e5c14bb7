"""Which figures of a run creep, and whether one comes to its end: the objective that every soak has.

Many figures are looked at, so each must be surer than one alone: Holm's procedure keeps the chance of any
false alarm in a healthy night at one in a hundred. What is sure must matter as well: more than a twentieth an
hour, or its limit within the horizon.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from preseason.slo.model import Unit
from preseason.verdict import wording
from preseason.verdict.endurance.figures import figures_of
from preseason.verdict.endurance.model import DriftResult
from preseason.verdict.endurance.wording import in_a_sentence
from preseason.verdict.model import ObjectiveResult, Outcome
from preseason.verdict.statistics.drift import creep, tellable, trend_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from preseason.verdict.endurance.figures import Figure
    from preseason.verdict.evidence import Evidence

INDICATOR = "drift"
#: The chance of any false alarm among all the figures of a run.
_CHANCE = 0.01
_LEAST_SHARE = 0.05
_CONFIDENCE = 1 - _CHANCE
#: What does not show in so many seconds may still be there: less is no PASS.
_LEAST_S = 590.0


def watched(evidence: Evidence) -> tuple[Figure, ...]:
    """The figures with enough samples for a drift to be told."""
    return tuple(figure for figure in figures_of(evidence) if tellable(len(figure.values)))


def drifts_of(figures: Sequence[Figure], horizon_s: float) -> tuple[DriftResult, ...]:
    """Those that creep, and matter: what fails first, then the surest."""
    trends = [trend_of(figure.at_s, figure.values, figure.block) for figure in figures]
    found = [
        drift
        for rank, place in enumerate(np.argsort(trends, kind="stable").tolist())
        if (drift := _drift(figures[place], _CHANCE / (len(figures) - rank), horizon_s)) is not None
    ]
    return tuple(sorted(found, key=lambda drift: (not drift.fails, drift.p)))


def _drift(figure: Figure, p_below: float, horizon_s: float) -> DriftResult | None:
    found = creep(
        figure.at_s,
        figure.values,
        block=figure.block,
        least_share=0.0,
        least=figure.least,
        limit=figure.limit,
        p_below=p_below,
    )
    if found is None or (found.per_hour < 0) is not figure.is_better_high:
        return None
    latest_s = found.to_limit_at_most_s
    ends = latest_s is not None and latest_s <= horizon_s
    usual = abs(float(np.median(figure.values)))
    if not ends and min(abs(found.low), abs(found.high)) <= _LEAST_SHARE * usual:
        return None
    return DriftResult(
        figure=figure.name,
        unit=figure.unit.value,
        per_hour=found.per_hour,
        low=found.low,
        high=found.high,
        p=found.p,
        first=found.first,
        last=found.last,
        limit=figure.limit,
        limit_is=figure.limit_is,
        to_limit_s=found.to_limit_s,
        to_limit_at_most_s=latest_s,
        fails=ends and figure.decides,
    )


def objective_of(
    figures: Sequence[Figure], drifts: Sequence[DriftResult], horizon_s: float
) -> ObjectiveResult:
    """That nothing comes to its limit: PASS only where figures that have one were watched long enough."""
    deciding = [figure for figure in figures if figure.decides]
    long_enough = [figure for figure in deciding if figure.at_s[-1] - figure.at_s[0] >= _LEAST_S]
    failing = [in_a_sentence(drift) for drift in drifts if drift.fails]
    failing += [f"{figure.name} came to {figure.limit_is}" for figure in deciding if _is_full(figure)]
    outcome, reason, needs = Outcome.PASS, "none of these creeps to its limit: ", ""
    reason += ", ".join(figure.name for figure in long_enough)
    if failing:
        outcome, reason = Outcome.FAIL, "; ".join(failing)
    elif not deciding:
        outcome, reason = Outcome.NO_DATA, "no figure of the target that has a limit was sampled often enough"
        needs = "a longer load, or servers that are sampled"
    elif not long_enough:
        outcome, reason = Outcome.UNDECIDED, "what was judged is too short to tell a drift from none"
        needs = f"{wording.duration(_LEAST_S)} of judged load"
    return ObjectiveResult(
        name=f"drifts to a limit within {wording.duration(horizon_s)} == 0",
        indicator=INDICATOR,
        comparison="==",
        outcome=outcome,
        point=float(len(failing)) if deciding or failing else None,
        low=None,
        high=None,
        limit=0.0,
        unit=Unit.COUNT.value,
        confidence=_CONFIDENCE,
        severity="P1",
        reason=reason,
        needs=needs,
    )


def _is_full(figure: Figure) -> bool:
    """Whether it has come to its limit and stands there: a leak that is over, as nothing more goes in."""
    return figure.limit is not None and float(np.median(figure.values)) >= figure.limit
