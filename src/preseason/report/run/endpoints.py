"""The endpoints as rows, the slowest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from preseason.run.requests import Clock
from preseason.slo.model import Unit
from preseason.verdict.endpoints import latency_of

if TYPE_CHECKING:
    from preseason.report.run.judged import Judged
    from preseason.run.requests import Endpoint, Requests
    from preseason.verdict.endpoints import LatencySummary
    from preseason.verdict.model import Verdict


@dataclass(frozen=True, slots=True)
class EndpointRow:
    """What was judged of one endpoint; ``within`` is the share (0-1) at or below the limit."""

    endpoint: Endpoint
    requests: int
    per_second: float
    errors: int
    response: LatencySummary
    service: LatencySummary
    within: float | None

    @property
    def error_ratio(self) -> float:
        return self.errors / self.requests


def rows(judged: Judged, limit: SharedLimit | None) -> tuple[EndpointRow, ...]:
    """One row for each endpoint that was asked, by falling p95 of the response time."""
    limit_ms = limit.limit_ms if limit else None
    in_time = judged.in_time.by_endpoint()
    found = [
        _row(
            endpoint,
            requests,
            in_time[endpoint].total / judged.seconds if endpoint in in_time else 0.0,
            limit_ms,
        )
        for endpoint, requests in judged.requests.by_endpoint().items()
    ]
    return tuple(sorted(found, key=lambda row: -(row.response.p95 or 0.0)))


@dataclass(frozen=True, slots=True)
class SharedLimit:
    """A latency limit that is promised for all traffic; ``indicator`` is what is promised (``p95``)."""

    limit_ms: float
    indicator: str


def shared_limit(verdict: Verdict) -> SharedLimit | None:
    """The strictest one."""
    limits = (
        SharedLimit(o.limit, o.indicator)
        for o in verdict.objectives
        if o.unit == Unit.MS and not (o.endpoint or o.scenario) and o.limit is not None
    )
    return min(limits, key=lambda shared: shared.limit_ms, default=None)


def _row(endpoint: Endpoint, requests: Requests, per_second: float, limit_ms: float | None) -> EndpointRow:
    return EndpointRow(
        endpoint=endpoint,
        requests=requests.total,
        per_second=per_second,
        errors=requests.failures().total,
        response=latency_of(requests, Clock.RESPONSE),
        service=latency_of(requests, Clock.SERVICE),
        within=None if limit_ms is None else _within(requests, limit_ms) / requests.total,
    )


def _within(requests: Requests, limit_ms: float) -> int:
    """Exact where the limit was known at run time; else the bucket that the limit cuts counts as missed."""
    if limit_ms not in requests.limits_ms:
        return requests.histogram().within(limit_ms).at_least
    column = requests.limits_ms.index(limit_ms)
    return int(requests.within[requests.rows, column].sum())
