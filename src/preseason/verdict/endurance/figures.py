"""Which figures of a run are watched for a drift, and what the end of each is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from preseason.run.samples import GENERATOR, Series, labelled, owner
from preseason.run.stored import whole_minutes
from preseason.slo.model import Unit
from preseason.verdict.hit_rates import look_ups
from preseason.verdict.statistics.drift import Block
from preseason.verdict.statistics.steady import quantiles_ms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from preseason.run.samples import Samples
    from preseason.verdict.evidence import Evidence

    Values = NDArray[np.float64]

_OURS = {GENERATOR, "collectors"}
_MIB = float(2**20)
_POINTS = 120
_FEWEST_REQUESTS = 20
#: A rate of misses, failures or slowness that moves by less than so much an hour moves nobody.
_LEAST_RATIO = 0.002


@dataclass(frozen=True, slots=True)
class Figure:
    """A series that may drift. ``limit`` is where it ends, ``limit_is`` what that is.

    A slope of less than ``least`` an hour is no drift, whatever its share; nor is one for the better: a hit
    rate that rises (``is_better_high``), anything else that falls. ``decides`` says that it is the target's
    own and has an end: a soak that shows it come there fails.
    """

    name: str
    unit: Unit
    at_s: Values
    values: Values
    block: Block = Block.MEAN
    limit: float | None = None
    limit_is: str = ""
    least: float = 0.0
    decides: bool = False
    is_better_high: bool = False


def figures_of(evidence: Evidence) -> Iterator[Figure]:
    """Every figure with samples in the judged time."""
    yield from _processes(evidence)
    yield from _machines(evidence)
    yield from _postgres(evidence)
    yield from _redis(evidence)
    yield from _pools(evidence)
    yield from _served(evidence)


def process_named(label: str) -> str:
    """A process as it is told apart from what its server says of itself."""
    return "Redis' process" if label == "redis" else label


def inside(evidence: Evidence, series: Series) -> Series:
    """The part of a series that is judged."""
    return series.between(evidence.judged.start_s, evidence.judged.end_s)


def _figure(
    evidence: Evidence,
    series: Series,
    name: str,
    unit: Unit,
    *,
    block: Block = Block.MEAN,
    limit: float | None = None,
    limit_is: str = "",
    least: float = 0.0,
    decides: bool = False,
) -> Iterator[Figure]:
    judged = inside(evidence, series)
    if len(judged):
        yield Figure(name, unit, judged.time_s, judged.value, block, limit, limit_is, least, decides)


def _processes(evidence: Evidence) -> Iterator[Figure]:
    """Memory of the target's processes: what Postgres' backends share is counted once, or not at all."""
    samples = evidence.run.samples
    shared = samples.labelled("host", "process_pss_bytes")
    for label, series in samples.labelled("host", "process_rss_bytes").items():
        if label in _OURS:
            continue
        alone = label != "postgres"
        memory = series if alone else shared.get(label, _none())
        limit, limit_is = _room(evidence, memory, samples.get("host", "memory_available_bytes"))
        yield from _figure(
            evidence,
            memory,
            f"memory of {process_named(label)}",
            Unit.BYTES,
            block=Block.FLOOR,
            limit=limit,
            limit_is=limit_is,
            least=_MIB,
            decides=limit is not None,
        )
    for metric, what in (("process_open_files", "open files"), ("process_threads", "threads")):
        for label, series in samples.labelled("host", metric).items():
            if label not in {*_OURS, "postgres"}:  # backends keep files open, come and go
                yield from _figure(
                    evidence, series, f"{what} of {process_named(label)}", Unit.COUNT, least=2.0
                )


def _room(evidence: Evidence, memory: Series, available: Series) -> tuple[float | None, str]:
    """What it holds at the end, and what the machine still has."""
    held, left = inside(evidence, memory), inside(evidence, available)
    if not len(held) or not len(left):
        return None, ""
    return float(held.value[-1] + left.value[-1]), "all memory of the machine"


def _machines(evidence: Evidence) -> Iterator[Figure]:
    """Of a machine that also makes the load, only what its own control groups hold is the target's."""
    samples = evidence.run.samples
    for label, series in samples.labelled("host", "memory").items():
        if label != GENERATOR:
            machine = label or "this machine"
            yield from _share(evidence, series, f"memory of {machine}", "its memory", decides=bool(label))
    for label, series in samples.labelled("host", "cgroup_memory").items():
        if label not in _OURS:
            yield from _share(
                evidence, series, f"memory of the group of {label}", "the group's limit", decides=True
            )
    for label, series in samples.labelled("host", "filesystem").items():
        mount = label.removeprefix(f"{owner(label)}:")
        decides = owner(label) not in {"", mount, GENERATOR}
        yield from _share(evidence, series, f"disk {label}", "all of the disk", decides=decides)


def _share(
    evidence: Evidence, series: Series, name: str, limit_is: str, *, decides: bool
) -> Iterator[Figure]:
    yield from _figure(
        evidence,
        series,
        name,
        Unit.RATIO,
        block=Block.FLOOR,
        limit=1.0,
        limit_is=limit_is,
        least=_LEAST_RATIO,
        decides=decides,
    )


def _postgres(evidence: Evidence) -> Iterator[Figure]:
    samples = evidence.run.samples
    most = _last(evidence, samples.get("postgres", "connections_limit"))
    yield from _figure(
        evidence,
        samples.get("postgres", "connections"),
        "connections to Postgres",
        Unit.COUNT,
        limit=most,
        limit_is="the connections it allows",
        least=1.0,
        decides=most is not None,
    )
    idle = samples.get("postgres", "connections_by_state", "idle in transaction")
    yield from _figure(evidence, idle, "sessions idle in a transaction", Unit.COUNT, least=1.0)
    size = samples.get("postgres", "size_bytes")
    free = min(
        (
            left
            for series in samples.labelled("host", "disk_free_bytes").values()
            if (left := _last(evidence, series))
        ),
        default=None,
    )
    held = _last(evidence, size)
    limit = None if free is None or held is None else held + free
    yield from _figure(
        evidence,
        size,
        "size of the database",
        Unit.BYTES,
        limit=limit,
        limit_is="" if limit is None else "all of the disk",
        least=_MIB,
        decides=limit is not None,
    )
    slow = samples.get("postgres", "slow_active")
    yield from _figure(evidence, slow, "statements at work for over 1 s", Unit.COUNT, least=0.5)
    for table, series in samples.labelled("postgres", "table_bytes").items():
        yield from _figure(evidence, series, f"size of {table}", Unit.BYTES, least=_MIB)
    yield from _dead_rows(evidence, samples)


def _dead_rows(evidence: Evidence, samples: Samples) -> Iterator[Figure]:
    """Dead rows gather until autovacuum comes; only beyond that they are a drift."""
    for table, series in samples.labelled("postgres", "table_dead_rows").items():
        allowed = _last(evidence, samples.get("postgres", "table_dead_rows_allowed", table))
        dead = _last(evidence, series)
        if allowed is None or (dead is not None and dead > allowed):
            name = f"dead rows of {table}"
            yield from _figure(evidence, series, name, Unit.COUNT, block=Block.FLOOR, least=1000.0)


def _redis(evidence: Evidence) -> Iterator[Figure]:
    samples = evidence.run.samples
    policy = next(
        (
            source.facts.get("maxmemory_policy", "")
            for source in evidence.run.manifest.sources
            if source.name == "redis"
        ),
        "",
    )
    for label, series in samples.labelled("redis", "memory_bytes").items():
        most = _last(evidence, samples.get("redis", "memory_limit_bytes", label)) or None
        limit, limit_is = most, "the memory it may use"
        if most is None and "redis" in samples.labelled("host", "process_rss_bytes"):
            limit, limit_is = _room(evidence, series, samples.get("host", "memory_available_bytes"))
        # What evicts is made to be full.
        decides = limit is not None and (most is None or policy == "noeviction")
        yield from _figure(
            evidence,
            series,
            labelled("memory of Redis", label),
            Unit.BYTES,
            block=Block.FLOOR,
            limit=limit,
            limit_is=limit_is if limit is not None else "",
            least=_MIB,
            decides=decides,
        )
    yield from _clients(evidence, "redis", "clients of Redis")
    for label, series in samples.labelled("redis", "keys").items():
        yield from _figure(evidence, series, labelled("keys in Redis", label), Unit.COUNT, least=100.0)
    if (found := look_ups(evidence, "redis")) is not None and found.total.sum() > 0:
        rate = _by_point(evidence, found.end_s, found.hits, found.total)
        if rate is not None:
            yield Figure("hit rate of Redis", Unit.RATIO, *rate, least=_LEAST_RATIO, is_better_high=True)


def _pools(evidence: Evidence) -> Iterator[Figure]:
    yield from _clients(evidence, "pgbouncer", "clients of PgBouncer")
    waiting = evidence.run.samples.get("pgbouncer", "clients_waiting")
    yield from _figure(evidence, waiting, "clients that wait for a pool", Unit.COUNT, least=1.0)


def _clients(evidence: Evidence, source: str, name: str) -> Iterator[Figure]:
    samples = evidence.run.samples
    for label, series in samples.labelled(source, "clients").items():
        most = _last(evidence, samples.get(source, "clients_limit", label))
        yield from _figure(
            evidence,
            series,
            labelled(name, label),
            Unit.COUNT,
            limit=most,
            limit_is="the clients it allows" if most is not None else "",
            least=1.0,
            decides=most is not None,
        )


def _served(evidence: Evidence) -> Iterator[Figure]:
    """What users notice: p95 by endpoint, and the share of requests that failed."""
    span, requests = evidence.judged, evidence.requests
    step_s = whole_minutes(max(1, span.length_s // _POINTS))
    if span.length_s < 2 * step_s:
        return
    points = span.length_s // step_s
    made = np.all(evidence.loaded[: points * step_s].reshape(-1, step_s), axis=1)
    moments = span.start_s + step_s * (np.arange(points) + 0.5)
    for endpoint, sent in requests.by_endpoint().items():
        counts = sent.successes().histograms_by_block(span.start_s, span.end_s, step_s)
        enough = made & (counts.sum(axis=1) >= _FEWEST_REQUESTS)
        if enough.any():
            p95_ms = quantiles_ms(counts[enough], 0.95)
            yield Figure(f"p95 of {endpoint}", Unit.MS, moments[enough], p95_ms, least=1.0)
    total, failed = (
        part.per_second(span.start_s, span.end_s)[: points * step_s].reshape(-1, step_s).sum(axis=1)
        for part in (requests, requests.failures())
    )
    busy = made & (total >= _FEWEST_REQUESTS)
    if busy.any():
        yield Figure("errors", Unit.RATIO, moments[busy], failed[busy] / total[busy], least=_LEAST_RATIO)


def _by_point(evidence: Evidence, at_s: Values, part: Values, whole: Values) -> tuple[Values, Values] | None:
    """A ratio in each of some dozens of points of time, where there is anything to divide by."""
    span = evidence.judged
    place = np.clip((at_s - span.start_s) / max(span.length_s, 1) * _POINTS, 0, _POINTS - 1).astype(np.int64)
    of, by = (np.bincount(place, weights=values, minlength=_POINTS) for values in (part, whole))
    busy = by > 0
    moments = span.start_s + (np.arange(_POINTS) + 0.5) * span.length_s / _POINTS
    return (moments[busy], of[busy] / by[busy]) if busy.any() else None


def _last(evidence: Evidence, series: Series) -> float | None:
    judged = inside(evidence, series)
    return float(judged.value[-1]) if len(judged) else None


def _none() -> Series:
    return Series(np.array([]), np.array([]), np.array([], dtype=np.str_))
