"""Judging what requests tell: response times, errors, availability, rate."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from preseason.run.stored import MINUTE_S
from preseason.slo.model import Kind
from preseason.verdict import wording
from preseason.verdict.arrivals import broken_off, missing_requests
from preseason.verdict.judgement import Judgement
from preseason.verdict.means import judge_mean
from preseason.verdict.model import Outcome
from preseason.verdict.shares import Share, judge_share
from preseason.verdict.statistics.intervals import effective_events
from preseason.verdict.statistics.ranks import lower_rank, upper_rank

if TYPE_CHECKING:
    from preseason.run.histogram import Histogram
    from preseason.run.requests import Requests
    from preseason.slo.model import Objective
    from preseason.verdict.evidence import Evidence
    from preseason.verdict.shares import JudgedShare
    from preseason.verdict.statistics.intervals import Slices
    from preseason.verdict.statistics.steady import Span

#: Over hours, minutes tell the scatter as well as seconds do, and are kept in memory.
_LONG_S = 4 * 3600


def judge_requests(objective: Objective, evidence: Evidence) -> Judgement:
    """Judge an objective about requests; NO_DATA where it speaks of none that were sent."""
    requests = evidence.about(objective)
    if requests.total == 0 and not missing_requests(evidence, objective, requests)[evidence.loaded].any():
        return Judgement.no_data(_silence(objective, evidence))
    match objective.indicator.kind:
        case Kind.LATENCY_QUANTILE:
            return _quantile(objective, evidence, requests)
        case Kind.LATENCY_MEAN:
            return _mean(objective, evidence, requests)
        case Kind.RATE:
            return _rate(objective, evidence, requests)
        case _:
            return _failures(objective, evidence, requests)


def _silence(objective: Objective, evidence: Evidence) -> str:
    if objective.endpoint is not None:
        known = ", ".join(str(endpoint) for endpoint in evidence.requests.present_endpoints())
        return f"no request of {objective.endpoint} was recorded; recorded were: {known or 'none'}"
    if objective.scenario is not None:
        known = ", ".join(filter(None, evidence.requests.scenarios))
        return f"no request of the scenario {objective.scenario} was recorded; known: {known or 'none'}"
    return "no request was recorded in the judged part of the run"


def latency_share(objective: Objective, evidence: Evidence, requests: Requests) -> Share:
    """Requests within the limit by second. Failed ones are not good, nor are those that were never sent."""
    seconds = evidence.answered
    total = requests.per_second(seconds.start_s, seconds.end_s).astype(np.float64)
    fewer, more = requests.successes().within_per_second(objective.limit, seconds.start_s, seconds.end_s)
    return Share(
        at_least=fewer.astype(np.float64),
        at_most=more.astype(np.float64),
        total=total + missing_requests(evidence, objective, requests),
    )


def _quantile(objective: Objective, evidence: Evidence, requests: Requests) -> Judgement:
    quantile = objective.indicator.quantile or 0.0
    over_time = latency_share(objective, evidence, requests)
    share = over_time.where(evidence.loaded)
    judged = judge_share(share, quantile, objective.confidence)
    low, point, high = _quantile_ms(objective, requests, over_time, judged, evidence.answered)
    bounds = judged.bounds
    return Judgement(
        outcome=judged.outcome,
        reason=judged.reason(f"requests were answered within {wording.milliseconds(objective.limit)}"),
        needs=judged.needs(evidence.judged.length_s, share.events, "requests"),
        point=point,
        low=low,
        high=high,
        good=share.good,
        total=share.events,
        target_ratio=quantile,
        ratio_low=bounds.low,
        ratio_high=bounds.high,
    )


def _quantile_ms(
    objective: Objective, requests: Requests, share: Share, judged: JudgedShare, seconds: Span
) -> tuple[float | None, float | None, float | None]:
    """The percentile between its bounds, from buckets; None where it falls among what never came well.

    Bounds are ranks of as many independent requests as the scatter at the percentile itself leaves. The exact
    counts overrule them: no bucket's edge contradicts the outcome, and where ranks give no bound, it does.
    """
    quantile, confidence, limit = judged.target, objective.confidence, objective.limit
    answered, events = requests.successes().histogram(), share.events
    point = _at_rank(answered, max(1, math.ceil(quantile * events)))
    effective = judged.bounds.effective
    if point is not None:
        below, total = _below(requests.successes(), share, point[1], seconds)
        effective = min(effective, effective_events(below, total, confidence))
    low = _at_rank(answered, lower_rank(events, quantile, confidence, effective))
    high = _at_rank(answered, upper_rank(events, quantile, confidence, effective))
    failed, passed = judged.outcome is Outcome.FAIL, judged.outcome is Outcome.PASS
    return (
        limit if failed and low is None else _held(low and low[0], limit, below=not failed),
        _held(point and sum(point) / 2, limit, below=judged.bounds.point >= quantile),
        limit if passed and high is None else _held(high and high[1], limit, below=passed),
    )


def _below(answered: Requests, share: Share, edge_ms: float, seconds: Span) -> tuple[Slices, Slices]:
    """Of the requests in each slice of time, how many were answered faster than the edge of a bucket."""
    length_s = MINUTE_S if seconds.length_s > _LONG_S else 1
    below = answered.below_by_slice(edge_ms, seconds.start_s, seconds.end_s, length_s)
    total = share.total[: len(below) * length_s].reshape(-1, length_s).sum(axis=1)
    return below.astype(np.float64), total


def _at_rank(answered: Histogram, rank: int | None) -> tuple[float, float] | None:
    return None if rank is None or rank > answered.total else answered.around_rank_ms(rank)


def _held(value_ms: float | None, limit_ms: float, *, below: bool) -> float | None:
    """A value read from a bucket, kept on the side of the limit on which the exact counts say it lies."""
    if value_ms is None:
        return None
    return min(value_ms, limit_ms) if below else max(value_ms, limit_ms)


def success_share(objective: Objective, evidence: Evidence, requests: Requests) -> Share:
    """Requests that succeeded, by second. Those never sent, because the target held every user, did not."""
    seconds = evidence.answered
    total = requests.per_second(seconds.start_s, seconds.end_s).astype(np.float64)
    good = requests.successes().per_second(seconds.start_s, seconds.end_s).astype(np.float64)
    total += broken_off(evidence, objective, requests.failures().total)
    return Share(good, good, total + missing_requests(evidence, objective, requests))


def _failures(objective: Objective, evidence: Evidence, requests: Requests) -> Judgement:
    """Errors and availability: two readings of one share, that of requests which succeeded."""
    share = success_share(objective, evidence, requests).where(evidence.loaded)
    errors = objective.indicator.kind is Kind.ERRORS
    judged = judge_share(share, 1 - objective.limit if errors else objective.limit, objective.confidence)
    bounds = judged.bounds
    low, high = (1 - bounds.high, 1 - bounds.low) if errors else (bounds.low, bounds.high)
    return Judgement(
        outcome=judged.outcome,
        reason=judged.reason("requests succeeded"),
        needs=judged.needs(evidence.judged.length_s, share.events, "requests"),
        point=(share.events - share.good) / share.events if errors else bounds.point,
        low=low,
        high=high,
        good=share.good,
        total=share.events,
        target_ratio=judged.target,
        ratio_low=bounds.low,
        ratio_high=bounds.high,
    )


def _mean(objective: Objective, evidence: Evidence, requests: Requests) -> Judgement:
    """Of what was answered well: a connection refused at once is not a fast answer."""
    seconds, answered = evidence.answered, requests.successes()
    sums = answered.sums_per_second(seconds.start_s, seconds.end_s)
    counts = answered.per_second(seconds.start_s, seconds.end_s).astype(np.float64)
    made = evidence.loaded
    return judge_mean(objective, sums[made], counts[made], answered.total, "requests")


def _rate(objective: Objective, evidence: Evidence, requests: Requests) -> Judgement:
    seconds = evidence.judged
    counts = requests.per_second(seconds.start_s, seconds.end_s).astype(np.float64)
    counts = counts[evidence.loaded[: seconds.length_s]]
    return judge_mean(objective, counts, np.ones_like(counts), requests.total, "requests")
