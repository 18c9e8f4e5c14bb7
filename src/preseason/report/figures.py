"""The charts of a run, laid out: one stack on one time axis, and the latency distribution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from preseason.report import plain, provenance, units
from preseason.report.charts import distribution, load, servers, ticks
from preseason.report.charts.drawing import Drawing, XAxis, draw
from preseason.report.charts.model import Band, Chart, Line
from preseason.report.marks import Mark, marks_of, unjudged
from preseason.run.timeline import EventKind
from preseason.slo.model import Unit

if TYPE_CHECKING:
    from preseason.report.charts.axes import TimeAxis
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
#: What a letter takes of the axis, in per cent: on a wide page and on a phone.
_LETTER, _LETTER_ON_PHONE = 0.6, 2.4


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of the time axis in per cent of its length."""

    kind: str
    left: float
    width: float
    label: str

    @property
    def fit(self) -> str:
        """Whether the label has room within: on any page, on a ``wide`` one only, or ``nowhere``."""
        per_letter = self.width / max(len(self.label), 1)
        return "" if per_letter > _LETTER_ON_PHONE else "wide" if per_letter > _LETTER else "nowhere"


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart, its geometry (None where it is absent), and what it shows in words."""

    chart: Chart
    drawing: Drawing | None
    bands: tuple[Stretch, ...]
    words: str

    @property
    def points(self) -> list[dict[str, object]]:
        """The lines' points for the page's script, four digits each."""
        return [{"x": _digits(line.x), "y": _digits(line.y)} for line in self.chart.lines]


@dataclass(frozen=True, slots=True)
class Timeline:
    """The stack of charts on the axis of one load."""

    axis: TimeAxis
    stages: tuple[Stretch, ...]
    marks: tuple[Mark, ...]
    figures: tuple[Figure, ...]

    @property
    def moments(self) -> tuple[Mark, ...]:
        """The marks that are drawn as a line through every chart."""
        return tuple(mark for mark in self.marks if mark.kind in {"moment", "finding"})

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
    x = XAxis(0.0, axis.length_s, ticks.moments(axis.length_s))
    return Timeline(
        axis=axis,
        stages=_stages(run, axis),
        marks=marks_of(run, verdict, axis),
        figures=tuple(_figure(chart, x, _bands(chart, run, verdict, axis)) for chart in charts),
    )


def by_endpoint(run: Run, verdict: Verdict, axis: TimeAxis) -> tuple[Figure, ...]:
    """Response times of each endpoint on the same axis, the busiest first."""
    x = XAxis(0.0, axis.length_s, ticks.moments(axis.length_s))
    loaded = run.requests.between(axis.start_s, axis.end_s)
    counted = [(loaded.of_endpoint(one).total, one) for one in loaded.present_endpoints()]
    busiest = sorted(counted, key=lambda pair: (-pair[0], pair[1]))[:_MOST_ENDPOINTS]
    charts = (
        load.endpoint_latency(f"endpoint-{number}", endpoint, run, axis, verdict)
        for number, (_, endpoint) in enumerate(busiest)
    )
    return tuple(_figure(chart, x, unjudged(verdict, axis)) for chart in charts)


def latency_distribution(requests: Requests, verdict: Verdict) -> Figure:
    """Of the judged window."""
    goals = [
        (load.limit_label(o), o.target_ratio, o.limit)
        for o in verdict.objectives
        if o.unit == Unit.MS and not (o.endpoint or o.scenario)
        if o.limit is not None and o.target_ratio is not None and o.target_ratio < 1
    ]
    chart, x = distribution.percentiles(requests, goals)
    return _figure(chart, x, ())


def _figure(chart: Chart, x: XAxis, bands: tuple[Band, ...]) -> Figure:
    if chart.absent:
        return Figure(chart, None, (), chart.absent)
    stretches = tuple(_stretch(band.kind, band.start, band.end, x.end, band.label) for band in bands)
    return Figure(chart, draw(chart, x), stretches, _words(chart, x))


def _words(chart: Chart, x: XAxis) -> str:
    """What the curves show, for whoever hears the page."""
    told = [
        _line_words(line, chart.unit, timed=not x.logarithmic) for line in chart.lines if len(line.present)
    ]
    limits = [f"{level.label}." for level in chart.levels]
    return " ".join([*told, *limits])


def _line_words(line: Line, unit: str, *, timed: bool) -> str:
    low, middle, high = (units.quantity(float(f(line.present)), unit) for f in (np.min, np.median, np.max))
    peak = f", at {units.clock(float(line.x[np.nanargmax(line.y)]))}" if timed else ""
    return f"{line.label}: from {low} to {high}{peak}; half of the time above {middle}."


def _bands(chart: Chart, run: Run, verdict: Verdict, axis: TimeAxis) -> tuple[Band, ...]:
    blind = {_SOURCES[chart.key]} if chart.key in _SOURCES else _RECORDED
    gaps = [
        Band("gap", axis.since(event.at_s), axis.since(event.until_s), f"gap: {plain.short(event.text, 80)}")
        for event in run.timeline
        if event.kind is EventKind.GAP and event.source in blind and event.until_s is not None
    ]
    return (*unjudged(verdict, axis), *gaps)


def _stages(run: Run, axis: TimeAxis) -> tuple[Stretch, ...]:
    planned = [stage for stage in run.manifest.stages if stage.start_s < axis.length_s]
    return tuple(
        _stretch(
            stage.kind,
            stage.start_s,
            min(stage.end_s, axis.length_s),
            axis.length_s,
            provenance.stage_text(stage.kind, stage.begin, stage.end, stage.unit),
        )
        for stage in planned
    )


def _stretch(kind: str, start: float, end: float, length: float, label: str) -> Stretch:
    return Stretch(kind, round(start / length * 100, 2), round((end - start) / length * 100, 2), label)


def _digits(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> list[float | None]:
    return [float(f"{value:.4g}") if np.isfinite(value) else None for value in values.tolist()]
