"""What changed against the baseline, as rows: every figure from the comparison, none computed again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from preseason.report import units
from preseason.verdict.model import Decision, Outcome

if TYPE_CHECKING:
    from preseason.verdict.model import BaselineComparison, EndpointChange, FigureChange


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One endpoint, all of it text."""

    endpoint: str
    p95: str
    p95_change: str
    p95_outcome: Outcome
    errors: str
    errors_change: str
    errors_outcome: Outcome


_URGENCY = (Outcome.FAIL, Outcome.UNDECIDED, Outcome.NO_DATA, Outcome.PASS)


def rows(comparison: BaselineComparison) -> tuple[ChangeRow, ...]:
    """What became worse first."""
    return tuple(_row(one) for one in sorted(comparison.endpoints, key=_urgency))


def sentence(comparison: BaselineComparison) -> str:
    """What the comparison comes to."""
    margins = (
        f"{units.percent(comparison.margin_p95)} of p95 and "
        f"{units.percent(comparison.margin_errors)} of requests failed"
    )
    sure = f"with {units.percent(comparison.confidence)} confidence"
    match comparison.decision:
        case Decision.FAIL:
            told = f"some endpoint became worse by more than {margins}, {sure}."
        case Decision.PASS:
            told = f"no endpoint became worse by more than {margins}, each {sure}."
        case _:
            told = f"whether every endpoint kept within {margins} is open."
    if comparison.repeated:
        return told
    return f"{told} The baseline is a single run: what differs from run to run anyway is not seen."


def _urgency(change: EndpointChange) -> int:
    return min(_URGENCY.index(one.outcome) for one in (change.p95_ms, change.errors))


def _row(change: EndpointChange) -> ChangeRow:
    p95, errors = change.p95_ms, change.errors
    return ChangeRow(
        endpoint=change.endpoint,
        p95=_from_to(p95, "ms"),
        p95_change=_ratio(p95),
        p95_outcome=p95.outcome,
        errors=_from_to(errors, "ratio"),
        errors_change=_difference(errors),
        errors_outcome=errors.outcome,
    )


def _from_to(figure: FigureChange, unit: str) -> str:
    return f"{units.quantity(figure.before, unit)} to {units.quantity(figure.after, unit)}"


def _ratio(figure: FigureChange) -> str:
    """``-3 % to +4 %``, of what it was."""
    if figure.low is None and figure.high is None:
        return units.UNKNOWN
    low, high = ("any" if end is None else f"{100 * (end - 1):+.1f} %" for end in (figure.low, figure.high))
    return f"{low} to {high}"


def _difference(figure: FigureChange) -> str:
    """In percentage points."""
    if figure.low is None or figure.high is None:
        return units.UNKNOWN
    return f"{100 * figure.low:+.2f} to {100 * figure.high:+.2f} points"
