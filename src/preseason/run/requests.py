"""The requests of a run as columns, and the questions every judge and every chart asks of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Self

import numpy as np

from preseason.run.histogram import BUCKETS, Histogram, bucket_of

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    Counts = NDArray[np.int64]


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

    def of_rows(
        self, rows: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.integer], NDArray[np.integer]]:
        """The pairs of some rows, one after the other: the place in ``rows``, the bucket and the count."""
        lengths = self.offsets[rows + 1] - self.offsets[rows]
        place = np.repeat(np.arange(len(rows)), lengths)
        first = np.cumsum(lengths) - lengths
        pair = np.repeat(self.offsets[rows] - first, lengths) + np.arange(len(place))
        return place, self.buckets[pair], self.counts[pair]

    def below(self, bucket: int) -> NDArray[np.int64]:
        """How many values of each row lie in buckets below ``bucket``."""
        summed = np.concatenate(
            ([0], np.cumsum(np.where(self.buckets < bucket, self.counts, 0), dtype=np.int64))
        )
        return summed[self.offsets[1:]] - summed[self.offsets[:-1]]


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
            scenario=_texts(table["scenario"]),
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
        """The requests of an endpoint; of every method where it names none."""
        named = [
            code
            for code, known in enumerate(self.endpoints)
            if known.name == endpoint.name and endpoint.method in {"", known.method}
        ]
        return self.where(np.isin(self.endpoint, named))

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
        return self._summed(self.requests, start_s, end_s).astype(np.int64)

    def sums_per_second(self, start_s: int, end_s: int) -> NDArray[np.float64]:
        """Milliseconds of response time in each second of ``[start_s, end_s)``."""
        return self._summed(self.sums_ms[Clock.RESPONSE], start_s, end_s)

    def within_per_second(self, limit_ms: float, start_s: int, end_s: int) -> tuple[Counts, Counts]:
        """Responses at or below a limit in each second of ``[start_s, end_s)``: at least, and at most.

        The two are the same exact counts for a limit that was known when the run was made. For another one
        they differ by the bucket that the limit cuts in two.
        """
        if limit_ms in self.limits_ms:
            exact = self._summed(self.within[:, self.limits_ms.index(limit_ms)], start_s, end_s)
            return exact.astype(np.int64), exact.astype(np.int64)
        cut = int(bucket_of(np.array([limit_ms]))[0])
        pairs = self.pairs[Clock.RESPONSE]
        at_least, at_most = (self._summed(pairs.below(bucket), start_s, end_s) for bucket in (cut, cut + 1))
        return at_least.astype(np.int64), at_most.astype(np.int64)

    def histograms_by_block(self, start_s: int, end_s: int, length_s: int) -> NDArray[np.float64]:
        """Response-time counts of each whole block of ``length_s`` seconds: shape (blocks, BUCKETS)."""
        blocks = (end_s - start_s) // length_s
        block = (self.second - start_s) // length_s
        rows = self.rows & (block >= 0) & (block < blocks)
        pairs = self.pairs[Clock.RESPONSE]
        of_pair = np.repeat(np.where(rows, block, -1), pairs.lengths())
        chosen = of_pair >= 0
        cell = of_pair[chosen] * BUCKETS + pairs.buckets[chosen]
        counts = np.bincount(cell, weights=pairs.counts[chosen], minlength=blocks * BUCKETS)
        return counts.astype(np.float64, copy=False).reshape(blocks, BUCKETS)

    def _summed(
        self, values: NDArray[np.int64] | NDArray[np.float64], start_s: int, end_s: int
    ) -> NDArray[np.float64]:
        inside = self.rows & (self.second >= start_s) & (self.second < end_s)
        summed = np.bincount(self.second[inside] - start_s, weights=values[inside], minlength=end_s - start_s)
        return summed.astype(np.float64, copy=False)


def _coded_endpoints(table: pa.Table) -> tuple[tuple[Endpoint, ...], NDArray[np.int64]]:
    """The endpoints in order of their names, and the code of each row's: its place among them."""
    names, name = _coded(table["name"])
    methods, method = _coded(table["method"])
    pairs, code = np.unique(name * len(methods) + method, return_inverse=True)
    found = [Endpoint(names[pair // len(methods)], methods[pair % len(methods)]) for pair in pairs.tolist()]
    endpoints = tuple(sorted(found))
    places = np.array([endpoints.index(endpoint) for endpoint in found], dtype=np.int64)
    return endpoints, places[code]


def _coded(column: pa.ChunkedArray) -> tuple[list[str], NDArray[np.int64]]:
    encoded = column.combine_chunks().dictionary_encode()
    return encoded.dictionary.to_pylist(), encoded.indices.to_numpy().astype(np.int64)


def _texts(column: pa.ChunkedArray) -> NDArray[np.str_]:
    words, codes = _coded(column)
    return np.array(words, dtype=np.str_)[codes] if words else np.array([], dtype=np.str_)


def _matrix(lists: pa.ChunkedArray, width: int) -> NDArray[np.int64]:
    flat = lists.combine_chunks().flatten().to_numpy().astype(np.int64)
    return flat.reshape(-1, width) if width else np.zeros((len(lists), 0), dtype=np.int64)
