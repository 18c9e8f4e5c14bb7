"""What a run says could be cheaper: statements, indexes, connections, cache misses, function time.

Every saving is an upper bound with the way it was reached: a statement that is made free, an index that is
dropped. How far it can be had is for whoever knows the platform to say.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from preseason.planning.plan.saving import (
    BYTES,
    CONNECTIONS,
    FUNCTION_S,
    MS_PER_THOUSAND,
    Kind,
    Saving,
    Savings,
)
from preseason.planning.search.resources import growth_rate
from preseason.run.requests import Clock
from preseason.run.samples import owner
from preseason.verdict import wording
from preseason.verdict.findings.followers import callers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preseason.run.reading import Run
    from preseason.run.requests import Requests
    from preseason.run.samples import Samples, Series

_MOST_STATEMENTS, _MOST_INDEXES = 10, 20
#: A statement that takes less than this part of the database's time is not worth anybody's.
_LEAST_SHARE = 0.02
_SELECTS = ("select", "with")
#: Connections busy at once, at most in so many seconds of a hundred thousand, if they are busy at random.
_BUSY_SIGMAS = 4.3
_READERS = 1000
_MISSES = "cache misses that ask the database"


@dataclass(frozen=True, slots=True)
class _Seen:
    """A run between two moments (UTC epoch seconds), and what succeeded in it."""

    run: Run
    start_s: float
    end_s: float
    requests: Requests

    @property
    def thousands(self) -> float:
        return self.requests.successes().total / _READERS

    @property
    def samples(self) -> Samples:
        return self.run.samples

    def between(self, series: Series) -> Series:
        return series.between(self.start_s, self.end_s)


def savings(run: Run) -> Savings:
    """Of a whole load; empty, with the reason, where nothing succeeded."""
    start_s, end_s = run.manifest.load_started_s, run.manifest.load_ended_s
    if start_s is None or end_s is None:
        return Savings((), ("the run has no load",))
    seen = _Seen(run, start_s, end_s, run.requests.between(start_s, end_s))
    if not seen.thousands:
        return Savings((), ("no request succeeded",))
    told = [one for part in _PARTS for one in part(seen)]
    return Savings(
        tuple(one for one in told if isinstance(one, Saving)),
        tuple(one for one in told if isinstance(one, str)),
    )


def _spent_ms(seen: _Seen) -> dict[str, float]:
    """The time that each statement took between the snapshots about the load."""
    series = seen.samples.labelled("postgres", "statement_exec_ms").items()
    return {queryid: one.deltas().total for queryid, one in series if len(one) > 1}


def _statements(seen: _Seen) -> Iterator[Saving | str]:
    spent = _spent_ms(seen)
    total_ms = sum(spent.values())
    if not total_ms:
        yield "statements: none were counted; name the database, and create pg_stat_statements in it"
        return
    for queryid in sorted(spent, key=lambda label: (-spent[label], label))[:_MOST_STATEMENTS]:
        if spent[queryid] >= _LEAST_SHARE * total_ms:
            each = spent[queryid] / seen.thousands
            share = spent[queryid] / total_ms
            yield Saving(
                Kind.STATEMENT, _text(seen, queryid), each, each, MS_PER_THOUSAND, share, _how(seen, queryid)
            )


def _text(seen: _Seen, queryid: str) -> str:
    known = seen.run.statements.get(queryid)
    return known.text if known else f"statement {queryid}"


def _how(seen: _Seen, queryid: str) -> str:
    """What makes a statement dear: its calls, the blocks it reads, the rows it returns."""
    calls, read, hit, rows = (
        _grown(seen, f"statement_{what}", queryid)
        for what in ("calls", "shared_blks_read", "shared_blks_hit", "rows")
    )
    told = [f"{calls / seen.thousands:.3g} calls in 1 000 requests"] if calls else []
    if calls:
        told.append(f"{(read + hit) / calls:.3g} blocks and {rows / calls:.3g} rows a call")
    return (
        f"all of it, if it were not asked: {', '.join(told)}" if told else "all of it, if it were not asked"
    )


def _grown(seen: _Seen, metric: str, label: str) -> float:
    series = seen.samples.get("postgres", metric, label)
    return series.deltas().total if len(series) > 1 else 0.0


def _indexes(seen: _Seen) -> Iterator[Saving | str]:
    if not seen.samples.labelled("postgres", "index_scans") and not seen.run.indexes:
        yield "indexes: none were looked at, or all were used"
        return
    unused = [index for index in seen.run.indexes if index.is_unused and index.is_valid]
    for index in unused[:_MOST_INDEXES]:
        writes = sum(
            _grown(seen, f"table_rows_{what}", index.table) for what in ("inserted", "updated", "deleted")
        )
        entries = f", and up to {writes / seen.thousands:.3g} entries to write in 1 000 requests"
        how = f"all of it{entries if writes else ''}, if it is dropped; on replicas it may be in use"
        subject = f"{index.name} of {index.table}"
        yield Saving(Kind.INDEX, subject, index.size_bytes, index.size_bytes, BYTES, None, how)


def _connections(seen: _Seen) -> Iterator[Saving | str]:
    open_ = seen.between(seen.samples.get("postgres", "connections"))
    if not len(open_):
        yield "connections: the database was not sampled"
        return
    busy = _busy(seen)
    if busy is None:
        yield "connections: their states were not to be seen"
        return
    mean_open = float(open_.value.mean())
    needed = math.ceil(busy + _BUSY_SIGMAS * math.sqrt(busy)) if busy else 1
    idle = max(mean_open - busy, 0.0)
    how = (
        f"{busy:.3g} of {mean_open:.3g} were busy on average; {needed} carry that at random "
        f"(mean and {_BUSY_SIGMAS:g} deviations, Poisson)"
    )
    saves, share = max(mean_open - needed, 0.0), idle / mean_open if mean_open else None
    yield Saving(Kind.CONNECTIONS, "connections that stand idle", idle, saves, CONNECTIONS, share, how)


def _busy(seen: _Seen) -> float | None:
    """Connections at work on average: by their sessions' active time, or by what was seen each second."""
    worked_ms = growth_rate(seen.between(seen.samples.get("postgres", "active_ms")))
    states = seen.samples.labelled("postgres", "connections_by_state")
    looked = [
        float(seen.between(one).value.mean())
        for state, one in states.items()
        if (state == "active" or state.startswith("idle in transaction")) and len(seen.between(one))
    ]
    if worked_ms is None and not states:
        return None
    return max(sum(looked), (worked_ms or 0.0) / 1000)


def _misses(seen: _Seen) -> Iterator[Saving | str]:
    """What looking up in the cache in vain costs: reading statements, spread over the misses."""
    missed = seen.between(seen.samples.get("redis", "keyspace_misses")).deltas().total
    hit = seen.between(seen.samples.get("redis", "keyspace_hits")).deltas().total
    if not missed + hit:
        yield "cache: no look-ups were counted; name the Redis"
        return
    spent, reads_ms = sum(_spent_ms(seen).values()), _behind_cache_ms(seen)
    look_ups = f"{missed:.0f} of {missed + hit:.0f} look-ups missed"
    if not reads_ms:
        how = f"{look_ups}; what a miss asks of the database was not seen"
        yield Saving(Kind.CACHE, _MISSES, 0.0, None, MS_PER_THOUSAND, None, how)
        return
    each = reads_ms / seen.thousands
    of_each = f", each at most {reads_ms / missed:.3g} ms of reading statements" if missed else ""
    how = f"all of it, if nothing were missed: {look_ups}{of_each}"
    yield Saving(Kind.CACHE, _MISSES, each, each if missed else 0.0, MS_PER_THOUSAND, reads_ms / spent, how)


def _behind_cache_ms(seen: _Seen) -> float:
    """What reading statements took, without those that only endpoints call which look nothing up."""
    looking = {
        str(endpoint)
        for endpoint, chosen in seen.requests.by_endpoint().items()
        if (chosen.cache_hits + chosen.cache_misses)[chosen.rows].any()
    }
    called_by = callers(seen.run)
    return sum(
        ms
        for queryid, ms in _spent_ms(seen).items()
        if _text(seen, queryid).lower().startswith(_SELECTS)
        and (not looking or _asked_by(called_by.get(queryid, ()), looking))
    )


def _asked_by(told: tuple[str, ...], looking: set[str]) -> bool:
    """Whether an endpoint that looks something up may ask a statement; where nobody was told, it may."""
    return not told or any(one.rpartition(" (")[0] in looking for one in told)


def _function_time(seen: _Seen) -> Iterator[Saving | str]:
    """Nothing of this platform tells its own time: from outside, service time is its upper bound."""
    successes = seen.requests.successes()
    each_ms = successes.mean_ms(Clock.SERVICE) or 0.0
    dearest = _dearest(seen)
    how = (
        "the platform reports no function time (no Server-Timing is recorded): this is service time as seen "
        f"from outside, network included; most of it is {dearest}"
    )
    yield Saving(Kind.FUNCTION, "answering requests", each_ms, None, FUNCTION_S, None, how)
    cpu = [
        (label, float(seen.between(one).value.mean()))
        for label, one in seen.samples.labelled("host", "process_cpu").items()
        if owner(label) == "platform" and len(seen.between(one))
    ]
    for label, cores in cpu:
        used_s = cores * (seen.end_s - seen.start_s) / seen.thousands
        how = "processor time of its process, which was started here"
        yield Saving(Kind.FUNCTION, f"processor of the {label}", used_s, None, FUNCTION_S, None, how)


def _dearest(seen: _Seen) -> str:
    """The endpoint that takes most service time, and its part of it."""
    totals = {
        str(endpoint): float(chosen.sums_ms[Clock.SERVICE][chosen.rows].sum())
        for endpoint, chosen in seen.requests.successes().by_endpoint().items()
    }
    most = max(totals, key=lambda name: totals[name])
    whole = float(np.sum(list(totals.values()))) or 1.0
    return f"{most}, {wording.whole_percent(totals[most] / whole)}"


_PARTS = (_statements, _indexes, _connections, _misses, _function_time)
