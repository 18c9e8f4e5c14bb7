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


def severity_of(verdict: Verdict) -> Severity | None:
    """That of the weightiest objective that was missed; None where none was."""
    codes = {objective.severity for objective in missed(verdict)}
    return next((severity for severity in SEVERITIES if severity.code in codes), None)
