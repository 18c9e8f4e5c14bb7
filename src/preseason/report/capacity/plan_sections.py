"""A capacity plan as a section of a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from preseason.report import plain, units
from preseason.report.capacity import plans
from preseason.report.charts.figure import figure_of
from preseason.report.charts.model import Chart, Level, Line, Shape, Tone
from preseason.report.charts.scales import named_axis
from preseason.report.page.parts import (
    Absent,
    Bar,
    Bars,
    Fact,
    Facts,
    Folded,
    Listing,
    Piece,
    Prose,
    Section,
    Stack,
)
from preseason.report.page.tables import Cell, Column, Table, number
from preseason.slo.model import Unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from preseason.planning.plan.remarks import Change, Planned
    from preseason.planning.plan.weeks import Outlook, Week
    from preseason.report.page.parts import Part
    from preseason.slo.ahead.plan_schema import Prices

#: The columns of weeks that hold numbers.
_NUMBERS = frozenset({"peak", "at most", "instances", "shared used", "connections", "redis"})
_LAUNCH = "launch"
_NAMED = (plans.HEADROOM, "runs out", "by growth alone", "more instances from", "most instances")


def section(found: Planned, run: str = "") -> Section:
    """Demand and capacity by week, what that takes, and what it rests on; ``run`` showed the capacity."""
    lead = plans.sentence(found.outlook)
    source = f" of {run}" if run else ""
    rests = (
        f"Planned with {units.per_second(found.carried.rate)} successful requests, the SLO capacity{source}."
    )
    parts = (*_parts(found), Prose(rests, quiet=True))
    return Section("plan", "Plan", "Until when does it last?", lead, parts)


def cost_section(found: Planned) -> Section:
    """What it costs, fixed and marginal apart."""
    return Section("cost", "Cost", "What does it cost?", _cost_lead(found), tuple(_cost_parts(found)))


def _parts(found: Planned) -> Iterator[Part]:
    weeks = found.outlook.weeks
    told = dict(plans.facts(found.outlook, found.currency))
    yield Facts(tuple(_dated(name, told[name]) for name in _NAMED))
    names = [week.start.isoformat() for week in weeks]
    axis = named_axis(names, "week of")
    yield Stack(
        (figure_of(_demand(found.outlook), axis), figure_of(_instances(weeks), axis)),
        "Demand and instances by week",
    )
    yield Table("The weeks in which something changes", _columns(), tuple(map(_row, plans.telling(weeks))))
    yield Folded("Every week", (Table("Every week", _columns(), tuple(map(_row, weeks))),))
    yield _changes(found)
    yield Listing(found.remarks)


def _dated(name: str, value: str) -> Fact:
    """The figure large, and below it the week or the bound that goes with it."""
    for mark in (", ", " in the week"):
        figure, found, more = value.partition(mark)
        if found:
            return Fact(name, figure, f"{found.lstrip(' ,')}{more}")
    return Fact(name, value)


def _columns() -> tuple[Column, ...]:
    heads = (head.capitalize() for head in plans.WEEK_HEADS if head != _LAUNCH)
    return tuple(Column(head, number=head.lower() in _NUMBERS) for head in heads)


def _row(week: Week) -> tuple[Cell, ...]:
    """The launch stands below its week, what a high demand would take below the instances."""
    told = dict(zip(plans.WEEK_HEADS, plans.week_cells(week), strict=True))
    values = {
        "peak": week.peak.median,
        "at most": week.peak.high,
        "instances": week.instances,
        "shared used": week.shared_used,
        "connections": week.connections,
        "redis": week.redis_bytes,
    }
    first, *others = (head for head in plans.WEEK_HEADS if head != _LAUNCH)
    return (
        Cell(told[first], remark=week.launch),
        *(
            number(figure, values[head.lower()], more.strip("()"))
            if head.lower() in _NUMBERS
            else Cell(told[head])
            for head in others
            for figure, _, more in [told[head].partition(" (")]
        ),
    )


def _demand(found: Outlook) -> Chart:
    weeks = found.weeks
    x = np.arange(len(weeks), dtype=np.float64)
    median, low, high = (
        np.array([getattr(week.peak, end) for week in weeks]) for end in ("median", "low", "high")
    )
    levels = [Level(f"carried by those that run, {units.per_second(found.usable)}", found.usable)]
    if found.shared_limit is not None and found.shared_limit < 2 * high.max():
        levels.append(Level(f"shared limit {units.per_second(found.shared_limit)}", found.shared_limit))
    names = tuple(week.launch or week.start.isoformat() for week in weeks)
    figure = f"at most {units.per_second(float(median.max()))}"
    line = Line("busiest minute", Tone.MAIN, x, median, figure, low=low, high=high, names=names)
    note = "Successful requests a second; the ribbon is how much more or less it may be."
    return Chart("plan-demand", "Demand of each week", Unit.PER_SECOND).showing(
        [line], levels=levels, note=note
    )


def _instances(weeks: Sequence[Week]) -> Chart:
    x = np.arange(len(weeks), dtype=np.float64)
    needed, most = (
        np.array([float(getattr(week, name)) for week in weeks]) for name in ("instances", "instances_high")
    )
    lines = [
        Line("needed", Tone.MAIN, x, needed, f"at most {needed.max():.0f}", Shape.STEPS),
        Line("if demand is high", Tone.QUIET, x, most, f"at most {most.max():.0f}", Shape.STEPS),
    ]
    note = "At the planned utilisation, with those to spare."
    return Chart("plan-instances", "Instances", Unit.COUNT).showing(lines, note=note)


def _changes(found: Planned) -> Table:
    first, *others = (head.capitalize() for head in plans.CHANGE_HEADS)
    columns = (Column(first), *(Column(head, number=True) for head in others))
    rows = tuple(_change(change, found.currency) for change in found.changes)
    return Table("What each assumption alone would change", columns, rows)


def _change(change: Change, currency: str) -> tuple[Cell, ...]:
    """The early bound stands below the likely week."""
    name, _, instances, month = plans.change_cells(change, currency)
    likely, _, bound = plans.when(change.runs_out).partition(", ")
    day = change.runs_out.likely
    return (
        Cell(plain.bound(name)),
        number(likely, None if day is None else day.toordinal(), bound),
        number(instances, change.instances),
        number(month, change.per_month),
    )


def _prices(prices: Prices) -> Table:
    """Where a price is from stands below what it is for: a phone has no room for a column of it."""
    rows = []
    for item in prices.items:
        name, price, per, source, at = plans.price_cells(item, prices.currency)
        rows.append((Cell(name, remark=f"{source}, {at}"), number(price, item.price, f"per {per}")))
    columns = (Column("Price of, and who says so since when"), Column("Price", number=True))
    return Table("Prices, as they were given", columns, tuple(rows), narrow=True)


def _cost_lead(found: Planned) -> str:
    at = found.outlook.at_capacity
    if at is None:
        return "No price was given, and none is built in."
    tested = plans.money(at.per_thousand, found.currency)
    return f"1 000 successful requests cost {tested} at the planned utilisation of what was tested."


def _cost_parts(found: Planned) -> Iterator[Part]:
    prices = found.plan.section.prices
    if prices is None:
        yield Absent("no prices: write them into the plan, each with its source and its date")
        return
    told = dict(plans.facts(found.outlook, found.currency))
    names = ("1 000 requests, as tested", "1 000 requests, that week", "a month like that week")
    yield Facts(tuple(Fact(name, *told[name].split(": ", 1)) for name in names))
    yield _bars(found)
    yield _prices(prices)


def _bars(found: Planned) -> Bars:
    """A month like the dearest week, by shape of instances."""
    shapes = [shape for shape in found.outlook.shapes if shape.cost is not None]
    cheapest = min(shapes, key=lambda shape: shape.cost.per_month if shape.cost else 0.0, default=None)
    bars = tuple(
        Bar(
            f"{shape.instances} × {shape.name}",
            (
                Piece("fixed", Tone.MAIN, shape.cost.fixed_per_month),
                Piece("by request", Tone.THIRD, shape.cost.marginal_per_month),
            ),
            plans.money(shape.cost.per_month, found.currency),
            chosen=shape == cheapest,
        )
        for shape in shapes
        if shape.cost is not None
    )
    return Bars(f"A month like the week of {found.outlook.dearest.start}", bars)
