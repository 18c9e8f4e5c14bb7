"""A simulated platform as a page: load and instances, what was too late, and theory beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from preseason.planning.triggers.autoscaling import Step
from preseason.report import units
from preseason.report.charts.axes import thinned
from preseason.report.charts.figure import figure_of
from preseason.report.charts.model import Chart, Level, Line, Shape, Tone, Upright
from preseason.report.charts.scales import clock_axis
from preseason.report.page.parts import Absent, Fact, Facts, Section, Stack
from preseason.report.page.rendering import Frame, render_page
from preseason.report.page.tables import Cell, Column, Look, Table, badge, number
from preseason.report.triggers import simulated
from preseason.slo.model import Unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from preseason.planning.triggers.autoscaling import Simulated
    from preseason.planning.triggers.theory import Stretch
    from preseason.report.charts.figure import Figure
    from preseason.report.page.parts import Part

_KINDS = {Step.ORDERED: "moment", Step.SERVES: "finding", Step.TAKEN: "finding"}


def render(found: Simulated, stretches: tuple[Stretch, ...], version: str, *, kept: bool) -> str:
    """The page as text; ``kept`` says whether no more requests took too long than were allowed."""
    told = simulated.sentences(found)
    frame = Frame(
        word="IN TIME" if kept else "TOO LATE",
        tone="PASS" if kept else "FAIL",
        sentence=". ".join(told),
        about=("simulated platform", found.of.name, f"seed {found.of.load.seed}"),
        name="simulated triggers",
        source=f"simulation {found.of.name}, seed {found.of.load.seed}; nothing was loaded",
        version=version,
        tiles=tuple(_tiles(found)),
    )
    lead = "Orange is when instances were ordered, violet when they came into service or were taken away."
    return render_page(
        frame,
        (
            Section("load", "Load", "What came, and what there was to serve it", lead, tuple(_load(found))),
            Section("changes", "Changes", "When it scaled", "", (_changes(found),)),
            Section("theory", "Theory", "What theory says", _ABOUT_THEORY, (_theory(stretches),)),
            Section("platform", "Platform", "What was simulated", "", (_platform(found),)),
        ),
    )


_ABOUT_THEORY = "Where load and instances stood still, waiting must be that of Erlang's formula C."


def _tiles(found: Simulated) -> Iterator[Fact]:
    total = max(1, len(found.took_s))
    limit = units.milliseconds(1000 * found.of.limit_s)
    beyond = int(found.beyond.sum())
    yield Fact("Requests", units.count(len(found.took_s)))
    yield Fact(f"Beyond {limit}", units.count(beyond), units.percent(beyond / total))
    yield Fact("Gave up", units.count(found.gave_up))
    yield Fact("Instances at most", units.count(float(found.instances.max(initial=0))))
    yield Fact("Instance-seconds", units.count(found.paid_s), "from the order on")


def _load(found: Simulated) -> Iterator[Part]:
    x = clock_axis(float(found.length_s))
    uprights = [Upright(_KINDS[one.step], one.at_s) for one in found.changes if one.at_s <= found.length_s]
    figures: tuple[Figure, ...] = tuple(
        figure_of(chart, x, uprights=uprights)
        for chart in (_rates(found), _instances(found), _cpu(found), _late(found))
    )
    yield Stack(figures, label="Load and instances on one axis")


def _rates(found: Simulated) -> Chart:
    capacity = found.instances * found.of.servers / found.of.service_s
    lines = [
        _by_second("arrivals", Tone.MAIN, _counted(found, None)),
        _by_second("what the instances can do", Tone.QUIET, capacity, Shape.STEPS),
    ]
    return Chart("arrivals", "Requests that came", Unit.PER_SECOND).showing(lines)


def _instances(found: Simulated) -> Chart:
    line = _by_second("instances that serve", Tone.THIRD, found.instances, Shape.STEPS)
    return Chart("instances", "Instances", Unit.COUNT).showing([line])


def _cpu(found: Simulated) -> Chart:
    levels = [
        Level(rule.name, rule.limit)
        for rule in (*found.of.up, *found.of.down)
        if rule.indicator.metric == "cpu"
    ]
    line = _by_second("busy", Tone.MAIN, found.cpu)
    return Chart("cpu", "Processors of the instances", Unit.RATIO).showing([line], levels=levels)


def _late(found: Simulated) -> Chart:
    line = _by_second("too late", Tone.STRONG, _counted(found, found.beyond), area=True)
    title = f"Requests that took longer than {units.milliseconds(1000 * found.of.limit_s)}, by arrival"
    return Chart("late", title, Unit.PER_SECOND).showing([line])


def _counted(found: Simulated, chosen: NDArray[np.bool_] | None) -> NDArray[np.float64]:
    arrived = found.arrived_s if chosen is None else found.arrived_s[chosen]
    return np.bincount(arrived.astype(np.int64), minlength=found.length_s)[: found.length_s].astype(
        np.float64
    )


def _by_second(
    label: str, tone: Tone, values: NDArray[np.float64], shape: Shape = Shape.CURVE, *, area: bool = False
) -> Line:
    x, y = thinned(np.arange(len(values), dtype=np.float64) + 0.5, values)
    return Line(label, tone, x, y, shape=shape, area=area)


def _changes(found: Simulated) -> Part:
    if not found.changes:
        return Absent("no trigger fired: the instances stayed as they were")
    rows = tuple(_change(*simulated.change(one)) for one in found.changes)
    columns = (Column("Instances"), Column("At", number=True), Column("At a load of", number=True))
    return Table("Every change", columns, rows)


def _change(at: str, what: str, load: str, rule: str) -> tuple[Cell, ...]:
    return Cell(what, remark=rule), number(at, None), number(load, None)


def _theory(stretches: tuple[Stretch, ...]) -> Part:
    rows = tuple(
        (
            Cell(row.figure, look=Look.STRONG, remark=row.stretch),
            number(row.theory, None),
            number(row.simulated, None, row.bounds),
            badge("agrees" if row.agrees else "differs", "PASS" if row.agrees else "UNDECIDED"),
        )
        for row in simulated.theory_rows(stretches)
    )
    if not rows:
        return Absent(simulated.NO_THEORY)
    columns = (
        Column("Figure"),
        Column("Erlang C", number=True),
        Column("Simulated", number=True),
        Column("Agrees"),
    )
    return Table("Theory and simulation, with intervals of 99 %", columns, rows)


def _platform(found: Simulated) -> Facts:
    of = found.of
    return Facts(
        (
            Fact("Service", units.milliseconds(1000 * of.service_s), "mean of an exponential time"),
            Fact("Servers", units.count(of.servers), "of one instance"),
            Fact("Instances", f"{of.least} to {of.most}", f"{of.first} at first"),
            Fact("Help takes", units.duration(of.arrive_after_s), "from the order until instances serve"),
            Fact("Rest", units.duration(of.rest_s), "no second change before"),
            Fact("Patience", "endless" if of.gives_up_s is None else units.duration(of.gives_up_s)),
            Fact("Adds instances", "; ".join(rule.name for rule in of.up), f"{of.add} at a time"),
            Fact("Takes them away", "; ".join(rule.name for rule in of.down) or "nothing"),
        )
    )
