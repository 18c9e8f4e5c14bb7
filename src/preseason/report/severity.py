"""Severities as the operations manual words them, and how soon somebody has to act on each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from preseason.verdict.model import Decision, Outcome

if TYPE_CHECKING:
    from preseason.verdict.model import ObjectiveResult, Verdict


@dataclass(frozen=True, slots=True)
class Severity:
    """One level of the manual's incident classification; ``respond_within`` is its response time."""

    code: str
    word: str
    respond_within: str


#: The manual's section "Incident Classification", the weightiest first.
SEVERITIES = (
    Severity("P0", "Critical", "15 minutes"),
    Severity("P1", "High", "1 hour"),
    Severity("P2", "Medium", "4 hours"),
    Severity("P3", "Low", "24 hours"),
)


def missed(verdict: Verdict) -> tuple[ObjectiveResult, ...]:
    """The required objectives that the run missed; none where the run says nothing about the platform."""
    if verdict.verdict is not Decision.FAIL:
        return ()
    return tuple(one for one in verdict.objectives if one.required and one.outcome is Outcome.FAIL)


@dataclass(frozen=True, slots=True)
class Classified:
    """A severity, and why it is that one."""

    severity: Severity
    why: str


_BY_OBJECTIVE = "that of the weightiest objective that was missed, as the SLO file weighs it"
_DOWN = 'no request succeeded in what was judged: the manual\'s "platform completely unavailable"'
#: Whose good ones are the requests that succeeded.
_SUCCESSES = {"errors", "availability"}


def classify(verdict: Verdict) -> Classified | None:
    """The severity of what was missed; None where nothing was.

    That of the weightiest objective, unless nothing at all succeeded.
    """
    found = missed(verdict)
    if any(_is_down(one) for one in found):
        return Classified(SEVERITIES[0], _DOWN)
    codes = {objective.severity for objective in found}
    severity = next((one for one in SEVERITIES if one.code in codes), None)
    return None if severity is None else Classified(severity, _BY_OBJECTIVE)


def _is_down(objective: ObjectiveResult) -> bool:
    everything = not (objective.endpoint or objective.scenario)
    return everything and objective.indicator in _SUCCESSES and objective.good == 0 and bool(objective.total)
