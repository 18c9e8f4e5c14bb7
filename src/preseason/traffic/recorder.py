"""The recorder: what every request costs us is two list appends; everything else happens once a second.

Requests are kept raw for the second they ended in, then closed into one row an endpoint: a sparse histogram,
exact counts against each limit, sums and maxima. Memory is bounded by one second of traffic.
"""

from __future__ import annotations

import re
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from preseason.run.histogram import bucket_of
from preseason.run.tables import JOURNEY, SCHEMAS, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

#: More endpoints or error kinds than this are counted under one name: a name that carries ids must not
#: fill the memory or the run.
MAX_ENDPOINTS = 500
MAX_ERROR_KINDS = 200
OTHER_ENDPOINTS = "(other endpoints)"
OTHER_ERRORS = "(other errors)"

Columns = dict[str, list[Any]]


#: Scenario, method, name as Locust was told it, and whether the request succeeded.
_Key = tuple[str, str, str, bool]


@dataclass(slots=True)
class _Cell:
    """One second of one endpoint, raw."""

    service_ms: list[float] = field(default_factory=list)
    response_ms: list[float] = field(default_factory=list)
    received_bytes: int = 0
    cache_hits: int = 0
    cache_misses: int = 0

    def absorb(self, other: _Cell) -> None:
        self.service_ms += other.service_ms
        self.response_ms += other.response_ms
        self.received_bytes += other.received_bytes
        self.cache_hits += other.cache_hits
        self.cache_misses += other.cache_misses


class Recorder:
    """Collects requests by second and hands closed seconds out as rows of the run's tables."""

    def __init__(self, limits_ms: Sequence[float]) -> None:
        self._limits_ms = np.array(sorted(limits_ms), dtype=np.float64)
        self._endpoints: set[tuple[str, str]] = set()
        self._kinds: set[str] = set()
        self._second = int(time.time())
        self._cells: dict[_Key, _Cell] = {}
        self._failures: Counter[tuple[str, str, str, str]] = Counter()
        self._requests = _columns(Table.REQUESTS)
        self._errors = _columns(Table.ERRORS)

    def record(
        self,
        key: _Key,
        service_ms: float,
        lag_ms: float,
        received_bytes: int,
        cache_hit: bool | None = None,  # noqa: FBT001 - called for every request: keywords cost
    ) -> None:
        """Count one finished request; ``lag_ms`` is how late its journey began (0 but for the first)."""
        now = time.time()
        if not self._second <= now < self._second + 1:
            self._close(int(now))
        cell = self._cells.get(key)
        if cell is None:
            cell = self._cells[key] = _Cell()
        cell.service_ms.append(service_ms)
        cell.response_ms.append(service_ms + lag_ms)
        cell.received_bytes += received_bytes
        if cache_hit is not None:
            cell.cache_hits += cache_hit
            cell.cache_misses += not cache_hit

    def failed_request(self, scenario: str, method: str, name: str, error: str) -> None:
        """Count the reason of a request that :meth:`record` was told had failed."""
        self._failures[scenario, method, self._path(method, name), self._bounded_kind(error)] += 1

    def failed_journey(self, scenario: str, error: str) -> None:
        """Count a journey that raised; it is no request, but it must not vanish either."""
        self._failures[scenario, "", JOURNEY, self._bounded_kind(error)] += 1

    def take(self) -> dict[Table, Columns]:
        """The rows of all seconds that are over, each handed out once."""
        self._close(int(time.time()))
        taken = {Table.REQUESTS: self._requests, Table.ERRORS: self._errors}
        self._requests, self._errors = _columns(Table.REQUESTS), _columns(Table.ERRORS)
        return {table: columns for table, columns in taken.items() if columns["second"]}

    def take_all(self) -> dict[Table, Columns]:
        """Like :meth:`take`, with the second that has not ended."""
        self._close(None)
        return self.take()

    def _path(self, method: str, name: str) -> str:
        """The endpoint's name as recorded: its path without query, and without the method said twice."""
        path = _sayable(name).split("?", 1)[0].removeprefix(f"{_sayable(method)} ")
        if (method, path) not in self._endpoints:
            if len(self._endpoints) >= MAX_ENDPOINTS:
                return OTHER_ENDPOINTS
            self._endpoints.add((method, path))
        return path

    def _bounded_kind(self, error: str) -> str:
        kind = error_kind(error)
        if kind not in self._kinds:
            if len(self._kinds) >= MAX_ERROR_KINDS:
                return OTHER_ERRORS
            self._kinds.add(kind)
        return kind

    def _close(self, second: int | None) -> None:
        if second == self._second:
            return
        merged: defaultdict[_Key, _Cell] = defaultdict(_Cell)
        for (scenario, method, name, ok), cell in self._cells.items():
            merged[_sayable(scenario), _sayable(method), self._path(method, name), ok].absorb(cell)
        for key, cell in merged.items():
            _append(self._requests, self._row(key, cell))
        for (scenario, method, name, kind), count in self._failures.items():
            row = (self._second, _sayable(scenario), _sayable(method), name, kind, count)
            _append(self._errors, dict(zip(SCHEMAS[Table.ERRORS].names, row, strict=True)))
        self._cells, self._failures = {}, Counter()
        self._second = int(time.time()) if second is None else second

    def _row(self, key: _Key, cell: _Cell) -> dict[str, Any]:
        response_ms, service_ms = np.array(cell.response_ms), np.array(cell.service_ms)
        lagged = not np.array_equal(response_ms, service_ms)
        return {
            "second": self._second,
            **dict(zip(("scenario", "method", "name", "ok"), key, strict=True)),
            "requests": len(response_ms),
            "within": np.searchsorted(np.sort(response_ms), self._limits_ms, side="right"),
            **latency_columns("response", response_ms, sparse=True),
            **latency_columns("service", service_ms, sparse=lagged),
            "received_bytes": cell.received_bytes,
            "cache_hits": cell.cache_hits,
            "cache_misses": cell.cache_misses,
        }


def latency_columns(clock: str, latency_ms: NDArray[np.float64], *, sparse: bool) -> dict[str, Any]:
    """A row's part for one clock; without ``sparse`` its histogram is left empty (it equals the other's)."""
    buckets, counts = sparse_histogram(latency_ms if sparse else latency_ms[:0])
    return {
        f"{clock}_bucket": buckets,
        f"{clock}_count": counts,
        f"{clock}_sum_ms": float(latency_ms.sum()),
        f"{clock}_max_ms": float(latency_ms.max()),
    }


def sparse_histogram(latency_ms: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The buckets that are not empty, ascending, and their counts."""
    buckets, counts = np.unique(bucket_of(latency_ms), return_counts=True)
    return buckets, counts


_ADDRESS = re.compile(
    r"0x[0-9a-f]+|https?://\S+|\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.IGNORECASE
)
_LONG_NUMBER = re.compile(r"\d{4,}")


def error_kind(text: str) -> str:
    """An error's text without what differs from request to request: addresses, ids, URLs, long numbers."""
    line = " ".join(_sayable(text).split())[:400]
    return _LONG_NUMBER.sub("…", _ADDRESS.sub("…", line))[:160]


def _sayable(text: str) -> str:
    """``text`` without halves of characters, which are in no file: a name may come from anywhere."""
    return text if text.isascii() else text.encode(errors="surrogatepass").decode(errors="replace")


def _columns(table: Table) -> Columns:
    return {name: [] for name in SCHEMAS[table].names}


def _append(columns: Columns, row: dict[str, Any]) -> None:
    for name, value in row.items():
        columns[name].append(value)
