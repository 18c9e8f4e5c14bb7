"""What became of each endpoint's requests, second by second: the columns of a run, cut up once for all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from preseason.run.histogram import bucket_of
from preseason.run.requests import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from preseason.run.histogram import Histogram
    from preseason.run.requests import Endpoint, Requests
    from preseason.verdict.statistics.steady import Span

    Values = NDArray[np.float64]
    Rows = NDArray[np.integer]


@dataclass(frozen=True)
class EndpointRows:
    """The rows of one endpoint within ``span``; arrays by second have ``span.length_s`` entries."""

    endpoint: Endpoint
    requests: Requests
    rows: Rows
    span: Span

    @cached_property
    def answered(self) -> Values:
        """Requests that succeeded, by second."""
        return self._summed(self._ok, self.requests.requests[self._ok])

    @cached_property
    def failed(self) -> Values:
        failed = self.rows[~self.requests.ok[self.rows]]
        return self._summed(failed, self.requests.requests[failed])

    def late(self, limit_ms: float) -> Values:
        """Requests that succeeded, but took longer than the limit, by second; fewer where a bucket is cut."""
        requests = self.requests
        if limit_ms in requests.limits_ms:
            within = requests.within[self._ok, requests.limits_ms.index(limit_ms)]
            return self._summed(self._ok, requests.requests[self._ok] - within)
        above = int(bucket_of(np.array([limit_ms]))[0]) + 1
        return self._summed(self._ok, requests.requests[self._ok] - requests.latencies.below(self._ok, above))

    @cached_property
    def began(self) -> Values:
        """For each second, the earliest moment at which a request that ended in it was due; NaN without any.

        UTC epoch seconds, exact to a second.
        """
        seconds = self.requests.second[self.rows]
        due = seconds - self.requests.maxima_ms[Clock.RESPONSE][self.rows] / 1000
        earliest = np.full(self.span.length_s, np.inf)
        np.minimum.at(earliest, seconds - self.span.start_s, due)
        return np.where(np.isfinite(earliest), earliest, np.nan)

    def histogram(self, seconds: NDArray[np.bool_], clock: Clock = Clock.RESPONSE) -> Histogram:
        """Times of what was answered in the seconds that are flagged."""
        inside = seconds[self.requests.second[self._ok] - self.span.start_s]
        return replace(self.requests, rows=self._ok).where(inside).histogram(clock)

    @cached_property
    def _ok(self) -> Rows:
        return self.rows[self.requests.ok[self.rows]]

    def _summed(self, rows: Rows, values: NDArray[np.integer]) -> Values:
        seconds = self.requests.second[rows] - self.span.start_s
        summed = np.bincount(seconds, weights=values, minlength=self.span.length_s)
        return summed.astype(np.float64, copy=False)


def by_endpoint(requests: Requests, span: Span) -> Iterator[EndpointRows]:
    """The chosen rows within ``span``, endpoint by endpoint."""
    second = requests.second[requests.rows]
    chosen = requests.rows[(second >= span.start_s) & (second < span.end_s)]
    ordered = chosen[np.argsort(requests.endpoint[chosen], kind="stable")]
    present, starts = np.unique(requests.endpoint[ordered], return_index=True)
    ends = [*starts[1:], len(ordered)]
    for code, start, end in zip(present.tolist(), starts, ends, strict=False):
        yield EndpointRows(requests.endpoints[code], requests, ordered[start:end], span)
