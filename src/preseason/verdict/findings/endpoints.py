"""Endpoints that keep a latency objective from holding: slow ones, and those that only fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.run.requests import Clock
from preseason.slo.model import Kind
from preseason.verdict import wording
from preseason.verdict.findings.trouble import TROUBLED
from preseason.verdict.model import Finding, FindingKind, Outcome
from preseason.verdict.requests import latency_share

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from preseason.run.requests import Endpoint
    from preseason.slo.model import Objective
    from preseason.verdict.evidence import Evidence
    from preseason.verdict.findings.trouble import Judged

_MOST_NAMED = 3
_P95 = 0.95


def in_trouble(evidence: Evidence, judged: Sequence[Judged]) -> Iterator[Finding]:
    """For each latency objective in trouble, the endpoints that keep their requests waiting longest."""
    told: set[Endpoint] = set()
    for objective, result in judged:
        if not _limits_a_quantile(objective) or result.outcome not in TROUBLED:
            continue
        for share, endpoint in _by_share_within(objective, evidence)[:_MOST_NAMED]:
            if share < (objective.indicator.quantile or 0) and endpoint not in told:
                told.add(endpoint)
                yield _suffering(objective, evidence, endpoint, share)


def missed(judged: Sequence[Judged]) -> bool:
    """Whether any latency objective failed."""
    kinds = {Kind.LATENCY_QUANTILE, Kind.LATENCY_MEAN}
    return any(
        objective.indicator.kind in kinds and result.outcome is Outcome.FAIL for objective, result in judged
    )


def _by_share_within(objective: Objective, evidence: Evidence) -> list[tuple[float, Endpoint]]:
    found = []
    for endpoint, requests in evidence.about(objective).by_endpoint().items():
        share = latency_share(objective, evidence, requests)
        found.append((float(share.at_least.sum() / share.total.sum()), endpoint))
    return sorted(found)


def _suffering(objective: Objective, evidence: Evidence, endpoint: Endpoint, share: float) -> Finding:
    """It is slow where what it answered was; failed and unanswered requests are never within the limit.

    It is not where only the first of them, counted from when their journeys were due, came late.
    """
    requests = evidence.about(objective).of_endpoint(endpoint)
    quantile = objective.indicator.quantile or 0.0
    answered, served = (requests.successes().histogram(clock) for clock in (Clock.RESPONSE, Clock.SERVICE))
    usual_ms, served_ms = (one.quantile_ms(quantile) for one in (answered, served))
    p95_ms, service_p95_ms = (one.quantile_ms(_P95) for one in (answered, served))
    failed = requests.failures().total
    within = f"{wording.percent(share)} of its requests within {wording.milliseconds(objective.limit)}"
    late = usual_ms is not None and usual_ms > objective.limit
    if usual_ms is not None and late and served_ms is not None and served_ms <= objective.limit:
        sent, due = (wording.milliseconds(ms) for ms in (service_p95_ms or served_ms, p95_ms or usual_ms))
        kind, what = (
            FindingKind.WAITING_ENDPOINT,
            f"answers in time, p95 {sent}; its journeys waited to begin: p95 {due}, {within}",
        )
    elif usual_ms is not None and late:
        kind, what = (
            FindingKind.SLOW_ENDPOINT,
            f"is slow: p95 {wording.milliseconds(p95_ms or usual_ms)}, {within}",
        )
    elif failed:
        lost = wording.percent(failed / requests.total)
        kind, what = FindingKind.FAILING_ENDPOINT, f"fails {lost} of its requests; {within}"
    else:
        kind, what = FindingKind.SLOW_ENDPOINT, f"is not answered in time, {within}"
    return Finding(
        kind=kind,
        title=f"{endpoint} {what}",
        subject=str(endpoint),
        evidence={
            "requests": requests.total,
            "failed": failed,
            "p95_ms": p95_ms,
            "service_p95_ms": service_p95_ms,
            "share_within_limit": share,
        },
    )


def _limits_a_quantile(objective: Objective) -> bool:
    """Whether its limit is a time; that of a comparison with a baseline is a ratio."""
    return objective.indicator.kind is Kind.LATENCY_QUANTILE and not objective.of_baseline
