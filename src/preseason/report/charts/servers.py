"""Charts of the servers under the load: cache, database connections and waits, processors, memory."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from preseason.report import plain, units
from preseason.report.charts.axes import thinned
from preseason.report.charts.load import limit_label, peaked
from preseason.report.charts.model import Chart, Level, Line, Tone
from preseason.run.samples import GENERATOR, Series
from preseason.slo.model import Unit

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from numpy.typing import NDArray

    from preseason.report.charts.axes import Grid, TimeAxis
    from preseason.run.reading import Run
    from preseason.verdict.model import Verdict

_WANTED_PER_POINT = 60
#: A ratio's axis begins at zero only where the ratio comes near it.
_LOW_RATIO = 0.5
_PLATFORM = "platform"
#: Kinds of waits that are the client's or nobody's doing.
_NO_WAITS = {"Client", "Activity", "Timeout", "Extension", ""}
#: What is waited for, the most first.
_WAIT_TONES = (Tone.MAIN, Tone.THIRD, Tone.FOURTH, Tone.FIFTH)
#: A process has one tone on every chart: two have theirs, the others share these as they come.
_TONES = {_PLATFORM: Tone.MAIN, GENERATOR: Tone.STRONG}
_OTHER_TONES = (Tone.THIRD, Tone.FOURTH, Tone.FIFTH)


def hit_rate(run: Run, axis: TimeAxis, verdict: Verdict) -> Chart:
    """The share of look-ups that the cache answered: as Redis counts them, and as clients were told."""
    grid = axis.grid().wide_enough(run.requests.total, _WANTED_PER_POINT)
    lines = (
        _ratio_line("Redis, all its clients", Tone.MAIN, grid, *_redis_look_ups(run, grid)),
        _ratio_line("as answers said (X-Cache)", Tone.THIRD, grid, *_client_look_ups(run, grid)),
    )
    limits = (
        Level(limit_label(o), o.limit)
        for o in verdict.objectives
        if o.indicator.endswith("hit_rate") and o.limit is not None
    )
    low = any((line.present < _LOW_RATIO).any() for line in lines)
    chart = Chart("hit-rate", "Cache hit rate", Unit.RATIO, from_zero=low, ceiling=1.0)
    otherwise = _why_not(run, "redis", "no look-up was counted")
    return chart.showing(lines, levels=itertools.islice(limits, 1), otherwise=otherwise)


def connections(run: Run, axis: TimeAxis) -> Chart:
    """Sessions of Postgres, all and those at work, against what its configuration allows."""
    total = run.samples.get("postgres", "connections")
    active = run.samples.get("postgres", "connections_by_state", "active")
    allowed = run.samples.get("postgres", "connections_limit").value[-1:].tolist()
    return Chart("connections", "Postgres connections", Unit.COUNT).showing(
        (
            _gauge_line("all", Tone.MAIN, total, axis, area=True),
            _gauge_line("active", Tone.STRONG, active, axis),
        ),
        levels=[Level(f"allowed {units.count(limit)}", limit) for limit in allowed],
        otherwise=_why_not(run, "postgres", "none was sampled"),
    )


def waits(run: Run, axis: TimeAxis) -> Chart:
    """Sessions at work that wait, by what they wait for; the four kinds that were waited for most."""
    chart = Chart("waits", "Postgres sessions that wait", Unit.COUNT)
    kinds = {
        kind: series.between(axis.start_s, axis.end_s)
        for kind, series in run.samples.labelled("postgres", "waits").items()
        if kind not in _NO_WAITS
    }
    seen = sorted(
        (kind for kind, one in kinds.items() if one.value.any()), key=lambda kind: -kinds[kind].value.sum()
    )
    lines = [
        _gauge_line(kind, tone, kinds[kind], axis) for kind, tone in zip(seen, _WAIT_TONES, strict=False)
    ]
    looked = len(run.samples.get("postgres", "connections").between(axis.start_s, axis.end_s))
    nobody = "none waited at any look" if kinds or looked else "none was sampled"
    return chart.showing(lines, otherwise=_why_not(run, "postgres", nobody))


def memory(run: Run, axis: TimeAxis) -> Chart:
    """Memory of the watched processes, and what Redis counts as its own against its limit."""
    watched = run.samples.labelled("host", "process_rss_bytes")
    lines = [
        _gauge_line(label, tone, watched[label], axis, unit=Unit.BYTES)
        for label, tone in _tones(run).items()
        if label in watched
    ]
    own = run.samples.get("redis", "memory_bytes")
    lines.append(_gauge_line("Redis, its data", Tone.QUIET, own, axis, unit=Unit.BYTES))
    limits = [value for value in run.samples.get("redis", "memory_limit_bytes").value[-1:].tolist() if value]
    return Chart("memory", "Memory", Unit.BYTES).showing(
        lines,
        levels=[Level(f"Redis may use {units.size(limit)}", limit) for limit in limits],
        otherwise=_why_not(run, "host", "none was sampled"),
    )


def processors(run: Run, axis: TimeAxis) -> Chart:
    """How many processors the load generator, the platform and others kept busy, of those there are."""
    there = run.manifest.generator.cores
    machine = run.samples.get("host", "cpu")
    busy = replace(machine, value=machine.value * there)
    return Chart("cpu", "Processors in use", Unit.COUNT).showing(
        (_gauge_line("whole machine", Tone.QUIET, busy, axis, area=True), *_processes(run, axis)),
        levels=[Level(f"{there} available", float(there))],
        otherwise=_why_not(run, "host", "none was sampled"),
    )


def _processes(run: Run, axis: TimeAxis) -> Iterator[Line]:
    """The generator, whose processes count themselves, and those that were watched beside it."""
    generator = run.samples.labelled("generator", "cpu")
    if generator:
        yield _gauge_line("generator", _TONES[GENERATOR], _together(generator.values()), axis)
    watched = run.samples.labelled("host", "process_cpu")
    watched.pop(GENERATOR, None)  # it counts itself, by process
    for label, tone in _tones(run).items():
        if label in watched:
            yield _gauge_line(label, tone, watched[label], axis)


def _tones(run: Run) -> dict[str, Tone]:
    """The processes that are drawn, each with its tone, the platform first."""
    watched = {
        label
        for metric in ("process_cpu", "process_rss_bytes")
        for label in run.samples.labelled("host", metric)
    }
    return _TONES | dict(zip(sorted(watched - _TONES.keys()), _OTHER_TONES, strict=False))


def _together(parts: Collection[Series]) -> Series:
    """The sum of several gauges in each second."""
    moments = np.concatenate([np.floor(part.time_s) for part in parts])
    values = np.concatenate([part.value for part in parts])
    seconds, place = np.unique(moments, return_inverse=True)
    summed = np.bincount(place, values).astype(np.float64)
    return Series(seconds, summed, np.full(len(seconds), ""))


def _why_not(run: Run, source: str, otherwise: str) -> str:
    """Why a source has nothing to show, in the words of whoever tried to sample it."""
    reasons = [entry.absent for entry in run.manifest.sources if entry.name == source and entry.absent]
    return f"not collected: {plain.short(reasons[0], 200)}" if reasons else otherwise


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


def _gauge_line(
    label: str, tone: Tone, series: Series, axis: TimeAxis, *, unit: Unit = Unit.COUNT, area: bool = False
) -> Line:
    """A gauge on the axis, broken where samples are missing."""
    seen = series.between(axis.start_s, axis.end_s)
    x, y = thinned(*_broken(seen.time_s - axis.start_s, seen.value))
    return peaked(Line(plain.short(label, 40), tone, x, y, area=area), unit)


def _broken(
    x: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A NaN wherever the distance to the next sample is over three times the usual one."""
    steps = np.diff(x)
    if not len(steps):
        return x, y
    holes = np.flatnonzero(steps > 3 * np.median(steps)) + 1
    return np.insert(x, holes, x[holes - 1]), np.insert(y, holes, np.nan)
