"""Judging ``slow_queries(1 s) == 0``: what was surely seen decides against it, and only full sight for it.

Two routes lead to slow statements. pg_stat_statements keeps sums over every execution that was completed,
from which ``slow_executions`` says how many there were at least and at most. Sessions that are sampled each
second show what runs just then, also what ends in an error. Who takes exactly the threshold has reached it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from preseason.run.timeline import EventKind
from preseason.slo.model import Comparison
from preseason.verdict import wording
from preseason.verdict.coverage import why_no_samples
from preseason.verdict.judgement import Judgement
from preseason.verdict.model import Outcome
from preseason.verdict.slow_executions import slow_executions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preseason.run.samples import Series
    from preseason.slo.model import Objective
    from preseason.verdict.evidence import Evidence

_SECOND_MS = 1000.0
_NEEDS = "a run in which pg_stat_statements is read by a role with pg_monitor, without gaps and evictions"


@dataclass(frozen=True, slots=True)
class SlowStatements:
    """Slow statements of the judged time: so many at least, at most (infinity where some were not seen).

    ``routes`` are the ways by which any could be seen, ``unseen`` says why some may have been missed.
    """

    low: int
    high: float
    longest_ms: float
    routes: tuple[str, ...]
    unseen: tuple[str, ...]


def judge_slow_queries(objective: Objective, evidence: Evidence) -> Judgement:
    """FAIL on what was seen, PASS where nothing can have been missed, else UNDECIDED, and why."""
    samples = evidence.run.samples
    if not any(len(samples.get("postgres", metric)) for metric in ("slowest_active_s", "statements")):
        return Judgement.no_data(why_no_samples(evidence.run, "postgres", "slow statements"))
    threshold_ms = objective.indicator.threshold_ms or _SECOND_MS
    seen = slow_statements(threshold_ms, evidence)
    outcome = _outcome(objective, seen)
    return Judgement(
        outcome,
        _reason(threshold_ms, seen),
        _NEEDS if outcome is Outcome.UNDECIDED else "",
        point=float(seen.low),
        low=float(seen.low),
        high=None if math.isinf(seen.high) else seen.high,
    )


def _outcome(objective: Objective, seen: SlowStatements) -> Outcome:
    """Any number from ``low`` to ``high`` may be the true one: all keep to the limit, or none does."""
    limit = objective.limit
    match objective.comparison:
        case Comparison.EQUAL:
            kept, broken = seen.low == seen.high == limit, not seen.low <= limit <= seen.high
        case Comparison.LESS:
            kept, broken = seen.high < limit, seen.low >= limit
        case _:
            kept, broken = seen.high <= limit, seen.low > limit
    if broken:
        return Outcome.FAIL
    return Outcome.PASS if kept else Outcome.UNDECIDED


def slow_statements(threshold_ms: float, evidence: Evidence) -> SlowStatements:
    """How many took ``threshold_ms`` or more in the judged time, by every route there was."""
    judged = evidence.judged
    # What the last snapshot adds after the load is the end of what the load began.
    end_s = math.inf if judged.end_s >= evidence.load.end_s else float(judged.end_s)
    counted = slow_executions(evidence.run.samples, threshold_ms, judged.start_s, end_s)
    running, running_ms = _running(threshold_ms, evidence)
    unseen = tuple(_unseen(evidence))
    low = max(counted.low, running)
    high = math.inf if unseen else float(counted.high + running)
    longest_ms = max(counted.longest_ms, running_ms)
    return SlowStatements(low, high, longest_ms, tuple(_routes(evidence)), unseen)


def _routes(evidence: Evidence) -> Iterator[str]:
    samples, span = evidence.run.samples, evidence.judged
    if len(samples.get("postgres", "statements")):
        yield "the sums in pg_stat_statements"
    if samples.labelled("postgres", "statement_longest_ms"):
        yield "its longest times"
    if len(samples.get("postgres", "slowest_active_s").between(span.start_s, span.end_s)):
        yield "sessions sampled each second"


def _running(threshold_ms: float, evidence: Evidence) -> tuple[int, float]:
    """How many slow statements were seen at once while they ran, and how long the longest had run."""
    span, samples = evidence.judged, evidence.run.samples
    longest, slow = (
        samples.get("postgres", metric).between(span.start_s, span.end_s).value
        for metric in ("slowest_active_s", "slow_active")
    )
    longest_ms = float(longest.max(initial=0.0)) * _SECOND_MS
    if longest_ms < threshold_ms:
        return 0, longest_ms
    at_once = slow.max(initial=1.0) if threshold_ms <= _SECOND_MS else 1.0
    return max(1, int(at_once)), longest_ms


def _unseen(evidence: Evidence) -> Iterator[str]:
    """Why a slow statement may have been missed."""
    samples, span = evidence.run.samples, evidence.judged
    snapshots = samples.get("postgres", "statements")
    if not len(samples.get("postgres", "slowest_active_s").between(span.start_s, span.end_s)):
        yield "what sessions do was not sampled"
    if not len(snapshots):
        yield "pg_stat_statements was not read"
        return
    if snapshots.time_s[0] > span.start_s or snapshots.time_s[-1] < span.end_s:
        yield "pg_stat_statements was not read for the whole time"
    if _any(samples.get("postgres", "statements_hidden"), evidence):
        yield "our role may not see all statements"
    if _any(samples.get("postgres", "statements_lost"), evidence) or _evicted(evidence):
        yield "statements were evicted or reset"
    if _has_gap(evidence):
        yield "the source has a gap"


def _any(series: Series, evidence: Evidence) -> bool:
    """Whether a gauge of snapshots was above zero, or is not known, where it tells about the judged time."""
    started_s = np.concatenate(([-np.inf], series.time_s[:-1]))
    about = (series.time_s >= evidence.judged.start_s) & (started_s < evidence.judged.end_s)
    return not about.any() or bool(series.value[about].any())


def _evicted(evidence: Evidence) -> bool:
    """Without the count of evictions, which old extensions do not keep, none can be ruled out."""
    evictions = evidence.run.samples.get("postgres", "dealloc")
    grown = evictions.deltas()
    about = (grown.end_s > evidence.judged.start_s) & (grown.start_s < evidence.judged.end_s)
    return not about.any() or bool((grown.growth[about & grown.valid] > 0).any())


def _has_gap(evidence: Evidence) -> bool:
    return any(
        event.kind is EventKind.GAP
        and event.source == "postgres"
        and event.at_s < evidence.judged.end_s
        and (event.until_s is None or event.until_s > evidence.judged.start_s)
        for event in evidence.run.timeline
    )


def _reason(threshold_ms: float, seen: SlowStatements) -> str:
    slow = f"took {wording.milliseconds(threshold_ms)} or more"
    if seen.low:
        found = f"{wording.counted(seen.low, 'statement', 'statements')} {slow}"
        said = f"at least {found}, the longest {wording.milliseconds(seen.longest_ms)} or more"
    else:
        said = f"no statement was seen that {slow}"
    if seen.unseen:
        return f"{said}; some may have been missed: {', '.join(seen.unseen)}"
    if seen.high > seen.low:
        return f"{said}; by the sums in pg_stat_statements there may be {wording.count(seen.high)}"
    return f"{said}, by pg_stat_statements and by sampled sessions"
