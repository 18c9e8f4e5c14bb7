"""What changed against the baseline, as rows: every figure from the comparison, none computed again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from preseason.report import plain, units
from preseason.report.interval_bar import change_bar
from preseason.report.page.parts import Prose
from preseason.report.page.tables import Cell, Column, Look, Table, badge, number
from preseason.verdict.model import Decision, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preseason.report.page.parts import Part
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


#: Beyond this share of failures, p95 is that of a failed request.
_BEYOND_P95 = 0.05
_URGENCY = (Outcome.FAIL, Outcome.UNDECIDED, Outcome.NO_DATA, Outcome.PASS)


def rows(comparison: BaselineComparison) -> tuple[ChangeRow, ...]:
    """What became worse first."""
    return tuple(_row(one) for one in sorted(comparison.endpoints, key=_urgency))


def sentence(comparison: BaselineComparison) -> str:
    """What the comparison comes to."""
    p95 = f"p95 by more than {units.percent(comparison.margin_p95)}"
    failures = f"failures by more than {units.percent(comparison.margin_errors)} of all requests"
    sure = f"with {units.percent(comparison.confidence)} confidence"
    match comparison.decision:
        case Decision.FAIL:
            told = f"at least one endpoint became worse, {p95} or {failures}, {sure}."
        case Decision.PASS:
            told = f"no endpoint became worse, {p95} or {failures}, each {sure}."
        case _:
            told = f"whether any endpoint became worse, {p95} or {failures}, is open."
    if comparison.repeated:
        return told
    return f"{told} The baseline is a single run: what differs from run to run anyway is not seen."


def parts(comparison: BaselineComparison) -> Iterator[Part]:
    """Each endpoint's p95 and failures, before and after, with the change's interval against its margin."""
    columns = (
        Column("Endpoint"),
        Column("p95 before and after", number=True),
        Column("Change against the margin"),
        Column("Not worse"),
        Column("Failed before and after", number=True),
        Column("Change against the margin"),
        Column("Not worse"),
    )
    worst_first = sorted(comparison.endpoints, key=_urgency)
    rows_ = tuple(_cells(one, comparison) for one in worst_first)
    yield Table("By endpoint, what became worse first", columns, rows_, stacked=True)
    yield Prose(
        "Each bar is the interval of a change: the thin line is no change, the strong one the margin. "
        "Left is better",
        quiet=True,
    )


def _cells(one: EndpointChange, comparison: BaselineComparison) -> tuple[Cell, ...]:
    row, p95, errors = _row(one), one.p95_ms, one.errors
    low, point, high = (None if end is None else end - 1 for end in (p95.low, p95.change, p95.high))
    relative = change_bar(low, point, high, comparison.margin_p95)
    absolute = change_bar(errors.low, errors.change, errors.high, comparison.margin_errors)
    return (
        Cell(row.endpoint, look=Look.CODE),
        number(row.p95, p95.after, _why_unknown(one)),
        Cell(row.p95_change, bar=relative, tone=row.p95_outcome),
        badge(row.p95_outcome),
        number(row.errors, errors.after),
        Cell(row.errors_change, bar=absolute, tone=row.errors_outcome),
        badge(row.errors_outcome),
    )


def worse(change: EndpointChange) -> str:
    """``p95 went from 77.3 ms to 116 ms``: the figures of an endpoint that became worse."""
    row = _row(change)
    told = [f"p95 went from {row.p95}"] if row.p95_outcome is Outcome.FAIL else []
    told += [f"failures from {row.errors}"] if row.errors_outcome is Outcome.FAIL else []
    return " and ".join(told)


def _why_unknown(change: EndpointChange) -> str:
    """A failed request is later than any other, so that the 95th of a hundred may have no time."""
    p95, errors = change.p95_ms, change.errors
    without = [
        name
        for name, time_ms, failed in (
            ("before", p95.before, errors.before),
            ("after", p95.after, errors.after),
        )
        if time_ms is None and failed is not None and failed > _BEYOND_P95
    ]
    return f"more than 5 % failed {' and '.join(without)}" if without else ""


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
    if figure.before is None and figure.after is None:
        return units.UNKNOWN
    return f"{units.quantity(figure.before, unit)} to {units.quantity(figure.after, unit)}"


def _ratio(figure: FigureChange) -> str:
    """``-3 % to +4 %``, of what it was."""
    if figure.low is None and figure.high is None:
        return units.UNKNOWN
    low, high = (
        "any" if end is None else f"{_signed(100 * (end - 1), 1)} %" for end in (figure.low, figure.high)
    )
    return plain.bound(f"{low} to {high}")


def _difference(figure: FigureChange) -> str:
    """In percentage points."""
    if figure.low is None or figure.high is None:
        return units.UNKNOWN
    return f"{_signed(100 * figure.low, 2)} to {_signed(100 * figure.high, 2)} points"


def _signed(value: float, digits: int) -> str:
    return f"{value:+.{digits}f}".replace("-", units.MINUS)
