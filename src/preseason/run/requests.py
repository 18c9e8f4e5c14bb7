"""The requests of a run as columns, and the questions every judge and every chart asks of them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from preseason.run.endpoint import Endpoint
from preseason.run.gathering import Gathering
from preseason.run.histogram import bucket_of
from preseason.run.pairs import Blocks, Clock
from preseason.run.segments import stretches_of
from preseason.run.tables import Table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import pyarrow as pa
    from numpy.typing import NDArray

    from preseason.run.gathering import Gathered
    from preseason.run.histogram import Histogram
    from preseason.run.pairs import Rows, Store

    Counts = NDArray[np.int64]

__all__ = ["Clock", "Endpoint", "Requests"]


@dataclass(frozen=True)
class Requests:
    """Rows of the requests table, or a choice of them.

    Arrays have one entry a row: a second of one endpoint in one scenario, successes and failures apart.
    ``endpoint`` and ``scenario`` are places in ``endpoints`` and ``scenarios``; ``within`` has shape
    (rows, limits). Choosing (``of_endpoint``, ``between`` …) shares the columns and narrows ``rows``, the
    numbers of the chosen rows in ascending order. Those of a single writer are ``in_order`` of their seconds.
    """

    rows: Rows
    in_order: bool
    second: NDArray[np.int64]
    endpoint: NDArray[np.int16]
    scenario: NDArray[np.int16]
    ok: NDArray[np.bool_]
    requests: NDArray[np.int32]
    within: NDArray[np.int32]
    sums_ms: dict[Clock, NDArray[np.float64]]
    maxima_ms: dict[Clock, NDArray[np.float64]]
    received_bytes: NDArray[np.int64]
    cache_hits: NDArray[np.int32]
    cache_misses: NDArray[np.int32]
    endpoints: tuple[Endpoint, ...]
    scenarios: tuple[str, ...]
    limits_ms: tuple[float, ...]
    latencies: Store

    @classmethod
    def of(cls, table: pa.Table, limits_ms: tuple[float, ...]) -> Self:
        """From the rows of ``tables.REQUESTS`` and the limits that the manifest names."""
        return cls._of(Gathering(len(limits_ms)).gather_table(table), limits_ms)

    @classmethod
    def read(cls, run_folder: Path, limits_ms: tuple[float, ...], origin_s: float = 0.0) -> Self:
        """From the segments of a run whose load began at ``origin_s``.

        Of a long one, most of the histograms stay on disk.
        """
        gathering = Gathering(len(limits_ms), origin_s)
        return cls._of(gathering.gather(stretches_of(run_folder, Table.REQUESTS)), limits_ms)

    @classmethod
    def _of(cls, gathered: Gathered, limits_ms: tuple[float, ...]) -> Self:
        strand, strands = gathered.strand, gathered.strands
        of_strand = [Endpoint(one.name, one.method) for one in strands]
        endpoints, scenarios = sorted(set(of_strand)), sorted({one.scenario for one in strands})
        numbers: dict[str, Any] = gathered.numbers
        places = [endpoints.index(endpoint) for endpoint in of_strand]
        return cls(
            rows=np.arange(len(strand), dtype=np.int32),
            in_order=not (numbers["second"][1:] < numbers["second"][:-1]).any(),
            endpoint=np.array(places, dtype=np.int16)[strand],
            scenario=np.array([scenarios.index(one.scenario) for one in strands], dtype=np.int16)[strand],
            ok=np.array([one.ok for one in strands], dtype=np.bool_)[strand],
            within=gathered.within,
            sums_ms={clock: numbers.pop(f"{clock.value}_sum_ms") for clock in Clock},
            maxima_ms={clock: numbers.pop(f"{clock.value}_max_ms") for clock in Clock},
            endpoints=tuple(endpoints),
            scenarios=tuple(scenarios),
            limits_ms=limits_ms,
            latencies=gathered.store,
            **numbers,
        )

    def where(self, condition: NDArray[np.bool_]) -> Self:
        """Those of the chosen rows for which a condition holds; it has an entry for each of them."""
        return replace(self, rows=self.rows[condition])

    def between(self, start_s: float, end_s: float) -> Self:
        """The whole seconds inside ``[start_s, end_s)``; a second cut by either end is left out."""
        first_s, beyond_s = math.ceil(start_s), math.floor(end_s)
        if self.in_order:
            # Python's numbers: those of numpy would have the whole column converted.
            first, end = (int(self.second.searchsorted(edge_s)) for edge_s in (first_s, beyond_s))
            here = slice(*(int(self.rows.searchsorted(row)) for row in (first, end)))
            return replace(self, rows=self.rows[here])
        second = self.second[self.rows]
        return self.where((second >= first_s) & (second < beyond_s))

    def outside(self, spans: Iterable[tuple[int, int]]) -> Self:
        """Without the seconds ``[start, end)`` of each span."""
        second, kept = self.second[self.rows], np.ones(len(self.rows), dtype=np.bool_)
        for start_s, end_s in spans:
            kept &= (second < start_s) | (second >= end_s)
        return self if kept.all() else self.where(kept)

    def of_endpoint(self, endpoint: Endpoint) -> Self:
        """The requests of an endpoint; of every method where it names none."""
        named = [
            code
            for code, known in enumerate(self.endpoints)
            if known.name == endpoint.name and endpoint.method in {"", known.method}
        ]
        codes = self.endpoint[self.rows]
        return self.where(codes == named[0] if len(named) == 1 else np.isin(codes, named))

    def by_endpoint(self) -> dict[Endpoint, Self]:
        """The requests of each endpoint that these rows touch, in the order of their names."""
        code = self.endpoint[self.rows]
        ends = np.cumsum(np.bincount(code, minlength=len(self.endpoints)))
        parts = np.split(self.rows[np.argsort(code, kind="stable")], ends)[:-1]
        named = sorted(zip(self.endpoints, parts, strict=True), key=lambda pair: pair[0])
        return {endpoint: replace(self, rows=rows) for endpoint, rows in named if len(rows)}

    def of_scenario(self, scenario: str) -> Self:
        known = self.scenarios.index(scenario) if scenario in self.scenarios else -1
        return self.where(self.scenario[self.rows] == known)

    def successes(self) -> Self:
        return self.where(self.ok[self.rows])

    def failures(self) -> Self:
        return self.where(~self.ok[self.rows])

    def present_endpoints(self) -> tuple[Endpoint, ...]:
        """The endpoints that these rows touch, in the order of their names."""
        rows = np.bincount(self.endpoint[self.rows], minlength=len(self.endpoints))
        return tuple(sorted(self.endpoints[code] for code in np.flatnonzero(rows)))

    @cached_property
    def total(self) -> int:
        return int(self.requests[self.rows].sum())

    def histogram(self, clock: Clock = Clock.RESPONSE) -> Histogram:
        return self.latencies.histogram(self.rows, clock)

    def mean_ms(self, clock: Clock = Clock.RESPONSE) -> float | None:
        return float(self.sums_ms[clock][self.rows].sum() / self.total) if self.total else None

    def max_ms(self, clock: Clock = Clock.RESPONSE) -> float | None:
        return float(self.maxima_ms[clock][self.rows].max()) if self.total else None

    def per_second(self, start_s: int, end_s: int) -> NDArray[np.int64]:
        """Requests in each second of ``[start_s, end_s)``, zero where there were none."""
        return self._by_second(self.requests[self.rows], start_s, end_s).astype(np.int64)

    def sums_per_second(self, start_s: int, end_s: int) -> NDArray[np.float64]:
        """Milliseconds of response time in each second of ``[start_s, end_s)``."""
        return self._by_second(self.sums_ms[Clock.RESPONSE][self.rows], start_s, end_s)

    def within_per_second(self, limit_ms: float, start_s: int, end_s: int) -> tuple[Counts, Counts]:
        """Responses at or below a limit in each second of ``[start_s, end_s)``: at least, and at most.

        The two are the same exact counts for a limit that was known when the run was made. For another one
        they differ by the bucket that the limit cuts in two.
        """
        if limit_ms in self.limits_ms:
            exact = self.within[:, self.limits_ms.index(limit_ms)][self.rows]
            summed = self._by_second(exact, start_s, end_s).astype(np.int64)
            return summed, summed.copy()
        cut = int(bucket_of(np.array([limit_ms]))[0])
        at_least, at_most = (
            self._by_second(self.latencies.below(self.rows, bucket), start_s, end_s)
            for bucket in (cut, cut + 1)
        )
        return at_least.astype(np.int64), at_most.astype(np.int64)

    def below_by_slice(self, edge_ms: float, start_s: int, end_s: int, length_s: int) -> Counts:
        """Responses below the edge of a bucket in each whole slice of ``[start_s, end_s)``."""
        cut = int(bucket_of(np.array([edge_ms]))[0])
        if length_s == 1:
            return self._by_second(self.latencies.below(self.rows, cut), start_s, end_s).astype(np.int64)
        counted = self.histograms_by_block(start_s, end_s, length_s)[:, :cut].sum(axis=1)
        return np.asarray(counted, dtype=np.int64)

    def histograms_by_block(self, start_s: int, end_s: int, length_s: int) -> NDArray[np.int32]:
        """Response-time counts of each whole block of ``length_s`` seconds: shape (blocks, BUCKETS)."""
        return self.latencies.by_block(self.rows, Blocks.between(start_s, end_s, length_s, self.second))

    def _by_second(
        self, values: NDArray[np.integer] | NDArray[np.float64], start_s: int, end_s: int
    ) -> NDArray[np.float64]:
        """Sums of values, one for each chosen row, by second of ``[start_s, end_s)``."""
        second = self.second[self.rows]
        second -= start_s
        inside = (second >= 0) & (second < end_s - start_s)
        if not inside.all():
            second, values = second[inside], values[inside]
        summed = np.bincount(second, weights=values, minlength=max(0, end_s - start_s))
        return summed.astype(np.float64, copy=False)
