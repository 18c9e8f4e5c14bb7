"""The charts of a run, laid out: one stack on one time axis, and the latency distribution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from preseason.report import plain
from preseason.report.charts import distribution, load, servers
from preseason.report.charts.figure import figure_of, stretch
from preseason.report.charts.model import Band, Upright
from preseason.report.charts.scales import clock_axis
from preseason.report.run import provenance
from preseason.report.run.marks import marks_of, unjudged
from preseason.run.timeline import EventKind
from preseason.slo.model import Unit

if TYPE_CHECKING:
    from preseason.report.charts.axes import TimeAxis
    from preseason.report.charts.figure import Figure, Stretch
    from preseason.report.charts.model import Chart
    from preseason.report.charts.scales import XAxis
    from preseason.report.run.marks import Mark
    from preseason.run.manifest import Stage
    from preseason.run.reading import Run
    from preseason.run.requests import Requests
    from preseason.verdict.model import Verdict

#: The source whose gaps blind a chart; the others show what the generator recorded.
_SOURCES = {
    "hit-rate": "redis",
    "connections": "postgres",
    "waits": "postgres",
    "cpu": "host",
    "memory": "host",
}
_RECORDED = frozenset({"", "generator", "traffic", "run"})
#: More endpoints than these have no chart of their own: the busiest are drawn.
_MOST_ENDPOINTS = 12


@dataclass(frozen=True, slots=True)
class Timeline:
    """The stack of charts on the axis of one load."""

    axis: TimeAxis
    stages: tuple[Stretch, ...]
    marks: tuple[Mark, ...]
    figures: tuple[Figure, ...]

    @property
    def key(self) -> tuple[Mark, ...]:
        """The marks that have words."""
        return tuple(mark for mark in self.marks if mark.text)


def timeline(run: Run, verdict: Verdict, axis: TimeAxis) -> Timeline:
    """The whole load, and what came back after it."""
    charts = (
        load.arrivals(run, axis),
        load.rate(run, axis),
        load.latency(run, axis, verdict),
        load.errors(run, axis),
        servers.hit_rate(run, axis, verdict),
        servers.connections(run, axis),
        servers.waits(run, axis),
        servers.processors(run, axis),
        servers.memory(run, axis),
    )
    x, marks = clock_axis(axis.length_s), marks_of(run, verdict, axis)
    moments = _moments(marks)
    return Timeline(
        axis=axis,
        stages=_stages(run, axis, x),
        marks=marks,
        figures=tuple(figure_of(chart, x, _bands(chart, run, verdict, axis), moments) for chart in charts),
    )


def by_endpoint(run: Run, verdict: Verdict, axis: TimeAxis) -> tuple[Figure, ...]:
    """Response times of each endpoint on the same axis, the busiest first."""
    x, moments = clock_axis(axis.length_s), _moments(marks_of(run, verdict, axis))
    loaded = run.requests.between(axis.start_s, axis.end_s).by_endpoint()
    busiest = sorted(loaded, key=lambda endpoint: (-loaded[endpoint].total, endpoint))[:_MOST_ENDPOINTS]
    requests = run.requests.by_endpoint()
    charts = (
        load.endpoint_latency(f"endpoint-{number}", endpoint, requests[endpoint], axis, verdict)
        for number, endpoint in enumerate(busiest)
    )
    return tuple(figure_of(chart, x, unjudged(verdict, axis), moments) for chart in charts)


def latency_distribution(requests: Requests, verdict: Verdict) -> Figure:
    """Of the judged window."""
    goals = [
        (load.limit_label(o), o.target_ratio, o.limit)
        for o in verdict.objectives
        if o.unit == Unit.MS and not (o.endpoint or o.scenario)
        if o.limit is not None and o.target_ratio is not None and o.target_ratio < 1
    ]
    chart, x = distribution.percentiles(requests, goals)
    return figure_of(chart, x)


def _bands(chart: Chart, run: Run, verdict: Verdict, axis: TimeAxis) -> tuple[Band, ...]:
    blind = {_SOURCES[chart.key]} if chart.key in _SOURCES else _RECORDED
    gaps = [
        Band("gap", axis.since(event.at_s), axis.since(event.until_s), f"gap: {plain.short(event.text, 80)}")
        for event in run.timeline
        if event.kind is EventKind.GAP and event.source in blind and event.until_s is not None
    ]
    return (*unjudged(verdict, axis), *gaps)


def _moments(marks: tuple[Mark, ...]) -> tuple[Upright, ...]:
    """The marks that are drawn as a line through every chart; their words stand in the key."""
    return tuple(Upright(mark.kind, mark.since_s) for mark in marks if mark.kind in {"moment", "finding"})


def _stages(run: Run, axis: TimeAxis, x: XAxis) -> tuple[Stretch, ...]:
    planned = [stage for stage in run.manifest.stages if stage.start_s < axis.length_s]
    return tuple(
        stretch(Band(stage.kind, stage.start_s, min(stage.end_s, axis.length_s), _stage_text(stage)), x)
        for stage in planned
    )


def _stage_text(stage: Stage) -> str:
    return provenance.stage_text(stage.kind, stage.begin, stage.end, stage.unit)
