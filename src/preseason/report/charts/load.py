"""Charts of the load and of what came back: arrivals, requests, response times, errors."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from preseason.report import plain, units
from preseason.report.charts.axes import MAX_POINTS, thinned
from preseason.report.charts.model import Chart, Level, Line, Shape, Tone
from preseason.run.columns import array_of
from preseason.run.histogram import lower_edge_ms
from preseason.slo.model import Unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from preseason.report.charts.axes import Grid, TimeAxis
    from preseason.run.reading import Run
    from preseason.run.requests import Endpoint, Requests
    from preseason.verdict.model import ObjectiveResult, Verdict

#: A percentile of fewer requests than this jumps about more than it tells.
_WANTED_PER_POINT = 60
_QUANTILES = ((0.5, "p50", Tone.THIRD), (0.95, "p95", Tone.MAIN), (0.99, "p99", Tone.STRONG))
_NO_REQUEST = "no request was recorded"
#: A limit at more than so many times the highest value would press the curves flat.
_FAR = 5.0
#: Never more failures in a second than these are single ones; so many make a point of their mean.
_FEW, _WANTED_ERRORS = 3, 3
_ERROR_TONES = (Tone.STRONG, Tone.FOURTH, Tone.FIFTH, Tone.MAIN)


def arrivals(run: Run, axis: TimeAxis) -> Chart:
    """Journeys that were due and journeys that started, a second."""
    table, grid = run.arrivals, axis.grid()
    second = array_of(table["second"])

    def line(column: str, tone: Tone, *, area: bool = False) -> Line:
        values = array_of(table[column])
        figure = f"{units.count(values.sum())} in all"
        x, y = thinned(grid.centres, grid.sums(second, values))
        return Line(column, tone, x, y, figure, Shape.STEPS, area)

    chart = Chart("arrivals", "Journeys begun", Unit.PER_SECOND)
    if not array_of(table["planned"]).any():
        return chart.without("a closed load plans no arrivals: each user begins anew when it is answered")
    lines = [line("planned", Tone.QUIET), line("started", Tone.MAIN, area=True)]
    lines += [
        line(column, tone)
        for column, tone in (("dropped", Tone.STRONG), ("late", Tone.FOURTH), ("starved", Tone.FIFTH))
        if array_of(table[column]).any()
    ]
    return chart.showing(lines, note="A journey is one visit of one user: several requests.")


def rate(run: Run, axis: TimeAxis) -> Chart:
    """Requests answered a second."""
    chart = Chart("rate", "Requests answered", Unit.PER_SECOND)
    if not run.requests.total:
        return chart.without(_NO_REQUEST)
    grid = axis.grid()
    values = run.requests.per_second(grid.first_s, grid.end_s).astype(np.float64)
    x, y = thinned(grid.centres, values)
    return chart.showing(
        [Line("achieved", Tone.MAIN, x, y, f"{units.count(values.sum())} in all", area=True)]
    )


def latency(run: Run, axis: TimeAxis, verdict: Verdict) -> Chart:
    """p50, p95 and p99 of all response times, with the limits that bound all of them."""
    return _latency(Chart("latency", "Response time", Unit.MS), run.requests, axis, _levels(verdict, None))


def endpoint_latency(
    key: str, endpoint: Endpoint, requests: Requests, axis: TimeAxis, verdict: Verdict
) -> Chart:
    """The same of the requests of one endpoint, with the limits that are its own."""
    chart = Chart(key, plain.short(str(endpoint), 60), Unit.MS)
    return _latency(chart, requests, axis, _levels(verdict, endpoint))


def _latency(chart: Chart, requests: Requests, axis: TimeAxis, limits: Sequence[Level]) -> Chart:
    if not requests.total:
        return chart.without(_NO_REQUEST)
    grid = axis.grid().wide_enough(requests.total, _WANTED_PER_POINT)
    values = quantiles_over(requests, grid, [q for q, _, _ in _QUANTILES])
    lines = [
        peaked(Line(label, tone, grid.centres, row), Unit.MS)
        for (_, label, tone), row in zip(_QUANTILES, values, strict=True)
    ]
    highest = max((line.highest or 0.0) for line in lines)
    near = [level for level in limits if level.value <= _FAR * highest]
    far = [level for level in limits if level.value > _FAR * highest]
    per_point = units.duration(grid.width_s)
    note = f"From the moment a journey was due. Each point is the percentile over {per_point}."
    beyond = f" Far above: {', '.join(level.label for level in far)}." if far else ""
    return chart.showing(lines, levels=near, note=note + beyond)


def peaked(line: Line, unit: str) -> Line:
    """The line with its highest value as its figure."""
    return replace(line, figure=f"at most {units.quantity(line.highest, unit)}")


def errors(run: Run, axis: TimeAxis) -> Chart:
    """Failed requests a second, the four most frequent kinds apart."""
    table = run.errors
    chart = Chart("errors", "Errors", Unit.PER_SECOND)
    if not table.num_rows:
        return chart.without("nothing failed" if run.requests.total else _NO_REQUEST)
    kinds = np.asarray(table["kind"].to_pylist(), dtype=object)
    second, counts = array_of(table["second"]), array_of(table["requests"])
    grid = _grid_of_errors(axis, second, counts)
    totals = {kind: int(counts[kinds == kind].sum()) for kind in sorted(set(kinds))}
    leading = sorted(totals, key=lambda kind: -totals[kind])[: len(_ERROR_TONES)]
    choices = [
        (plain.short(kind, 60), kinds == kind, tone)
        for kind, tone in zip(leading, _ERROR_TONES, strict=False)
    ]
    if len(totals) > len(leading):
        choices.append(("all other kinds", ~np.isin(kinds, leading), Tone.QUIET))

    def line(label: str, chosen: NDArray[np.bool_], tone: Tone) -> Line:
        x, y = thinned(grid.centres, grid.sums(second[chosen], counts[chosen]) / grid.width_s)
        return Line(label, tone, x, y, f"{units.count(int(counts[chosen].sum()))} in all")

    note = f"Each point is the mean over {units.duration(grid.width_s)}." if grid.width_s > 1 else ""
    return chart.showing([line(*choice) for choice in choices], note=note)


def _grid_of_errors(axis: TimeAxis, second: NDArray[np.int64], counts: NDArray[np.int64]) -> Grid:
    """By the second; where single ones lie scattered over hours, wide enough to see whether they thicken."""
    grid = axis.grid()
    scattered = grid.bins > MAX_POINTS and grid.sums(second, counts).max() <= _FEW
    return grid.wide_enough(int(counts.sum()), _WANTED_ERRORS) if scattered else grid


def quantiles_over(requests: Requests, grid: Grid, quantiles: Sequence[float]) -> NDArray[np.float64]:
    """Response time quantiles of each bin, shape (quantiles, bins) in ms; NaN where a bin is empty."""
    blocks = requests.histograms_by_block(grid.first_s, grid.end_s, grid.width_s)
    bucket = np.full((len(quantiles), len(blocks)), -1, dtype=np.int64)
    for place, counts in enumerate(blocks):
        cumulative = np.cumsum(counts)
        if total := cumulative[-1]:
            ranks = np.maximum(1, np.ceil(np.array(quantiles) * total))
            bucket[:, place] = np.searchsorted(cumulative, ranks)
    return np.where(bucket < 0, np.nan, _edges_middle(np.maximum(bucket, 0)))


def _edges_middle(bucket: NDArray[np.int64]) -> NDArray[np.float64]:
    return (lower_edge_ms(bucket) + lower_edge_ms(bucket + 1)) / 2


def _levels(verdict: Verdict, endpoint: Endpoint | None) -> list[Level]:
    """The latency limits of an endpoint, or those over all traffic, once each."""
    wanted = None if endpoint is None else str(endpoint)
    limits = {
        o.limit: limit_label(o)
        for o in verdict.objectives
        if o.unit == Unit.MS and o.limit is not None and o.endpoint == wanted and not o.scenario
    }
    return [Level(label, limit) for limit, label in sorted(limits.items())]


def limit_label(objective: ObjectiveResult) -> str:
    """``limit p95 200 ms``."""
    return f"limit {plain.short(objective.indicator, 24)} {units.exact(objective.limit, objective.unit)}"
