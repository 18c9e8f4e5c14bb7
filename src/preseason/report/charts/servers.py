"""Charts of the servers under the load: cache, database connections, processors."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from preseason.report import plain, units
from preseason.report.charts.axes import thinned
from preseason.report.charts.load import limit_label
from preseason.report.charts.model import Chart, Level, Line, Tone
from preseason.slo.model import Unit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from preseason.report.charts.axes import Grid, TimeAxis
    from preseason.run.reading import Run
    from preseason.run.samples import Series
    from preseason.verdict.model import Verdict

_WANTED_PER_POINT = 60
_MOST_PROCESSES = 5
#: A ratio's axis begins at zero only where the ratio comes near it.
_LOW_RATIO = 0.5
_CPU_TONES = {"platform": Tone.MAIN, "generator": Tone.STRONG}
_SPARE_TONES = (Tone.THIRD, Tone.FOURTH, Tone.FIFTH)


def hit_rate(run: Run, axis: TimeAxis, verdict: Verdict) -> Chart:
    """The share of look-ups that the cache answered: as Redis counts them, and as clients were told."""
    chart = Chart("hit-rate", "Cache hit rate", Unit.RATIO)
    grid = axis.grid().wide_enough(run.requests.total, _WANTED_PER_POINT)
    candidates = [
        _ratio_line("Redis, all its clients", Tone.MAIN, grid, *_redis_look_ups(run, grid)),
        _ratio_line("as answers said (X-Cache)", Tone.THIRD, grid, *_client_look_ups(run, grid)),
    ]
    lines = tuple(line for line in candidates if len(line.present))
    if not lines:
        return Chart(
            chart.key, chart.title, chart.unit, absent=_why_not(run, "redis", "No look-up was counted.")
        )
    limits = tuple(
        Level(limit_label(o), o.limit)
        for o in verdict.objectives
        if o.indicator.endswith("hit_rate") and o.limit is not None
    )[:1]
    low = min(float(line.present.min()) for line in lines)
    return Chart(
        chart.key,
        chart.title,
        chart.unit,
        lines,
        limits,
        from_zero=low < _LOW_RATIO,
        ceiling=1.0,
    )


def connections(run: Run, axis: TimeAxis) -> Chart:
    """Sessions of Postgres, all and those at work, against what its configuration allows."""
    chart = Chart("connections", "Postgres connections", Unit.COUNT)
    total = run.samples.get("postgres", "connections")
    active = run.samples.get("postgres", "connections_by_state", "active")
    lines = tuple(
        _gauge_line(label, tone, series, axis, area=label == "all")
        for label, tone, series in (("all", Tone.MAIN, total), ("active", Tone.STRONG, active))
        if len(series)
    )
    if not any(len(line.present) for line in lines):
        return Chart(
            chart.key, chart.title, chart.unit, absent=_why_not(run, "postgres", "None was sampled.")
        )
    allowed = run.samples.get("postgres", "connections_limit")
    levels = (
        (Level(f"allowed {units.count(allowed.value[-1])}", float(allowed.value[-1])),)
        if len(allowed)
        else ()
    )
    return Chart(chart.key, chart.title, chart.unit, lines, levels)


def processors(run: Run, axis: TimeAxis) -> Chart:
    """How many processors the load generator, the platform and others kept busy, of those there are."""
    chart = Chart("cpu", "Processors in use", Unit.COUNT)
    series = run.samples.labelled("host", "process_cpu")
    spare = iter(_SPARE_TONES)
    lines = tuple(
        _gauge_line(label, _CPU_TONES.get(label) or next(spare, Tone.QUIET), series[label], axis)
        for label in sorted(series, key=lambda label: (label not in _CPU_TONES, label))[:_MOST_PROCESSES]
    )
    machine = run.samples.get("host", "cpu")
    if len(machine):
        cores = replace(machine, value=machine.value * run.manifest.generator.cores)
        lines = (_gauge_line("whole machine", Tone.QUIET, cores, axis, area=True), *lines)
    if not any(len(line.present) for line in lines):
        return Chart(chart.key, chart.title, chart.unit, absent=_why_not(run, "host", "None was sampled."))
    there = run.manifest.generator.cores
    levels = (Level(f"{there} available", float(there)),)
    return Chart(chart.key, chart.title, chart.unit, lines, levels)


def _why_not(run: Run, source: str, otherwise: str) -> str:
    """Why a source has nothing to show, in the words of whoever tried to sample it."""
    reasons = [entry.absent for entry in run.manifest.sources if entry.name == source and entry.absent]
    return f"Not collected: {plain.short(reasons[0], 200)}" if reasons else otherwise


def _redis_look_ups(run: Run, grid: Grid) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    hits, misses = (
        _growth(run.samples.get("redis", name), grid) for name in ("keyspace_hits", "keyspace_misses")
    )
    return hits, hits + misses


def _growth(series: Series, grid: Grid) -> NDArray[np.float64]:
    """How much a counter grew in each bin; NaN where the samples do not say."""
    deltas = series.deltas() if len(series) > 1 else None
    if deltas is None:
        return np.full(grid.bins, np.nan)
    middle = np.floor((deltas.start_s + deltas.end_s) / 2).astype(np.int64)
    known = grid.sums(middle[deltas.valid], np.ones(int(deltas.valid.sum())))
    unknown = grid.sums(middle[~deltas.valid], np.ones(int((~deltas.valid).sum())))
    grown = grid.sums(middle[deltas.valid], deltas.growth[deltas.valid])
    return np.where((known > 0) & (unknown == 0), grown, np.nan)


def _client_look_ups(run: Run, grid: Grid) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    requests = run.requests
    hits = grid.sums(requests.second, requests.cache_hits)
    return hits, hits + grid.sums(requests.second, requests.cache_misses)


def _ratio_line(
    label: str, tone: Tone, grid: Grid, part: NDArray[np.float64], whole: NDArray[np.float64]
) -> Line:
    some = np.nan_to_num(whole) > 0
    ratio = np.divide(part, whole, out=np.full(len(whole), np.nan), where=some)
    all_in_all = float(part[some].sum() / whole[some].sum()) if some.any() else None
    return Line(label, tone, grid.centres, ratio, f"{units.percent(all_in_all)} in all")


def _gauge_line(label: str, tone: Tone, series: Series, axis: TimeAxis, *, area: bool = False) -> Line:
    """A gauge on the axis, broken where samples are missing, with its highest value in words."""
    seen = series.between(axis.start_s, axis.end_s)
    x, y = thinned(*_broken(seen.time_s - axis.start_s, seen.value))
    figure = f"at most {units.count(float(seen.value.max()))}" if len(seen) else ""
    return Line(plain.short(label, 40), tone, x, y, figure, area=area)


def _broken(
    x: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A NaN wherever the distance to the next sample is over three times the usual one."""
    steps = np.diff(x)
    if not len(steps):
        return x, y
    holes = np.flatnonzero(steps > 3 * np.median(steps)) + 1
    return np.insert(x, holes, x[holes - 1]), np.insert(y, holes, np.nan)
