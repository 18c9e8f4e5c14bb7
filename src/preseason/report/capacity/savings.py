"""What could be cheaper, as rows of text and as a section of a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.planning.plan.saving import BYTES, CONNECTIONS, FUNCTION_S, MS_PER_THOUSAND, Kind
from preseason.report import plain, units
from preseason.report.page.parts import Listing, Prose, Section
from preseason.report.page.tables import Cell, Column, Look, Table, number
from preseason.slo.model import Unit

if TYPE_CHECKING:
    from preseason.planning.plan.saving import Saving, Savings
    from preseason.report.page.parts import Part

HEADS = ("what", "spends", "saves at most", "of all", "how")
_LONGEST_SUBJECT = 90
_TITLES = {
    Kind.STATEMENT: "Statements, by the database's time in 1 000 successful requests",
    Kind.INDEX: "Indexes that no scan has used",
    Kind.CONNECTIONS: "Connections",
    Kind.CACHE: "Cache misses, by the database's time in 1 000 successful requests",
    Kind.FUNCTION: "Function time in 1 000 successful requests",
}


def cells(found: Saving) -> tuple[str, ...]:
    """In the order of HEADS."""
    return (
        plain.short(found.subject, _LONGEST_SUBJECT),
        amount(found.spends, found.unit),
        "not known" if found.saves is None else amount(found.saves, found.unit),
        units.percent(found.share),
        plain.bound(found.how),
    )


def amount(value: float, unit: str) -> str:
    """In the saving's unit, without what the table's title says."""
    match unit:
        case _ if unit == MS_PER_THOUSAND:
            return units.milliseconds(value)
        case _ if unit == FUNCTION_S:
            return units.milliseconds(1000 * value)
        case _ if unit == BYTES:
            return units.size(value)
        case _ if unit == CONNECTIONS:
            return units.quantity(value, Unit.COUNT)
        case _:
            return f"{value:.4g} {unit}"


def by_kind(found: Savings) -> tuple[tuple[str, tuple[Saving, ...]], ...]:
    """The savings under their titles, kinds without any left out."""
    kinds = ((_TITLES[kind], tuple(one for one in found.found if one.kind is kind)) for kind in Kind)
    return tuple((title, chosen) for title, chosen in kinds if chosen)


def section(found: Savings, run: str) -> Section:
    """The savings that ``run`` shows."""
    lead = "What each thing spends, and what it would save at most; whether it can be had, who knows it says."
    parts: list[Part] = [_table(title, chosen) for title, chosen in by_kind(found)]
    if found.untold:
        parts.append(Listing(found.untold))
    parts.append(Prose(f"From the whole load of {run}.", quiet=True))
    return Section("savings", "Savings", "What could be cheaper?", lead, parts)


def _table(title: str, chosen: tuple[Saving, ...]) -> Table:
    columns = tuple(Column(head.capitalize(), number=place in {1, 2, 3}) for place, head in enumerate(HEADS))
    return Table(title, columns, tuple(map(_row, chosen)))


def _row(found: Saving) -> tuple[Cell, ...]:
    subject, spends, saves, share, how = cells(found)
    look = Look.CODE if found.kind in {Kind.STATEMENT, Kind.INDEX} else Look.PLAIN
    return (
        Cell(subject, look=look),
        number(spends, found.spends),
        number(saves, found.saves),
        Cell(share, found.share, share=found.share),
        Cell(how, length=240),
    )
