"""What each endpoint did, on both clocks; shown for any run, judged or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from preseason.run.requests import Clock

if TYPE_CHECKING:
    from preseason.run.reading import Run
    from preseason.run.requests import Endpoint, Requests
    from preseason.verdict.model import Window


@dataclass(frozen=True, slots=True)
class LatencySummary:
    """Percentiles, maximum and mean in milliseconds; None without requests."""

    p50: float | None
    p90: float | None
    p95: float | None
    p99: float | None
    max: float | None
    mean: float | None


@dataclass(frozen=True, slots=True)
class EndpointSummary:
    """One endpoint: how often it was asked, how often it failed, and how long it took.

    ``response`` is measured from the intended start, ``service`` from when the request was sent.
    """

    method: str
    name: str
    requests: int
    errors: int
    response: LatencySummary
    service: LatencySummary


def summarise(run: Run, window: Window | None = None) -> tuple[EndpointSummary, ...]:
    """Every endpoint by name, over ``window``, or over all that was recorded."""
    requests = run.requests if window is None else run.requests.between(window.start_s, window.end_s)
    return tuple(_endpoint(sent, endpoint) for endpoint, sent in requests.by_endpoint().items())


def _endpoint(requests: Requests, endpoint: Endpoint) -> EndpointSummary:
    return EndpointSummary(
        method=endpoint.method,
        name=endpoint.name,
        requests=requests.total,
        errors=requests.failures().total,
        response=latency_of(requests, Clock.RESPONSE),
        service=latency_of(requests, Clock.SERVICE),
    )


def latency_of(requests: Requests, clock: Clock) -> LatencySummary:
    """Of all of them on one clock."""
    histogram = requests.histogram(clock)
    longest_ms = requests.max_ms(clock)
    p50, p90, p95, p99 = (_capped(histogram.quantile_ms(q), longest_ms) for q in (0.5, 0.9, 0.95, 0.99))
    return LatencySummary(p50, p90, p95, p99, longest_ms, requests.mean_ms(clock))


def _capped(quantile_ms: float | None, longest_ms: float | None) -> float | None:
    """The middle of the last bucket may lie above the longest latency in it."""
    return quantile_ms if quantile_ms is None or longest_ms is None else min(quantile_ms, longest_ms)
