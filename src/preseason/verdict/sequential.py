"""Looking at a run while it lasts, without paying for it in false verdicts.

Who looks ten times at 95 % and stops at the first verdict is wrong far more often than in 5 % of runs. So the
chance of a false verdict is spent over the looks: little early, most at the end, by the function of O'Brien
and Fleming in the form of Lan and DeMets (Biometrika 70, 1983)::

    spent(t) = 2 - 2 Phi(z / sqrt(t)),   Phi(z) = 1 - alpha / 2,   t = the share of the longest run

Each look is judged at what is spent since the last one (the union bound), which holds whatever the looks
share. PASS and FAIL spend an alpha each.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr, ndtri

from preseason.slo.model import Severity
from preseason.verdict.family import judge_objectives
from preseason.verdict.model import Outcome
from preseason.verdict.steady import Span

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from preseason.slo.model import Objective
    from preseason.verdict.evidence import Evidence
    from preseason.verdict.model import ObjectiveResult

#: Objectives this severe end a run as soon as they fail: nobody wants to see the rest.
_GUARDRAILS = {Severity.P0, Severity.P1}
_DECIDED = {Outcome.PASS, Outcome.FAIL}


@dataclass(frozen=True, slots=True)
class Looks:
    """When a run is looked at, in seconds of judged time, ascending; the last look is its longest time."""

    at_s: tuple[float, ...]

    @classmethod
    def every(cls, interval_s: float, longest_s: float) -> Looks:
        """Evenly, and at the end."""
        inner = np.arange(interval_s, longest_s, interval_s).tolist()
        return cls((*inner, longest_s))

    def confidence(self, look: int, asked: float) -> float:
        """At which confidence look ``look`` (from 0) judges, so that all together keep what is asked."""
        spent = [0.0, *(_spent(at_s / self.at_s[-1], 1 - asked) for at_s in self.at_s)]
        return 1 - [after - before for before, after in pairwise(spent)][look]


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known after some looks: results of the last one, and what was decided so far by name.

    A decision stays: it was paid for. Only a PASS gives way, to a FAIL that a later look pays for.
    """

    results: tuple[ObjectiveResult, ...] = ()
    decided: Mapping[str, Outcome] | None = None
    aborted_by: str = ""

    @property
    def over(self) -> bool:
        """Whether every required objective is decided, or a guardrail broke."""
        required = [result for result in self.results if result.required]
        known = self.decided or {}
        return bool(self.aborted_by) or (bool(required) and all(one.name in known for one in required))


def look(
    objectives: Sequence[Objective], evidence: Evidence, looks: Looks, number: int, before: Standing
) -> Standing:
    """Judge what has come in by look ``number``; ``evidence`` may reach further, and is cut."""
    start_s = evidence.judged.start_s
    end_s = min(evidence.judged.end_s, start_s + int(looks.at_s[number]))
    asked = [replace(one, confidence=looks.confidence(number, one.confidence)) for one in objectives]
    results = judge_objectives(asked, evidence.during(Span(start_s, end_s)))
    decided = dict(before.decided or {})
    for result in results:
        if result.outcome is Outcome.FAIL or (result.outcome in _DECIDED and result.name not in decided):
            decided[result.name] = result.outcome
    return Standing(results, decided, _broken(objectives, results))


def _broken(objectives: Sequence[Objective], results: Sequence[ObjectiveResult]) -> str:
    """The first guardrail that failed. One that passes ends nothing."""
    failed = (
        objective.name
        for objective, result in zip(objectives, results, strict=True)
        if objective.severity in _GUARDRAILS and result.required and result.outcome is Outcome.FAIL
    )
    return next(failed, "")


def _spent(share: float, alpha: float) -> float:
    return float(2 - 2 * ndtr(ndtri(1 - alpha / 2) / np.sqrt(share)))
