"""Objectives as rows: every figure from the verdict, none computed again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from preseason.report import plain, units
from preseason.report.interval_bar import Bound, bar_of
from preseason.verdict.model import Outcome

if TYPE_CHECKING:
    from preseason.report.interval_bar import IntervalBar
    from preseason.verdict.model import ObjectiveResult

#: Outcomes by how much they ask of the reader, the most urgent first.
_URGENCY = (
    Outcome.FAIL,
    Outcome.UNDECIDED,
    Outcome.NOT_STEADY,
    Outcome.NO_DATA,
    Outcome.WAIVED,
    Outcome.PASS,
)

#: What each outcome means, for whoever meets the word for the first time.
MEANINGS: dict[Outcome, str] = {
    Outcome.PASS: "holds, with the stated confidence",
    Outcome.FAIL: "does not hold, with the stated confidence",
    Outcome.UNDECIDED: "too close to call from what was measured",
    Outcome.NOT_STEADY: "the load or the answers never settled, so no figure stands for the whole",
    Outcome.NO_DATA: "nothing was measured; no data is not a pass",
    Outcome.WAIVED: "somebody took responsibility for not judging it",
}


@dataclass(frozen=True, slots=True)
class ObjectiveRow:
    """One line of the objectives table, all of it text but the bar."""

    name: str
    indicator: str
    scope: str
    outcome: Outcome
    limit: str
    value: str
    interval: str
    bar: IntervalBar | None
    judged: str
    confidence: str
    severity: str
    required: bool
    reason: str
    needs: str


def rows(objectives: tuple[ObjectiveResult, ...]) -> tuple[ObjectiveRow, ...]:
    """The most urgent first; as the SLO file orders them otherwise."""
    return tuple(_row(o) for o in sorted(objectives, key=lambda o: _URGENCY.index(o.outcome)))


def meanings(objectives: tuple[ObjectiveResult, ...]) -> tuple[tuple[str, str], ...]:
    """The outcomes that occur, each with what it means."""
    seen = {objective.outcome for objective in objectives}
    return tuple((outcome, meaning) for outcome, meaning in MEANINGS.items() if outcome in seen)


def said(row: ObjectiveRow) -> str:
    """``234 ms, limit < 200 ms. Needs 4 more minutes.``: a row in a line, for what has no tables."""
    needs = f" Needs {row.needs}." if row.needs else ""
    return f"{row.value}, limit {row.limit}. {plain.sentence(row.reason)}{needs}"


def limit_text(objective: ObjectiveResult) -> str:
    """``< 200 ms``."""
    sign = {"<=": "≤", ">=": "≥", "==": "="}.get(objective.comparison, objective.comparison)
    return f"{sign} {units.exact(objective.limit, objective.unit)}"


def value_text(objective: ObjectiveResult) -> str:
    """The measured value, never rounded onto its limit."""
    return units.quantity(objective.point, objective.unit, apart_from=objective.limit)


def interval_text(objective: ObjectiveResult) -> str:
    """``183 ms to 196 ms``; open ends in words; empty where there is no interval."""
    low, high = (
        units.quantity(end, objective.unit, apart_from=objective.limit)
        for end in (objective.low, objective.high)
    )
    if objective.low is None and objective.high is None:
        return ""
    if objective.high is None:
        return f"at least {low}"
    if objective.low is None:
        return f"at most {high}"
    return low if low == high else f"{low} to {high}"


def judged_text(objective: ObjectiveResult) -> str:
    """``23 980 of 24 312 = 98.6 %, at least 95 % asked``; empty where no ratio was judged."""
    if objective.good is None or not objective.total:
        return ""
    share = units.quantity(objective.good / objective.total, "ratio", apart_from=objective.target_ratio)
    told = f"{units.count(objective.good)} of {units.count(objective.total)} good = {share}"
    return (
        told if objective.target_ratio is None else f"{told}, {units.percent(objective.target_ratio)} asked"
    )


def interval_bar(objective: ObjectiveResult) -> IntervalBar | None:
    """None where there is no number or no limit to hold it against."""
    if objective.limit is None:
        return None
    bound = Bound(objective.comparison, objective.limit, objective.unit)
    return bar_of(objective.low, objective.point, objective.high, bound)


def _row(objective: ObjectiveResult) -> ObjectiveRow:
    return ObjectiveRow(
        name=objective.name,
        indicator=objective.indicator,
        scope=_scope(objective),
        outcome=objective.outcome,
        limit=limit_text(objective),
        value=value_text(objective),
        interval=interval_text(objective),
        bar=interval_bar(objective),
        judged=judged_text(objective),
        confidence=units.percent(objective.confidence),
        severity=objective.severity,
        required=objective.required,
        reason=objective.reason,
        needs=objective.needs,
    )


def _scope(objective: ObjectiveResult) -> str:
    """What the objective is narrowed to, unless its name already says so."""
    scope = objective.endpoint or objective.scenario or ""
    return "" if scope in objective.name else scope
