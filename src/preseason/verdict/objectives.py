"""One objective, from its evidence to its result: dispatch, windows, steadiness, waivers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from preseason.slo.model import Kind, Unit
from preseason.verdict import wording
from preseason.verdict.arrivals import all_accounted_for
from preseason.verdict.coverage import LEAST_COVERED
from preseason.verdict.judgement import Judgement
from preseason.verdict.model import ObjectiveResult, Outcome
from preseason.verdict.regression import judge_against
from preseason.verdict.requests import judge_requests
from preseason.verdict.samples import holds, judge_samples
from preseason.verdict.statistics.steady import Span

if TYPE_CHECKING:
    from datetime import date

    from preseason.slo.model import Objective
    from preseason.verdict.evidence import Evidence

_ABOUT_REQUESTS = {
    Kind.LATENCY_QUANTILE,
    Kind.LATENCY_MEAN,
    Kind.ERRORS,
    Kind.AVAILABILITY,
    Kind.RATE,
}
_ABOUT_ANSWERS = {Kind.LATENCY_QUANTILE, Kind.LATENCY_MEAN, Kind.ERRORS, Kind.AVAILABILITY}
#: The worse an outcome, the more it says about a promise that must hold in every window.
_SEVERITY = (Outcome.FAIL, Outcome.NO_DATA, Outcome.UNDECIDED, Outcome.PASS)


def judge_objective(objective: Objective, evidence: Evidence | None) -> ObjectiveResult:
    """The result of one objective; without evidence (a run that never began its load) NO_DATA."""
    if evidence is None:
        return result_of(objective, Judgement.no_data("the run ended before its load began"))
    judgement = _judge(objective, evidence)
    if objective.waiver is not None and _stands(objective.waiver.until, evidence):
        return result_of(objective, _waived(objective, judgement))
    return result_of(objective, judgement)


def result_of(objective: Objective, judgement: Judgement) -> ObjectiveResult:
    """A judgement, written down with the objective it is about."""
    return ObjectiveResult(
        name=objective.name,
        indicator=objective.indicator.text,
        endpoint=None if objective.endpoint is None else str(objective.endpoint),
        scenario=objective.scenario,
        comparison=objective.comparison.value,
        outcome=judgement.outcome,
        point=judgement.point,
        low=judgement.low,
        high=judgement.high,
        limit=objective.limit,
        unit=(Unit.RATIO if objective.of_baseline else objective.indicator.unit).value,
        good=judgement.good,
        total=judgement.total,
        target_ratio=judgement.target_ratio,
        ratio_low=judgement.ratio_low,
        ratio_high=judgement.ratio_high,
        confidence=objective.confidence,
        required=objective.required,
        severity=objective.severity.value,
        weight=objective.weight,
        reason=judgement.reason,
        needs=judgement.needs,
    )


def _judge(objective: Objective, evidence: Evidence) -> Judgement:
    """By the gap rule: what is about requests is judged on the time that was loaded, if that is most."""
    if objective.indicator.kind not in _ABOUT_REQUESTS or not evidence.unloaded:
        return _judge_made(objective, evidence)
    share, missing_s = evidence.loaded_share, sum(gap.length_s for gap in evidence.unloaded)
    made = f"the load was made for {wording.percent(share)} of the judged time"
    if share < LEAST_COVERED:
        needs = "a run whose load is not broken off"
        return Judgement.undecided(f"{made}; it takes at least {wording.percent(LEAST_COVERED)}", needs)
    judgement = _judge_made(objective, evidence)
    reason = f"{judgement.reason}; without the {wording.duration(missing_s)} in which no load was made"
    return replace(judgement, reason=reason)


def _judge_made(objective: Objective, evidence: Evidence) -> Judgement:
    if objective.of_baseline:
        return _unless_waiting(objective, evidence, _against_baseline(objective, evidence))
    if objective.over_s is not None:
        in_windows = _in_every_window(objective, evidence, objective.over_s)
        return _unless_waiting(objective, evidence, in_windows)
    judgement = _once(objective, evidence)
    if objective.indicator.kind not in _ABOUT_ANSWERS:
        return judgement
    match judgement.outcome:
        case Outcome.PASS:
            return _unless_drifting(objective, evidence, _unless_waiting(objective, evidence, judgement))
        case Outcome.UNDECIDED:
            return _unless_turned_bad(objective, evidence, judgement)
        case _:
            return judgement


def _against_baseline(objective: Objective, evidence: Evidence) -> Judgement:
    if not evidence.baseline:
        return Judgement.no_data(evidence.no_baseline)
    return judge_against(objective, evidence, evidence.baseline)


def _unless_waiting(objective: Objective, evidence: Evidence, judgement: Judgement) -> Judgement:
    """Nothing about answers passes while the target leaves too many journeys waiting for theirs."""
    about_answers = objective.indicator.kind in _ABOUT_ANSWERS
    if judgement.outcome is not Outcome.PASS or not about_answers:
        return judgement
    lost = all_accounted_for(evidence, objective)
    if not lost:
        return judgement
    return replace(judgement, outcome=Outcome.UNDECIDED, reason=lost, needs="a target that lets users go")


def _unless_turned_bad(objective: Objective, evidence: Evidence, judgement: Judgement) -> Judgement:
    """A run that changed is judged by what it came to; over the whole, one change leaves it open."""
    if not evidence.drifts:
        return judgement
    _, second = evidence.judged.halves()
    came_to = _once(objective, evidence.during(second))
    if came_to.outcome is not Outcome.FAIL:
        return judgement
    return replace(judgement, outcome=Outcome.FAIL, reason=f"in its second half, {came_to.reason}", needs="")


def _once(objective: Objective, evidence: Evidence) -> Judgement:
    about_requests = objective.indicator.kind in _ABOUT_REQUESTS
    return judge_requests(objective, evidence) if about_requests else judge_samples(objective, evidence)


def _in_every_window(objective: Objective, evidence: Evidence, length_s: float) -> Judgement:
    """The worst of the whole windows the judged time holds.

    That all of them hold needs no correction (an intersection-union test); that one of many fails does: it is
    claimed at the confidence that keeps the whole at what was asked (Bonferroni).
    """
    judged = evidence.judged
    starts = np.arange(judged.start_s, judged.end_s - length_s + 1, length_s)
    if not len(starts):
        lacking = wording.duration(length_s - judged.length_s)
        return Judgement.undecided(
            "the judged time is shorter than one window", f"about {lacking} more of this load"
        )
    windows = [evidence.during(Span(int(start), int(start + length_s))) for start in starts]
    parts = [part for part in windows if part.loaded_share >= LEAST_COVERED] or windows[:1]
    found = [_once(objective, part) for part in parts]
    sure = replace(objective, confidence=1 - (1 - objective.confidence) / len(parts))
    found = [
        _claimed(one, _once(sure, part), len(parts)) if one.outcome is Outcome.FAIL else one
        for one, part in zip(found, parts, strict=True)
    ]
    worst = min(found, key=lambda one: (_SEVERITY.index(one.outcome), _goodness(objective, one)))
    # A longer load makes more windows, not larger ones.
    needs = "a higher rate, or longer windows" if worst.outcome is Outcome.UNDECIDED else worst.needs
    which = f"the worst of {len(parts)} windows" if len(parts) > 1 else "the only window"
    return replace(worst, reason=f"in {which}, {worst.reason}", needs=needs)


def _claimed(alone: Judgement, surer: Judgement, windows: int) -> Judgement:
    """A window's FAIL, if it also holds where it is one of so many; else it is told by what left it open."""
    if surer.outcome is Outcome.FAIL:
        return alone
    chance = f"alone that window would fail, but {wording.CHANCE_MISS} {windows}"
    return replace(alone, outcome=surer.outcome, reason=f"{surer.reason}; {chance}")


def _goodness(objective: Objective, judgement: Judgement) -> float:
    value = judgement.point if judgement.point is not None else np.inf
    return -value if objective.comparison.bounds_above else value


def _unless_drifting(objective: Objective, evidence: Evidence, judgement: Judgement) -> Judgement:
    """A PASS stands if it would also hold should the drift between the halves of the run go on once more."""
    if not evidence.drifts or judgement.outcome is not Outcome.PASS:
        return judgement
    first, second = (_once(objective, evidence.during(half)).point for half in evidence.judged.halves())
    if first is None or second is None:
        return judgement
    ahead = second + (second - first)
    if holds(objective.comparison, np.array([ahead]), objective.limit)[0]:
        return judgement
    moved, unit = evidence.drifts[0], objective.indicator.unit
    reason = (
        f"the {moved.series} did not settle; {objective.indicator.text} went from "
        f"{wording.in_unit(first, unit)} to {wording.in_unit(second, unit)}, towards its limit"
    )
    return replace(
        judgement, outcome=Outcome.NOT_STEADY, reason=reason, needs="a longer run, after it has settled"
    )


def _stands(until: date, evidence: Evidence) -> bool:
    return until >= evidence.run.manifest.started_at.date()


def _waived(objective: Objective, judgement: Judgement) -> Judgement:
    waiver = objective.waiver
    if waiver is None:
        return judgement
    by = f"waived by {waiver.owner} until {waiver.until}: {waiver.reason}"
    return replace(judgement, outcome=Outcome.WAIVED, reason=f"{by}; measured: {judgement.reason}", needs="")
