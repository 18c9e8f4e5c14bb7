"""The requests of a run as columns, and the questions every judge and every chart asks of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Self

import numpy as np

from preseason.run.histogram import Histogram

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, order=True)
class Endpoint:
    """A path template and its method; the two stand apart everywhere but in the text for people."""

    name: str
    method: str

    def __str__(self) -> str:
        return f"{self.method} {self.name}" if self.method else self.name


class Clock(Enum):
    """Which latency: from the intended start of the journey, or from the moment the request was sent."""

    RESPONSE = "response"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Sparse histograms of all rows, one after the other: row ``i`` owns ``offsets[i]:offsets[i + 1]``."""

    offsets: NDArray[np.int64]
    buckets: NDArray[np.integer]
    counts: NDArray[np.integer]

    @classmethod
    def of(cls, buckets: pa.ChunkedArray, counts: pa.ChunkedArray) -> Self:
        bucket_lists = buckets.combine_chunks()
        return cls(
            offsets=_offsets(bucket_lists),
            buckets=bucket_lists.flatten().to_numpy(),
            counts=counts.combine_chunks().flatten().to_numpy(),
        )

    def lengths(self) -> NDArray[np.int64]:
        lengths: NDArray[np.int64] = np.diff(self.offsets)
        return lengths

    def histogram(self, rows: NDArray[np.bool_]) -> Histogram:
        chosen: NDArray[np.bool_] = np.repeat(rows, self.lengths())
        return Histogram.from_pairs(self.buckets[chosen], self.counts[chosen])


def _offsets(lists: pa.ListArray) -> NDArray[np.int64]:
    lengths = lists.value_lengths().to_numpy(zero_copy_only=False)
    return np.concatenate(([0], np.cumsum(lengths, dtype=np.int64)))


@dataclass(frozen=True, slots=True)
class Requests:
    """Rows of the requests table, or a choice of them.

    Arrays have one entry a row: a second of one endpoint in one scenario, successes and failures apart.
    ``within`` has shape (rows, limits). Choosing (``of_endpoint``, ``between`` …) shares the columns and
    narrows ``rows``.
    """

    rows: NDArray[np.bool_]
    second: NDArray[np.int64]
    endpoint: NDArray[np.int64]
    scenario: NDArray[np.str_]
    ok: NDArray[np.bool_]
    requests: NDArray[np.int64]
    within: NDArray[np.int64]
    sums_ms: dict[Clock, NDArray[np.float64]]
    maxima_ms: dict[Clock, NDArray[np.float64]]
    received_bytes: NDArray[np.int64]
    cache_hits: NDArray[np.int64]
    cache_misses: NDArray[np.int64]
    endpoints: tuple[Endpoint, ...]
    limits_ms: tuple[float, ...]
    pairs: dict[Clock, _Pairs]

    @classmethod
    def of(cls, table: pa.Table, limits_ms: tuple[float, ...]) -> Self:
        """From the rows of ``tables.REQUESTS`` and the limits that the manifest names."""
        endpoints, endpoint = _coded_endpoints(table)

        def column(name: str) -> NDArray[np.int64]:
            return np.asarray(table[name].to_numpy(), dtype=np.int64)

        return cls(
            rows=np.ones(table.num_rows, dtype=np.bool_),
            second=column("second"),
            endpoint=endpoint,
            scenario=np.asarray(table["scenario"].to_pylist(), dtype=np.str_),
            ok=table["ok"].to_numpy().astype(np.bool_),
            requests=column("requests"),
            within=_matrix(table["within"], len(limits_ms)),
            sums_ms={clock: table[f"{clock.value}_sum_ms"].to_numpy() for clock in Clock},
            maxima_ms={clock: table[f"{clock.value}_max_ms"].to_numpy() for clock in Clock},
            received_bytes=column("received_bytes"),
            cache_hits=column("cache_hits"),
            cache_misses=column("cache_misses"),
            endpoints=endpoints,
            limits_ms=limits_ms,
            pairs={
                clock: _Pairs.of(table[f"{clock.value}_bucket"], table[f"{clock.value}_count"])
                for clock in Clock
            },
        )

    def where(self, condition: NDArray[np.bool_]) -> Self:
        return replace(self, rows=self.rows & condition)

    def between(self, start_s: float, end_s: float) -> Self:
        """The whole seconds inside ``[start_s, end_s)``; a second cut by either end is left out."""
        return self.where((self.second >= np.ceil(start_s)) & (self.second + 1 <= np.floor(end_s)))

    def of_endpoint(self, endpoint: Endpoint) -> Self:
        if endpoint not in self.endpoints:
            return self.where(np.zeros_like(self.rows))
        return self.where(self.endpoint == self.endpoints.index(endpoint))

    def of_scenario(self, scenario: str) -> Self:
        return self.where(self.scenario == scenario)

    def successes(self) -> Self:
        return self.where(self.ok)

    def failures(self) -> Self:
        return self.where(~self.ok)

    def present_endpoints(self) -> tuple[Endpoint, ...]:
        """The endpoints that these rows touch, in the order of their names."""
        return tuple(sorted(self.endpoints[code] for code in np.unique(self.endpoint[self.rows])))

    @property
    def total(self) -> int:
        return int(self.requests[self.rows].sum())

    def histogram(self, clock: Clock = Clock.RESPONSE) -> Histogram:
        chosen = self.pairs[clock]
        if clock is Clock.RESPONSE:
            return chosen.histogram(self.rows)
        same = chosen.lengths() == 0
        return chosen.histogram(self.rows) + self.pairs[Clock.RESPONSE].histogram(self.rows & same)

    def mean_ms(self, clock: Clock = Clock.RESPONSE) -> float | None:
        return float(self.sums_ms[clock][self.rows].sum() / self.total) if self.total else None

    def max_ms(self, clock: Clock = Clock.RESPONSE) -> float | None:
        return float(self.maxima_ms[clock][self.rows].max()) if self.total else None

    def per_second(self, start_s: int, end_s: int) -> NDArray[np.int64]:
        """Requests in each second of ``[start_s, end_s)``, zero where there were none."""
        return self._summed(self.requests, start_s, end_s)

    def within_per_second(self, limit_ms: float, start_s: int, end_s: int) -> NDArray[np.int64]:
        """Exact counts of responses at or below a limit that was known when the run was made."""
        return self._summed(self.within[:, self.limits_ms.index(limit_ms)], start_s, end_s)

    def _summed(self, values: NDArray[np.int64], start_s: int, end_s: int) -> NDArray[np.int64]:
        inside = self.rows & (self.second >= start_s) & (self.second < end_s)
        summed = np.bincount(self.second[inside] - start_s, weights=values[inside], minlength=end_s - start_s)
        return summed.astype(np.int64)


def _coded_endpoints(table: pa.Table) -> tuple[tuple[Endpoint, ...], NDArray[np.int64]]:
    pairs = [Endpoint(name, method) for name, method in zip(*_columns(table, "name", "method"), strict=True)]
    endpoints = tuple(sorted(set(pairs)))
    codes = {endpoint: code for code, endpoint in enumerate(endpoints)}
    return endpoints, np.fromiter((codes[pair] for pair in pairs), dtype=np.int64, count=len(pairs))


def _columns(table: pa.Table, *names: str) -> list[list[str]]:
    return [table[name].to_pylist() for name in names]


def _matrix(lists: pa.ChunkedArray, width: int) -> NDArray[np.int64]:
    flat = lists.combine_chunks().flatten().to_numpy().astype(np.int64)
    return flat.reshape(-1, width) if width else np.zeros((len(lists), 0), dtype=np.int64)
