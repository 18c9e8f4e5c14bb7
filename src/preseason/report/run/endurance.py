"""What a run of hours showed: sentences for the terminal and the summary, tables for the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.report import units
from preseason.report.page.parts import Absent, Prose
from preseason.report.page.tables import Cell, Column, Look, Table, badge, number
from preseason.slo.model import Unit
from preseason.verdict import wording
from preseason.verdict.endurance.wording import in_a_sentence

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from preseason.report.page.parts import Part
    from preseason.verdict.endurance.model import (
        Availability,
        BurnOverTime,
        DriftResult,
        Endurance,
        IncidentResult,
        ReturnResult,
    )

#: What became of a figure after the load, in words, and the outcome whose colours that has.
_RETURNED = {
    "RETURNED": ("returned", "PASS"),
    "KEPT": ("kept", ""),
    "LEFT_BEHIND": ("left behind", "UNDECIDED"),
}
LEAD = "What only hours show. A drift fails a soak where a limit of the target comes within its horizon."


def lines(endurance: Endurance) -> Iterator[str]:
    """What is worth saying on a terminal, one sentence a line."""
    for drift in endurance.drifts:
        yield f"drift: {in_a_sentence(drift)}"
    for figure in endurance.returns:
        if figure.outcome == "LEFT_BEHIND":
            before, during, after = levels(figure)
            told = f"{figure.figure} is {after} after the load; {before} before it, {during} in its beginning"
            yield f"left behind: {told}"
    for incident in endurance.incidents:
        at = wording.moment(incident.at_s)
        yield f"incident: {incident.severity} at {at}, {lasted(incident)}: {incident.what}"
    if endurance.availability is not None:
        yield availability(endurance.availability)


def failing(endurance: Endurance | None) -> tuple[str, ...]:
    """The drifts that fail a soak, a sentence each."""
    drifts = endurance.drifts if endurance is not None else ()
    return tuple(in_a_sentence(drift) for drift in drifts if drift.fails)


def availability(seen: Availability) -> str:
    """The probes in a sentence."""
    probes = f"{units.count(seen.probes)} probes"
    told = f"available at {units.percent(seen.ratio)} of {probes} (at least {units.percent(seen.low)})"
    if not seen.failed:
        return told
    return f"{told}; down for {wording.span(seen.down_s)}, {wording.span(seen.longest_s)} in one piece"


def lasted(incident: IncidentResult) -> str:
    """``for 4 min``, ``until the end``."""
    if incident.until_s is None:
        return "until the end"
    return f"for {wording.span(incident.until_s - incident.at_s)}"


def levels(figure: ReturnResult) -> tuple[str, str, str]:
    """Before the load, in its beginning, after it."""
    unit = Unit(figure.unit)
    before, during, after = (
        units.UNKNOWN if value is None else wording.in_unit(value, unit)
        for value in (figure.before, figure.during, figure.after)
    )
    return before, during, after


def parts(endurance: Endurance) -> Iterator[Part]:
    """The tables of the page, and sentences where there is nothing to tabulate."""
    yield from _drifts(endurance)
    yield from _returns(endurance.returns)
    if endurance.availability is not None:
        yield Prose(f"The health endpoint was {availability(endurance.availability)}.")
    yield from _incidents(endurance.incidents)
    yield from _burns(endurance.burns)


def _drifts(endurance: Endurance) -> Iterator[Part]:
    if not endurance.drifts:
        watched = f"{units.count(len(endurance.looked_at))} figures were watched"
        none = "no figure was sampled long enough to tell a drift"
        yield Absent(f"nothing drifts: {watched}" if endurance.looked_at else none)
        return
    columns = (
        Column("Figure"),
        Column("Drift"),
        Column("An hour", number=True),
        Column("95 % interval"),
        Column("Its end"),
        Column("Decides"),
    )
    yield Table(
        "What creeps, by block means and the slope of Theil and Sen",
        columns,
        tuple(map(_drift, endurance.drifts)),
        stacked=True,
    )


def _drift(drift: DriftResult) -> tuple[Cell, ...]:
    unit = Unit(drift.unit)
    first, last, slope, low, high = (
        wording.in_unit(value, unit)
        for value in (drift.first, drift.last, drift.per_hour, drift.low, drift.high)
    )
    return (
        Cell(drift.figure),
        Cell(f"{first} to {last}"),
        number(slope, drift.per_hour, look=Look.STRONG),
        Cell(f"{low} to {high}"),
        Cell(_ends(drift)),
        badge("FAIL") if drift.fails else Cell("no"),
    )


def _ends(drift: DriftResult) -> str:
    if drift.to_limit_s is None:
        return "none that is known"
    when = "reached" if drift.to_limit_s == 0 else f"in {wording.duration(drift.to_limit_s)}"
    return f"{drift.limit_is}: {when}"


def _returns(returns: Sequence[ReturnResult]) -> Iterator[Table]:
    """Without what was never there."""
    returns = [figure for figure in returns if any((figure.before, figure.during, figure.after))]
    if not returns:
        return
    columns = (
        Column("Figure"),
        Column("Before"),
        Column("In its beginning"),
        Column("After"),
        Column("It has"),
    )
    cells = tuple(
        (Cell(figure.figure), *map(Cell, levels(figure)), badge(*_RETURNED[figure.outcome]))
        for figure in returns
    )
    yield Table("Whether the target gave back what the load took", columns, cells, stacked=True)


def _incidents(incidents: Sequence[IncidentResult]) -> Iterator[Table]:
    if not incidents:
        return
    columns = (
        Column("Severity"),
        Column("At (UTC)"),
        Column("Lasted"),
        Column("What broke"),
        Column("Classified as"),
    )
    cells = tuple(
        (
            Cell(incident.severity, look=Look.STRONG),
            Cell(wording.moment(incident.at_s)),
            Cell(lasted(incident)),
            Cell(incident.what, length=400),
            Cell(incident.because),
        )
        for incident in incidents
    )
    yield Table("Incidents, by the operations manual's classification", columns, cells, stacked=True)


def _burns(burns: Sequence[BurnOverTime]) -> Iterator[Table]:
    known = [burn for burn in burns if burn.worst is not None]
    if not known:
        return
    columns = (
        Column("Objective"),
        Column("Windows"),
        Column("Fires above", number=True),
        Column("At worst", number=True),
        Column("Would have fired (UTC)"),
    )
    yield Table("Burn-rate windows over the load", columns, tuple(map(_burn, known)), stacked=True)


def _burn(burn: BurnOverTime) -> tuple[Cell, ...]:
    windows = f"{burn.urgency}: {units.duration(burn.long_s)} and {units.duration(burn.short_s)}"
    fired = (
        f"{wording.moment(one.start_s)} to {'the end' if one.end_s is None else wording.moment(one.end_s)}"
        for one in burn.episodes
    )
    return (
        Cell(burn.objective),
        Cell(windows),
        number(wording.significant(burn.burn), burn.burn),
        number(wording.significant(burn.worst or 0.0), burn.worst),
        Cell(", ".join(fired) or "never"),
    )
