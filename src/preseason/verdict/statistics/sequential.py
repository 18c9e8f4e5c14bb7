"""Looking at a run while it lasts, without paying for it in false verdicts.

Who looks ten times at 95 % and stops at the first verdict is wrong far more often than in 5 % of runs. So the
chance of a false verdict is spent over the looks: little early, most at the end, by the function of Kim and
DeMets (Biometrika 74, 1987) that comes near the bounds of O'Brien and Fleming::

    spent(t) = alpha t ** 3,   t = the share of the longest run

Each look is judged at what is spent since the last one (the union bound), which holds whatever the looks
share; looks that lie half as far again apart leave 70 % to the last. PASS and FAIL spend an alpha each.

A guardrail is looked at more often, and may only fail: a tenth of its alpha is spent on that, evenly.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from preseason.verdict.evidence import as_of
from preseason.verdict.family import judge_objectives
from preseason.verdict.model import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from preseason.run.manifest import Looks
    from preseason.slo.model import Objective
    from preseason.verdict.evidence import Evidence
    from preseason.verdict.model import ObjectiveResult

_POWER = 3
_GUARDING = 0.1
_DECIDED = {Outcome.PASS, Outcome.FAIL}


@dataclass(frozen=True, slots=True)
class Decided:
    """What a look decided: the result, and when the look was, in seconds of the load."""

    at_s: float
    result: ObjectiveResult


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known after some looks: results of the last one, and what was decided so far by name.

    A decision stays: it was paid for. Only a PASS gives way, to a FAIL that a later look pays for.
    """

    results: tuple[ObjectiveResult, ...] = ()
    decided: Mapping[str, Decided] = field(default_factory=dict)

    @property
    def over(self) -> bool:
        """Whether every objective that decides the run is decided."""
        asked = [one for one in self.results if one.required and one.outcome is not Outcome.WAIVED]
        return bool(asked) and all(one.name in self.decided for one in asked)


def share_spent(looks: Looks, number: int) -> float:
    """Which share of its error an objective has for look ``number`` (from 0) of ``decide_s``."""
    longest_s = looks.decide_s[-1] - looks.from_s
    shares = [(at_s - looks.from_s) / longest_s for at_s in looks.decide_s[: number + 1]]
    return shares[-1] ** _POWER - (shares[-2] ** _POWER if number else 0.0)


def look(
    objectives: Sequence[Objective], evidence: Evidence, looks: Looks, number: int, before: Standing
) -> Standing:
    """Judge what was known at look ``number`` of ``decide_s``; ``evidence`` may reach further, and is cut."""
    at_s = looks.decide_s[number]
    asked = [replace(one, confidence=_at_look(one, looks, number)) for one in objectives]
    results = judge_objectives(asked, as_of(evidence, at_s))
    decided = dict(before.decided)
    for result in results:
        if result.outcome in _DECIDED and (result.outcome is Outcome.FAIL or result.name not in decided):
            decided[result.name] = Decided(at_s, result)
    return Standing(results, decided)


def broken_guardrail(
    objectives: Sequence[Objective], evidence: Evidence, looks: Looks, number: int
) -> Decided | None:
    """The first guardrail that had failed by look ``number`` of ``guard_s``. One that passes ends nothing."""
    at_s = looks.guard_s[number]
    asked = [
        replace(one, confidence=1 - (1 - one.confidence) * _GUARDING / len(looks.guard_s))
        for one in objectives
        if one.guardrail
    ]
    results = judge_objectives(asked, as_of(evidence, at_s)) if asked else ()
    return next((Decided(at_s, one) for one in results if one.outcome is Outcome.FAIL), None)


def after_guarding(objective: Objective, looks: Looks) -> float:
    """The confidence of an objective, less what looking at it as a guardrail took of its error."""
    left = 1 - _GUARDING if objective.guardrail and looks.guard_s else 1.0
    return 1 - (1 - objective.confidence) * left


def _at_look(objective: Objective, looks: Looks, number: int) -> float:
    return 1 - (1 - after_guarding(objective, looks)) * share_spent(looks, number)
