"""What is worth knowing beside the outcomes: who suffers, from what, and what else was seen.

The sentences a reader meets stand here, and only here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from preseason.run.requests import Endpoint
from preseason.run.timeline import EventKind
from preseason.slo.model import Kind, Unit
from preseason.verdict import wording
from preseason.verdict.arrivals import JOURNEY, arrivals_of
from preseason.verdict.model import Finding, FindingKind, Outcome
from preseason.verdict.pool import deserted, shortages
from preseason.verdict.requests import latency_share
from preseason.verdict.samples import look_ups
from preseason.verdict.validity import generator_cpu

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from preseason.slo.model import Objective
    from preseason.verdict.evidence import Evidence
    from preseason.verdict.model import ObjectiveResult

_MOST_NAMED = 3
#: A statement in a sentence is cut after so many characters; the report has it whole.
_LONGEST_STATEMENT = 80
_BUSY_CPU = 0.7
_NEAR_LIMIT = 0.8
#: A statement that takes less than this share of the database's time is not what makes requests slow.
_HEAVY = 0.1
#: A change of a response time by less than this share of the strictest limit is nobody's news.
_NOTICED = 0.05
_TROUBLED = {Outcome.FAIL, Outcome.UNDECIDED, Outcome.NOT_STEADY, Outcome.WAIVED}

Judged = tuple["Objective", "ObjectiveResult"]


def findings_of(evidence: Evidence, judged: Sequence[Judged]) -> tuple[Finding, ...]:
    """Everything noticed, the most telling first."""
    return (
        *_slow_endpoints(evidence, judged),
        *_errors(evidence),
        *_low_hit_rates(evidence, judged),
        *_arrivals_lost(evidence),
        *_not_collected(judged),
        *_heavy_statements(evidence, judged),
        *_servers(evidence),
        *_generator(evidence),
        *_events(evidence),
        *_drifts(evidence, judged),
    )


def _slow_endpoints(evidence: Evidence, judged: Sequence[Judged]) -> Iterator[Finding]:
    """For each latency objective in trouble, the endpoints that keep their requests waiting longest."""
    told: set[Endpoint] = set()
    for objective, result in judged:
        if objective.indicator.kind is not Kind.LATENCY_QUANTILE or result.outcome not in _TROUBLED:
            continue
        for share, endpoint in _by_share_within(objective, evidence)[:_MOST_NAMED]:
            if share < (objective.indicator.quantile or 0) and endpoint not in told:
                told.add(endpoint)
                yield _slow_endpoint(objective, evidence, endpoint, share)


def _by_share_within(objective: Objective, evidence: Evidence) -> list[tuple[float, Endpoint]]:
    found = []
    about = evidence.about(objective)
    for endpoint in about.present_endpoints():
        share = latency_share(objective, evidence, about.of_endpoint(endpoint))
        found.append((float(share.at_least.sum() / share.total.sum()), endpoint))
    return sorted(found)


def _slow_endpoint(objective: Objective, evidence: Evidence, endpoint: Endpoint, share: float) -> Finding:
    requests = evidence.about(objective).of_endpoint(endpoint)
    p95_ms = requests.histogram().quantile_ms(0.95)
    slow = "" if p95_ms is None else f": p95 {wording.milliseconds(p95_ms)}"
    usual_ms = requests.histogram().quantile_ms(objective.indicator.quantile or 0.95)
    # Failed and unanswered requests are never within the limit; what was answered may have been fast.
    suffers = "is slow" if usual_ms is None or usual_ms > objective.limit else "is not answered in time"
    within = f"{wording.percent(share)} of its requests within {wording.milliseconds(objective.limit)}"
    return Finding(
        kind=FindingKind.SLOW_ENDPOINT,
        title=f"{endpoint} {suffers}{slow}, {within}",
        subject=str(endpoint),
        evidence={"requests": requests.total, "p95_ms": p95_ms, "share_within_limit": share},
    )


def _errors(evidence: Evidence) -> Iterator[Finding]:
    """The commonest errors, by kind and endpoint."""
    table, span = evidence.run.errors, evidence.answered
    second = table["second"].to_numpy()
    chosen = table.filter((second >= span.start_s) & (second < span.end_s))
    if not chosen.num_rows:
        return
    keys = ["method", "name", "kind"]
    grouped = (
        chosen.group_by(keys)
        .aggregate([("requests", "sum")])
        .sort_by([("requests_sum", "descending"), *((key, "ascending") for key in keys)])
    )
    for row in grouped.slice(0, _MOST_NAMED).to_pylist():
        endpoint, times = Endpoint(row["name"], row["method"]), wording.count(row["requests_sum"])
        failed = "journeys broke off" if endpoint == JOURNEY else f"{endpoint} failed"
        yield Finding(
            kind=FindingKind.ERRORS_BY_KIND,
            title=f"{failed} {times} times: {row['kind']}",
            subject=str(endpoint),
            evidence={"requests": row["requests_sum"], "kind": row["kind"]},
        )


def _low_hit_rates(evidence: Evidence, judged: Sequence[Judged]) -> Iterator[Finding]:
    for objective, result in judged:
        troubled = objective.indicator.kind is Kind.HIT_RATE and result.outcome in _TROUBLED
        found = look_ups(evidence, objective.indicator.source) if troubled else None
        if found is None or not found.total.sum():
            continue
        hits, misses = int(found.hits.sum()), int(found.total.sum() - found.hits.sum())
        rate = hits / (hits + misses)
        counted = f"{wording.count(hits)} hits, {wording.count(misses)} misses"
        yield Finding(
            kind=FindingKind.LOW_HIT_RATE,
            title=f"the {objective.indicator.source} hit rate is {wording.percent(rate)}: {counted}",
            subject=objective.indicator.text,
            evidence={"hits": hits, "misses": misses, **_missing_most(evidence)},
        )


def _missing_most(evidence: Evidence) -> dict[str, str | float | int | None]:
    """The hit rate by the platform's own X-Cache header, of the endpoints that miss most often."""
    counted = []
    for endpoint in evidence.requests.present_endpoints():
        requests = evidence.requests.of_endpoint(endpoint)
        hits = int(requests.cache_hits[requests.rows].sum())
        misses = int(requests.cache_misses[requests.rows].sum())
        if misses:
            counted.append((misses, str(endpoint), hits / (hits + misses)))
    worst = sorted(counted, reverse=True)[:_MOST_NAMED]
    return {f"hit rate of {name}": rate for _, name, rate in worst}


def _arrivals_lost(evidence: Evidence) -> Iterator[Finding]:
    due = arrivals_of(evidence.run, evidence.judged)
    counts: dict[str, str | float | int | None] = {
        "planned": due.planned,
        "started": due.started,
        "late": due.late,
        "waited_for_a_user": due.starved,
        "dropped": due.dropped,
    }
    too_few = deserted(evidence) or shortages(evidence)
    held = "there were too few users" if too_few else "the target held every user"
    if due.dropped:
        whose = held if due.lost_to_target else "the generator did not start them"
        never = f"{wording.count(due.dropped)} of {wording.count(due.planned)} planned journeys never began"
        yield Finding(kind=FindingKind.ARRIVALS_LOST, title=f"{never}: {whose}", evidence=counts)
    elif due.starved:
        waited = (
            f"{wording.count(due.starved)} of {wording.count(due.planned)} journeys waited for a free user"
        )
        yield Finding(kind=FindingKind.ARRIVALS_LOST, title=f"{waited}: {held}", evidence=counts)


def _not_collected(judged: Sequence[Judged]) -> Iterator[Finding]:
    told: set[str] = set()
    for objective, result in judged:
        source = objective.indicator.source
        if result.outcome is Outcome.NO_DATA and source and source not in told:
            told.add(source)
            yield Finding(kind=FindingKind.NOT_COLLECTED, title=result.reason, subject=source)


def _heavy_statements(evidence: Evidence, judged: Sequence[Judged]) -> Iterator[Finding]:
    """When requests are slow: the statements that took most of the database's time."""
    slow = any(
        objective.indicator.kind in {Kind.LATENCY_QUANTILE, Kind.LATENCY_MEAN} and result.outcome in _TROUBLED
        for objective, result in judged
    )
    spent = _growth_by_label(evidence, "statement_exec_ms") if slow else {}
    total_ms = sum(spent.values())
    calls = _growth_by_label(evidence, "statement_calls") if spent else {}
    for queryid in sorted(spent, key=lambda label: -spent[label])[:_MOST_NAMED]:
        if spent[queryid] <= _HEAVY * total_ms:
            continue
        took = f"{wording.percent(spent[queryid] / total_ms)} of the database's time"
        known = evidence.run.statements.get(queryid)
        text = known.text if known else ""
        yield Finding(
            kind=FindingKind.HEAVY_STATEMENT,
            title=f"a statement took {took}: {_shortened(text) or queryid}",
            subject=queryid,
            evidence={"exec_ms": spent[queryid], "calls": calls.get(queryid)},
        )


def _shortened(statement: str) -> str:
    line = " ".join(statement.split())
    return line if len(line) <= _LONGEST_STATEMENT else f"{line[:_LONGEST_STATEMENT]}…"


def _growth_by_label(evidence: Evidence, metric: str) -> dict[str, float]:
    load = evidence.load_and_drain
    series = evidence.run.samples.labelled("postgres", metric).items()
    return {label: one.between(load.start_s, load.end_s + 1).deltas().total for label, one in series}


def _servers(evidence: Evidence) -> Iterator[Finding]:
    samples, span = evidence.run.samples, evidence.judged
    sessions = samples.get("postgres", "connections").divided_by(samples.get("postgres", "connections_limit"))
    inside = sessions.between(span.start_s, span.end_s)
    if len(inside) and (most := float(inside.value.max())) >= _NEAR_LIMIT:
        yield Finding(
            kind=FindingKind.CONNECTIONS_NEAR_LIMIT,
            title=f"Postgres connections reached {wording.percent(most)} of their limit",
            subject="postgres",
            evidence={"share": most},
            at_s=float(inside.time_s[np.argmax(inside.value)]),
        )
    for source, metric, kind, said in (
        ("postgres", "deadlocks", FindingKind.DEADLOCKS, "Postgres resolved {} deadlocks"),
        ("redis", "evicted_keys", FindingKind.EVICTIONS, "Redis evicted {} keys for lack of memory"),
    ):
        grown = samples.get(source, metric).between(span.start_s, span.end_s).deltas().total
        if grown:
            title = said.format(wording.count(grown))
            yield Finding(kind=kind, title=title, subject=source, evidence={metric: grown})


def _generator(evidence: Evidence) -> Iterator[Finding]:
    for process, share in generator_cpu(evidence).items():
        if share > _BUSY_CPU:
            yield Finding(
                kind=FindingKind.GENERATOR_BUSY,
                title=f"the load generator was busy: {wording.percent(share)} of a core",
                subject=process,
                evidence={"cpu": share},
            )
    span = evidence.load_and_drain
    series = evidence.run.samples.labelled("generator", "stale_retries").values()
    inside = [one.between(span.start_s, span.end_s).value for one in series]
    retries = sum(int(values.max(initial=0)) for values in inside)
    if retries:
        why = "the target had closed an idle connection; they count from their first start"
        title = f"{wording.count(retries)} requests were sent again, because {why}"
        yield Finding(kind=FindingKind.NOTE, title=title)


def _events(evidence: Evidence) -> Iterator[Finding]:
    load = evidence.load_and_drain
    for event in evidence.run.timeline:
        until_s = event.at_s if event.until_s is None else event.until_s
        if event.at_s > load.end_s or until_s < load.start_s:
            continue
        if event.kind is EventKind.GAP:
            title = f"{event.source} could not be sampled: {event.text}"
            yield _noted(FindingKind.GAP, title, event.source, event.at_s, until_s)
        elif event.kind is EventKind.FAULT:
            yield _noted(
                FindingKind.NOTE, f"on purpose: {event.text}", event.source, event.at_s, event.until_s
            )


def _noted(kind: FindingKind, title: str, subject: str, at_s: float, until_s: float | None) -> Finding:
    return Finding(kind=kind, title=title, subject=subject, at_s=at_s, until_s=until_s)


def _drifts(evidence: Evidence, judged: Sequence[Judged]) -> Iterator[Finding]:
    """Series that did not stand still; of response times only what a limit would notice."""
    limits = [result.limit for _, result in judged if result.unit == Unit.MS and result.limit is not None]
    for drift in evidence.drifts:
        noticed = _NOTICED * min(limits, default=0.0) if drift.series != "throughput" else 0.0
        if abs(drift.second - drift.first) < noticed:
            continue
        way = "rose" if drift.change > 0 else "fell"
        by = wording.percent(abs(drift.change))
        yield Finding(
            kind=FindingKind.NOTE,
            title=f"the {drift.series} {way} by {by} between the halves of the steady load",
            subject=drift.series,
            evidence={"first_half": drift.first, "second_half": drift.second},
        )
