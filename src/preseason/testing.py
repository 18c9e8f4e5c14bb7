"""Test support: synthetic runs, in memory for judging and on disk for everything that reads folders.

A run is made of ``Traffic`` (one entry a request), arrivals and samples. Seconds count from the start of the
load; on disk and in tables they are UTC epoch seconds from ``ORIGIN_S``.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from preseason.run.histogram import BUCKETS, bucket_of
from preseason.run.manifest import Generator, Manifest, Stage, Status, Target, write_manifest
from preseason.run.reading import Run
from preseason.run.requests import Endpoint, Requests
from preseason.run.samples import Samples
from preseason.run.segments import SegmentWriter
from preseason.run.tables import SCHEMAS, Table
from preseason.run.timeline import Event, append_event

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from preseason.run.blocking import BlockingEdge
    from preseason.run.indexes import Index
    from preseason.run.key_space import KeyGroup
    from preseason.run.statements import Statement

#: When every synthetic load begins: 2026-01-05 12:00 UTC.
ORIGIN = datetime(2026, 1, 5, 12, tzinfo=UTC)
ORIGIN_S = int(ORIGIN.timestamp())

LEAGUE = Endpoint("/api/leagues/{id}/data", "GET")
LINEUP = Endpoint("/api/teams/lineup", "POST")


@dataclass(frozen=True, slots=True)
class Traffic:
    """Requests of one endpoint in one scenario, one entry each: second of the load, latency, success.

    ``service_ms``, from sending, where journeys waited to begin.
    """

    second: NDArray[np.int64]
    response_ms: NDArray[np.float64]
    ok: NDArray[np.bool_]
    endpoint: Endpoint = LEAGUE
    scenario: str = "league_read"
    error: str = "500 Internal Server Error"
    service_ms: NDArray[np.float64] | None = None

    @classmethod
    def of(cls, second: ArrayLike, response_ms: ArrayLike, ok: ArrayLike = True, **of: Any) -> Traffic:  # noqa: ANN401, FBT002 - passed on; an array of flags
        """From anything that broadcasts to one entry a request."""
        seconds, latencies, oks = np.broadcast_arrays(second, response_ms, ok)
        return cls(seconds.astype(np.int64), latencies.astype(np.float64), oks.astype(np.bool_), **of)

    @classmethod
    def steady(cls, duration_s: int, per_second: int, response_ms: ArrayLike, **of: Any) -> Traffic:  # noqa: ANN401 - passed on
        """So many requests in every second, with one latency each or the same for all."""
        return cls.of(np.repeat(np.arange(duration_s), per_second), response_ms, **of)


def requests_table(traffic: Iterable[Traffic], limits_ms: Sequence[float]) -> pa.Table:
    """The rows that a recorder would have written, successes and failures apart."""
    schema = SCHEMAS[Table.REQUESTS]
    parts = [_requests_of(part, limits_ms) for part in traffic if len(part.second)]
    return pa.concat_tables([schema.empty_table(), *parts])


def _requests_of(part: Traffic, limits_ms: Sequence[float]) -> pa.Table:
    """A row for each second and way of ending: entries in that order, and where the rows begin among them."""
    order = np.lexsort((part.response_ms, ~part.ok, part.second))
    second, ok, response_ms = part.second[order], part.ok[order], part.response_ms[order]
    starts = np.flatnonzero(np.diff(2 * second + ~ok, prepend=np.iinfo(np.int64).min) != 0)
    rows, requests = len(starts), np.diff(starts, append=len(order))
    sums_ms, maxima_ms = (fold.reduceat(response_ms, starts) for fold in (np.add, np.maximum))
    within = [np.add.reduceat(response_ms <= limit_ms, starts, dtype=np.int64) for limit_ms in limits_ms]
    buckets, counts = _sparse(response_ms, requests)
    nothing: list[list[int]] = [[]] * rows
    service_ms = response_ms if part.service_ms is None else part.service_ms[order]
    served = (nothing, nothing) if part.service_ms is None else _sparse(service_ms, requests)
    return pa.table(
        {
            "second": ORIGIN_S + second[starts],
            "scenario": [part.scenario] * rows,
            "method": [part.endpoint.method] * rows,
            "name": [part.endpoint.name] * rows,
            "ok": ok[starts],
            "requests": requests,
            "within": list(np.array(within).T) if within else nothing,
            "response_bucket": buckets,
            "response_count": counts,
            "response_sum_ms": sums_ms,
            "response_max_ms": maxima_ms,
            "service_bucket": served[0],
            "service_count": served[1],
            "service_sum_ms": np.add.reduceat(service_ms, starts),
            "service_max_ms": np.maximum.reduceat(service_ms, starts),
            "received_bytes": 1000 * requests,
            "cache_hits": np.zeros(rows),
            "cache_misses": np.zeros(rows),
        },
        schema=SCHEMAS[Table.REQUESTS],
    )


def _sparse(response_ms: NDArray[np.float64], requests: NDArray[np.int64]) -> tuple[pa.Array, pa.Array]:
    """The histograms of rows that own so many latencies each, one row after the other, ascending within."""
    row = np.repeat(np.arange(len(requests)), requests)
    cells, counts = np.unique(row * BUCKETS + bucket_of(response_ms), return_counts=True)
    offsets = np.searchsorted(cells // BUCKETS, np.arange(len(requests) + 1)).astype(np.int32)
    lists = (cells % BUCKETS).astype(np.uint16), counts.astype(np.uint32)
    buckets, count_lists = (pa.ListArray.from_arrays(offsets, pa.array(values)) for values in lists)
    return buckets, count_lists


def errors_table(traffic: Iterable[Traffic]) -> pa.Table:
    """The reasons of the failures, counted by second."""
    rows = [
        {
            "second": ORIGIN_S + int(second),
            "scenario": part.scenario,
            "method": part.endpoint.method,
            "name": part.endpoint.name,
            "kind": part.error,
            "requests": int(count),
        }
        for part in traffic
        for second, count in zip(*np.unique(part.second[~part.ok], return_counts=True), strict=True)
    ]
    return pa.Table.from_pylist(rows, schema=SCHEMAS[Table.ERRORS])


def arrivals_table(
    planned: Sequence[int], *, scenario: str = "league_read", lag_ms: float = 1.0, **other: Sequence[int]
) -> pa.Table:
    """Journeys by second: all started in time and finished, but for the counts named in ``other``."""
    rows = [
        _arrival_row(
            second, count, scenario, lag_ms, {name: counts[second] for name, counts in other.items()}
        )
        for second, count in enumerate(planned)
    ]
    return pa.Table.from_pylist(rows, schema=SCHEMAS[Table.ARRIVALS])


def _arrival_row(
    second: int, planned: int, scenario: str, lag_ms: float, other: Mapping[str, int]
) -> dict[str, Any]:
    started = other.get("started", planned - other.get("dropped", 0))
    return {
        "second": ORIGIN_S + second,
        "scenario": scenario,
        "planned": planned,
        "started": started,
        "late": 0,
        "starved": 0,
        "dropped": 0,
        "finished": started,
        "journey_sum_ms": 5000.0 * started,
        "lag_bucket": bucket_of(np.array([lag_ms])) if started else [],
        "lag_count": [started] if started else [],
        **other,
    }


def samples_table(
    series: Mapping[tuple[str, str] | tuple[str, str, str], ArrayLike], epoch: str = "", start_s: int = 0
) -> pa.Table:
    """One value a second from ``start_s`` on, by source, metric and label; ``epoch`` marks counters."""
    rows = [
        {
            "time": float(ORIGIN_S + start_s + second),
            "source": key[0],
            "metric": key[1],
            "label": key[2] if len(key) > 2 else "",  # noqa: PLR2004 - the label may be left out
            "value": float(value),
            "epoch": epoch,
        }
        for key, values in series.items()
        for second, value in enumerate(np.asarray(values, dtype=np.float64))
        if not np.isnan(value)
    ]
    return pa.Table.from_pylist(rows, schema=SCHEMAS[Table.SAMPLES])


def hold(duration_s: float, rate: float = 20.0, start_s: float = 0.0) -> Stage:
    """A constant stage of an open load."""
    return Stage(
        kind="hold", start_s=start_s, end_s=start_s + duration_s, begin=rate, end=rate, unit="arrivals/s"
    )


def manifest(duration_s: float, **changes: Any) -> Manifest:  # noqa: ANN401 - any field of a manifest
    """The manifest of a finished run of one constant stage."""
    plain = Manifest(
        run_id="20260105T120000Z-synthetic",
        status=Status.FINISHED,
        target=Target(url="http://127.0.0.1:8000", kind="embedded", platform_version="0.1.0"),
        generator=Generator(
            version="0.1.0",
            locust="2.47.0",
            python="3.11.2",
            host="synthetic",
            cpu="synthetic",
            cores=2,
            memory_bytes=4 * 2**30,
        ),
        started_at=ORIGIN - timedelta(seconds=5),
        ended_at=ORIGIN + timedelta(seconds=duration_s + 1),
        load_started_s=float(ORIGIN_S),
        load_ended_s=float(ORIGIN_S + duration_s),
        model="open",
        stages=(hold(duration_s),),
        warmup_s=0.0,
        scenarios={"league_read": 1.0},
        seed=1,
        workload_hash="0" * 64,
        slo_hash="0" * 64,
    )
    return plain.model_copy(update=changes)


@dataclass(frozen=True)
class SyntheticRun(Run):
    """A run whose tables are in memory."""

    tables: Mapping[Table, pa.Table] = field(default_factory=dict)
    edges: tuple[BlockingEdge, ...] = ()
    texts: tuple[Statement, ...] = ()
    costing: tuple[Index, ...] = ()
    kinds: tuple[KeyGroup, ...] = ()

    @cached_property
    def blocking(self) -> tuple[BlockingEdge, ...]:
        return self.edges

    @cached_property
    def statements(self) -> dict[str, Statement]:
        return {statement.queryid: statement for statement in self.texts}

    @cached_property
    def indexes(self) -> tuple[Index, ...]:
        return self.costing

    @cached_property
    def key_space(self) -> tuple[KeyGroup, ...]:
        return self.kinds

    @cached_property
    def requests(self) -> Requests:
        return Requests.of(self._table(Table.REQUESTS), self.manifest.limits_ms)

    @cached_property
    def errors(self) -> pa.Table:
        return self._table(Table.ERRORS)

    @cached_property
    def arrivals(self) -> pa.Table:
        return self._table(Table.ARRIVALS)

    @cached_property
    def samples(self) -> Samples:
        return Samples.of(self._table(Table.SAMPLES))

    @cached_property
    def damaged(self) -> tuple[str, ...]:
        return ()

    def _table(self, table: Table) -> pa.Table:
        return self.tables.get(table, SCHEMAS[table].empty_table())

    def changed(self, **changes: Any) -> SyntheticRun:  # noqa: ANN401 - any field of a manifest
        """The same run with another manifest."""
        return replace(self, manifest=self.manifest.model_copy(update=changes))


def synthetic_run(
    duration_s: int,
    traffic: Sequence[Traffic] = (),
    *,
    limits_ms: Sequence[float] = (200.0,),
    samples: Sequence[pa.Table] = (),
    arrivals: pa.Table | None = None,
    timeline: Sequence[Event] = (),
    **changes: Any,  # noqa: ANN401 - any field of a manifest
) -> SyntheticRun:
    """A run in memory; ``changes`` are fields of its manifest."""
    tables = {
        Table.REQUESTS: requests_table(traffic, limits_ms),
        Table.ERRORS: errors_table(traffic),
        Table.ARRIVALS: arrivals_table([20] * duration_s) if arrivals is None else arrivals,
        Table.SAMPLES: pa.concat_tables([SCHEMAS[Table.SAMPLES].empty_table(), *samples]),
    }
    return SyntheticRun(
        folder=Path("synthetic"),
        manifest=manifest(duration_s, limits_ms=tuple(limits_ms), **changes),
        timeline=tuple(timeline),
        tables=tables,
    )


def write_run(folder: Path, run: SyntheticRun, slo_text: str = "") -> Path:
    """Put a synthetic run on disk, through the real writers, and return its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    write_manifest(folder, run.manifest)
    if slo_text:
        (folder / "slo.yaml").write_text(slo_text)
    for event in run.timeline:
        append_event(folder, event)
    for table, rows in run.tables.items():
        writer = SegmentWriter(folder, table, "synthetic")
        for batch in rows.to_batches():
            writer.append_batch(batch)
        writer.close()
    return folder
