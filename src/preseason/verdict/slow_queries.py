"""Judging ``slow_queries(1 s) == 0``: what was surely seen decides against it, and only full sight for it.

Three routes lead to slow statements. The server's log has each that was completed: where all of it was
read (``logged_statements``), it says how many there were. Else pg_stat_statements does, at least and at most,
for it keeps sums over all executions (``slow_executions``). Sessions that are sampled each second show what
runs just then, also what ends in an error. Who takes exactly the threshold has reached it.
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
from preseason.verdict.logged_statements import logged_statements
from preseason.verdict.model import Outcome
from preseason.verdict.slow_executions import slow_executions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preseason.run.samples import Series
    from preseason.slo.model import Objective
    from preseason.verdict.evidence import Evidence
    from preseason.verdict.logged_statements import LoggedStatements

_SECOND_MS = 1000.0
_SOURCES = ("slowest_active_s", "statements", "log_lost")
_NEEDS = (
    "a run in which the server's log is read (log_min_duration_statement), or pg_stat_statements by a role"
    " with pg_monitor, without gaps and evictions"
)


@dataclass(frozen=True, slots=True)
class SlowStatements:
    """Slow statements of the judged time: so many at least, at most (infinity where some were not seen).

    ``routes`` are the ways by which any could be seen, ``unseen`` says why some may have been missed. The
    server's log has all that were completed where ``is_by_log``; ``longest_label`` is of its longest.
    """

    low: int
    high: float
    longest_ms: float
    routes: tuple[str, ...]
    unseen: tuple[str, ...]
    is_by_log: bool = False
    longest_label: str = ""


def judge_slow_queries(objective: Objective, evidence: Evidence) -> Judgement:
    """FAIL on what was seen, PASS where nothing can have been missed, else UNDECIDED, and why."""
    samples = evidence.run.samples
    if not any(len(samples.get("postgres", metric)) for metric in _SOURCES):
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
    samples = evidence.run.samples
    counted = slow_executions(samples, threshold_ms, judged.start_s, end_s)
    logged = logged_statements(samples, threshold_ms, judged.start_s, end_s, float(judged.end_s))
    running = _running(threshold_ms, evidence, logged)
    unseen = tuple(_unseen(evidence, logged))
    longest_ms = max(counted.longest_ms, running.longest_ms, logged.longest_ms)
    if logged.missing:
        low, high = max(counted.low, running.at_once, logged.low), counted.high + running.at_once
    else:
        low, high = logged.low + running.unlogged, logged.high + running.unlogged_in_all
        low = max(low, counted.low)  # several slow ones that were sent as one are one in the log
    return SlowStatements(
        low,
        math.inf if unseen else float(max(low, high)),
        longest_ms,
        tuple(_routes(evidence, logged)),
        unseen,
        not logged.missing,
        logged.longest_label if logged.longest_ms == longest_ms else "",
    )


def _routes(evidence: Evidence, logged: LoggedStatements) -> Iterator[str]:
    samples, span = evidence.run.samples, evidence.judged
    if logged.is_read:
        yield "the server's log"
    if len(samples.get("postgres", "statements")):
        yield "the sums in pg_stat_statements"
    if samples.labelled("postgres", "statement_longest_ms"):
        yield "its longest times"
    if len(samples.get("postgres", "slowest_active_s").between(span.start_s, span.end_s)):
        yield "sessions sampled each second"


@dataclass(frozen=True, slots=True)
class _Running:
    """Slow statements seen while they ran, so many at a time.

    ``unlogged`` of them are not in the log at any one time, ``unlogged_in_all`` at all times together.
    """

    at_once: int
    unlogged: int
    unlogged_in_all: int
    longest_ms: float


def _running(threshold_ms: float, evidence: Evidence, logged: LoggedStatements) -> _Running:
    span, samples = evidence.judged, evidence.run.samples
    longest, slow = (
        samples.get("postgres", metric).between(span.start_s, span.end_s)
        for metric in ("slowest_active_s", "slow_active")
    )
    seen = np.flatnonzero(longest.value * _SECOND_MS >= threshold_ms)
    # How many there are is counted from a second on, for all thresholds.
    counts = slow.value if threshold_ms <= _SECOND_MS and len(slow) == len(longest) else np.ones(len(longest))
    at_once = [max(1, int(counts[at])) for at in seen]
    logged_then = (logged.running_at(float(longest.time_s[at])) for at in seen)
    unlogged = [max(0, number - known) for number, known in zip(at_once, logged_then, strict=True)]
    longest_ms = float(longest.value.max(initial=0.0)) * _SECOND_MS
    return _Running(max(at_once, default=0), max(unlogged, default=0), sum(unlogged), longest_ms)


def _unseen(evidence: Evidence, logged: LoggedStatements) -> Iterator[str]:
    """Why a slow statement may have been missed."""
    samples, span = evidence.run.samples, evidence.judged
    if not len(samples.get("postgres", "slowest_active_s").between(span.start_s, span.end_s)):
        yield "what sessions do was not sampled"
    if logged.missing and (unsummed := tuple(_unseen_in_sums(evidence))):
        yield from (logged.missing, *unsummed) if logged.is_read else unsummed
    if _has_gap(evidence, lost_alone=not logged.missing):
        yield "the source has a gap"


def _unseen_in_sums(evidence: Evidence) -> Iterator[str]:
    samples, span = evidence.run.samples, evidence.judged
    snapshots = samples.get("postgres", "statements")
    if not len(snapshots):
        yield "pg_stat_statements was not read"
        return
    if snapshots.time_s[0] > span.start_s or snapshots.time_s[-1] < span.end_s:
        yield "pg_stat_statements was not read for the whole time"
    if _any(samples.get("postgres", "statements_hidden"), evidence):
        yield "our role may not see all statements"
    if _any(samples.get("postgres", "statements_lost"), evidence) or _evicted(evidence):
        yield "statements were evicted or reset"


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


def _has_gap(evidence: Evidence, *, lost_alone: bool) -> bool:
    """Whether the source was away; unless ``lost_alone``, also whether its counters began anew."""
    return any(
        event.kind is EventKind.GAP
        and event.source == "postgres"
        and not (lost_alone and event.facts.get("lost") is False)
        and event.at_s < evidence.judged.end_s
        and (event.until_s is None or event.until_s > evidence.judged.start_s)
        for event in evidence.run.timeline
    )


def _reason(threshold_ms: float, seen: SlowStatements) -> str:
    slow = f"took {wording.milliseconds(threshold_ms)} or more"
    is_exact = seen.is_by_log and seen.high == seen.low
    if seen.low:
        found = f"{wording.counted(seen.low, 'statement', 'statements')} {slow}"
        longest = f"the longest {wording.milliseconds(seen.longest_ms)}"
        said = f"{found}, {longest}" if is_exact else f"at least {found}, {longest} or more"
    else:
        said = f"no statement was seen that {slow}"
    if seen.unseen:
        return f"{said}; some may have been missed: {', '.join(seen.unseen)}"
    if is_exact:
        return f"{said}, by the server's log and by sampled sessions"
    if seen.is_by_log:
        return f"{said}; by the server's log and sampled sessions there may be {wording.count(seen.high)}"
    if seen.high > seen.low:
        return f"{said}; by the sums in pg_stat_statements there may be {wording.count(seen.high)}"
    return f"{said}, by pg_stat_statements and by sampled sessions"
