"""The operators' alerts as rows: which would have fired in this run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from preseason.report import plain, units
from preseason.report.page.parts import Folded, Listing
from preseason.report.page.tables import Cell, Column, Table, badge, number
from preseason.verdict.model import AlertState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preseason.report.page.parts import Part
    from preseason.verdict.model import AlertResult, Verdict

#: A sentence of ours may be longer than somebody else's name.
_LONGEST = 400
_URGENCY = (AlertState.FIRED, AlertState.NOT_EVALUABLE, AlertState.QUIET)
#: A state as the class of a badge whose colours mean the same.
_TONES = {AlertState.FIRED: "fail", AlertState.QUIET: "pass", AlertState.NOT_EVALUABLE: "no_data"}


@dataclass(frozen=True, slots=True)
class AlertRow:
    """One alert, all of it text; ``tone`` is the class of its badge."""

    name: str
    level: str
    state: str
    tone: str
    worst: str
    why: str
    burn: str
    evaluable: bool


def rows(verdict: Verdict) -> tuple[AlertRow, ...]:
    """Those that fired first, then those that nobody can tell of; as the policy orders them otherwise."""
    return tuple(_row(one) for one in sorted(verdict.alerts, key=lambda one: _URGENCY.index(one.state)))


def summary(verdict: Verdict) -> str:
    """``2 of 10 alerts would have fired; 6 could not be evaluated``."""
    counts = [sum(one.state is state for one in verdict.alerts) for state in _URGENCY]
    total = len(verdict.alerts)
    open_ends = f"; {counts[1]} could not be evaluated" if counts[1] else ""
    return f"{counts[0] or 'none'} of {total} alerts would have fired{open_ends}"


def parts(verdict: Verdict) -> Iterator[Part]:
    """What would have fired as a table, and folded what could not be evaluated."""
    told = rows(verdict)
    known = tuple(_cells(row) for row in told if row.evaluable)
    if known:
        columns = (Column("Alert"), Column("State"), Column("Worst", number=True), Column("Why"))
        yield Table("The operators' alerts, asked of this run", columns, known, stacked=True)
    unknown = tuple(f"{row.name} ({row.level}): {row.why}" for row in told if not row.evaluable)
    if unknown:
        yield Folded(f"{len(unknown)} could not be evaluated", (Listing(unknown),))


def _cells(row: AlertRow) -> tuple[Cell, ...]:
    return (
        Cell(row.name, remark=row.level),
        badge(row.state, row.tone),
        number(row.worst, None),
        Cell(plain.sentence(row.why), remark=plain.sentence(row.burn), length=_LONGEST),
    )


def _row(alert: AlertResult) -> AlertRow:
    needs = f". It needs {alert.needs}" if alert.needs else ""
    return AlertRow(
        name=alert.name,
        level=alert.level,
        state=alert.state.value.replace("_", " "),
        tone=_TONES[alert.state],
        worst=units.quantity(alert.worst, alert.unit, apart_from=alert.limit),
        why=f"{alert.reason}{needs}",
        burn="; ".join(_burn(alert)),
        evaluable=alert.state is not AlertState.NOT_EVALUABLE,
    )


def _burn(alert: AlertResult) -> Iterator[str]:
    """What the alert's limit is to an error budget."""
    for objective, rate in alert.burn_rates.items():
        yield f"its limit is burn rate {units.count(rate)} of {objective}"
