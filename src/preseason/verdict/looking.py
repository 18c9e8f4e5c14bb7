"""The verdict on a run that was looked at while it lasted: every look is taken again, on what it could see.

So the answer follows from the folder alone, wherever and whenever it is judged. What was decided at a look
stays decided, unless the run as a whole, with the answers that came after the look, no longer bears a PASS.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from preseason.verdict import wording
from preseason.verdict.family import by_interval, judge_objectives
from preseason.verdict.model import LooksTaken, Outcome
from preseason.verdict.statistics.sequential import (
    Standing,
    after_guarding,
    broken_guardrail,
    look,
    share_spent,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from preseason.run.manifest import Looks
    from preseason.slo.model import Objective
    from preseason.verdict.evidence import Evidence
    from preseason.verdict.model import ObjectiveResult
    from preseason.verdict.statistics.sequential import Decided


def judge_over_looks(
    objectives: Sequence[Objective], evidence: Evidence, looks: Looks
) -> tuple[tuple[ObjectiveResult, ...], LooksTaken]:
    """The results in the order of the objectives, and how their error was spent."""
    taken = [number for number, at_s in enumerate(looks.decide_s) if at_s <= evidence.load.length_s]
    standing = Standing()
    for number in taken:
        standing = look(objectives, evidence, looks, number, standing)
    decided, broken = dict(standing.decided), _broken(objectives, evidence, looks)
    if broken is not None:
        decided[broken.result.name] = broken
    whole = judge_objectives(
        [replace(one, confidence=after_guarding(one, looks)) for one in objectives], evidence
    )
    results = _at_looks(whole, standing, decided) if looks.decide_s else _at_the_end(whole, decided)
    return results, LooksTaken(
        at_s=tuple(looks.decide_s[number] for number in taken),
        spent=tuple(share_spent(looks, number) for number in taken),
        longest_s=looks.decide_s[-1] if looks.decide_s else None,
        decided_s={name: one.at_s for name, one in decided.items()},
        guarded_s=tuple(at_s for at_s in looks.guard_s if at_s <= evidence.load.length_s),
        broken="" if broken is None else broken.result.name,
    )


def _broken(objectives: Sequence[Objective], evidence: Evidence, looks: Looks) -> Decided | None:
    """The guardrail that ended the run, or would have."""
    numbers = (number for number, at_s in enumerate(looks.guard_s) if at_s <= evidence.load.length_s)
    found = (broken_guardrail(objectives, evidence, looks, number) for number in numbers)
    return next((one for one in found if one is not None), None)


def _at_the_end(
    whole: Sequence[ObjectiveResult], decided: Mapping[str, Decided]
) -> tuple[ObjectiveResult, ...]:
    """Judged once, when the run was over; a guardrail that broke had failed before."""
    return tuple(_dated(decided[one.name]) if one.name in decided else one for one in whole)


def _at_looks(
    whole: Sequence[ObjectiveResult], standing: Standing, decided: Mapping[str, Decided]
) -> tuple[ObjectiveResult, ...]:
    last = standing.results or tuple(_not_yet(one) for one in whole)
    return tuple(
        _settled(one, decided.get(one.name), at_last) for one, at_last in zip(whole, last, strict=True)
    )


def _settled(whole: ObjectiveResult, decided: Decided | None, at_last: ObjectiveResult) -> ObjectiveResult:
    if whole.outcome in {Outcome.PASS, Outcome.FAIL} and not by_interval(whole):
        return whole  # nothing was estimated: what was seen in the whole run is what was seen
    if decided is None:
        return at_last
    if decided.result.outcome is Outcome.PASS and whole.outcome is not Outcome.PASS:
        return _withdrawn(whole, decided)
    return _dated(decided)


def _not_yet(whole: ObjectiveResult) -> ObjectiveResult:
    """Of a run that ended before its first look."""
    if not by_interval(whole) or whole.outcome not in {Outcome.PASS, Outcome.FAIL}:
        return whole
    reason = f"the run ended before it was first looked at; {whole.reason}"
    return whole.model_copy(update={"outcome": Outcome.UNDECIDED, "reason": reason})


def _withdrawn(whole: ObjectiveResult, decided: Decided) -> ObjectiveResult:
    """It held at its look, and the rest of the run does not bear it out: neither is claimed."""
    outcome = Outcome.UNDECIDED if whole.outcome is Outcome.FAIL else whole.outcome
    then = wording.duration(decided.at_s)
    reason = f"it held after {then}, but not in the run as a whole: {whole.reason}"
    return whole.model_copy(update={"outcome": outcome, "reason": reason})


def _dated(decided: Decided) -> ObjectiveResult:
    result = decided.result
    when = f"decided after {wording.duration(decided.at_s)}, at {wording.confidence(result.confidence)}"
    return result.model_copy(update={"reason": f"{result.reason}; {when}"})
