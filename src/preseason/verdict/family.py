"""All objectives of a question together: what one alone shows may be chance among many.

That all of them hold needs no correction (an intersection-union test): every single one had to. That one of
many fails does (``holm``): among twenty objectives that just hold, one is expected to look like a failure at
95 %.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from preseason.slo.model import Kind
from preseason.verdict import wording
from preseason.verdict.model import Outcome
from preseason.verdict.objectives import judge_objective
from preseason.verdict.statistics.holm import surer, too_weak
from preseason.verdict.statistics.ranks import fewest_for_upper

if TYPE_CHECKING:
    from collections.abc import Sequence

    from preseason.slo.model import Objective
    from preseason.verdict.evidence import Evidence
    from preseason.verdict.model import ObjectiveResult

_TESTED = {Outcome.PASS, Outcome.FAIL, Outcome.UNDECIDED, Outcome.NOT_STEADY}


def judge_objectives(
    objectives: Sequence[Objective], evidence: Evidence | None
) -> tuple[ObjectiveResult, ...]:
    """The results in the order of the objectives.

    The required ones and the advisory ones are a family each, so that what is only watched weakens no gate.
    """
    alone = [judge_objective(objective, evidence) for objective in objectives]
    together = list(alone)

    def fails_at(place: int, divisor: int) -> bool:
        return judge_objective(_surer(objectives[place], divisor), evidence).outcome is Outcome.FAIL

    for required in (True, False):
        members = [
            place for place, result in enumerate(alone) if result.required is required and by_interval(result)
        ]
        failed = [place for place in members if alone[place].outcome is Outcome.FAIL]
        weak, divisor = too_weak(failed, len(members), fails_at)
        for place in weak:
            together[place] = _too_weak(objectives[place], alone[place], divisor, evidence)
    return tuple(
        _unless_beyond_a_run(objective, result)
        for objective, result in zip(objectives, together, strict=True)
    )


def by_interval(result: ObjectiveResult) -> bool:
    """Whether chance had a part in it: counts of every single event or sample have no interval."""
    known = result.low is not None or result.ratio_low is not None
    return known and result.outcome in _TESTED and (result.target_ratio is None or result.target_ratio < 1)


def _surer(objective: Objective, divisor: int) -> Objective:
    return replace(objective, confidence=surer(objective.confidence, divisor))


def _too_weak(
    objective: Objective, alone: ObjectiveResult, divisor: int, evidence: Evidence | None
) -> ObjectiveResult:
    """Alone it fails; among so many that is not surprising enough. The interval stays as it was measured."""
    sure = judge_objective(_surer(objective, divisor), evidence)
    chance = f"alone it would fail, but it is one of {divisor} and {wording.CHANCE_MISS} so many"
    if wording.CHANCE_MISS in sure.reason:  # told of its windows
        chance = f"the objective, too, is one of {divisor}"
    return alone.model_copy(
        update={"outcome": Outcome.UNDECIDED, "reason": f"{sure.reason}; {chance}", "needs": sure.needs}
    )


def _unless_beyond_a_run(objective: Objective, result: ObjectiveResult) -> ObjectiveResult:
    """A promise about months is advisory in a run too short to keep it even without a single failure."""
    target, asked = result.target_ratio, result.total or 0
    availability = objective.indicator.kind is Kind.AVAILABILITY and result.outcome is Outcome.UNDECIDED
    if not availability or target is None or target >= 1:
        return result
    fewest = fewest_for_upper(target, objective.confidence)
    if asked >= fewest:
        return result
    probes = f"{wording.count(fewest)} independent probes without a failure"
    made = f"this run made {wording.count(asked)} requests, so that it is advisory here"
    reason = f"{result.reason}; a promise about months: it takes {probes}, and {made}"
    needs = f"{wording.count(fewest)} independent probes, as a monitor makes them over weeks"
    return result.model_copy(update={"required": False, "reason": reason, "needs": needs})
