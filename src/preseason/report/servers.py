"""What Postgres and Redis did while the load lasted, as tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from preseason.report import units
from preseason.report.page.parts import Fact

if TYPE_CHECKING:
    from collections.abc import Mapping

    from preseason.run.requests import Requests
    from preseason.run.samples import Samples, Series
    from preseason.run.statements import Statement

_TOP_STATEMENTS = 10
_MOST_CALLERS = 2


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One statement's growth over the run; ``share`` is its part (0-1) of all statements' time.

    ``whole`` is False where its counters were reset in between, so that the figures are what is left.
    ``plan`` is how Postgres would run it, ``callers`` the endpoints with whose requests its calls moved.
    """

    queryid: str
    text: str
    calls: float
    total_ms: float
    share: float
    whole: bool
    plan: str = ""
    callers: tuple[str, ...] = ()

    @property
    def mean_ms(self) -> float | None:
        return self.total_ms / self.calls if self.calls else None


def statements(
    samples: Samples, known: Mapping[str, Statement], callers: Mapping[str, tuple[str, ...]]
) -> tuple[StatementRow, ...]:
    """The statements that took most of the time, the heaviest first; ``known``, ``callers`` by query id."""
    time_by_id = samples.labelled("postgres", "statement_exec_ms")
    calls_by_id = samples.labelled("postgres", "statement_calls")
    grown = {queryid: _growth(series) for queryid, series in time_by_id.items()}
    all_ms = sum(total for total, _ in grown.values()) or 1.0
    rows = [
        StatementRow(
            queryid=queryid,
            text=known[queryid].text if queryid in known else "",
            calls=_growth(calls_by_id[queryid])[0] if queryid in calls_by_id else 0.0,
            total_ms=total,
            share=total / all_ms,
            whole=whole,
            plan=known[queryid].plan if queryid in known else "",
            callers=callers.get(queryid, ())[:_MOST_CALLERS],
        )
        for queryid, (total, whole) in grown.items()
        if total > 0
    ]
    return tuple(sorted(rows, key=lambda row: (-row.total_ms, row.queryid))[:_TOP_STATEMENTS])


def redis(samples: Samples, start_s: float, end_s: float) -> tuple[Fact, ...]:
    """Redis between two moments (UTC epoch seconds); nothing where it was not sampled."""

    def series(name: str) -> Series:
        return samples.get("redis", name).between(start_s, end_s)

    hits, misses = series("keyspace_hits"), series("keyspace_misses")
    facts = [
        *_look_ups(hits, misses),
        *_counted(
            "Keys evicted", series("evicted_keys"), "memory was full: the cache forgets what it should keep"
        ),
        *_counted("Keys expired", series("expired_keys"), ""),
        *_highest("Memory in use, at most", series("memory_bytes"), "bytes", series("memory_limit_bytes")),
        *_highest("Clients connected, at most", series("clients"), "count", series("clients_limit")),
        *_counted("Connections refused", series("rejected_connections"), "no client more was allowed"),
    ]
    return tuple(facts)


def cache_by_endpoint(requests: Requests) -> tuple[tuple[str, int, float], ...]:
    """Endpoint, look-ups and hit rate (0-1) as the answers' cache header told, the worst first."""
    told = []
    for endpoint in requests.present_endpoints():
        rows = requests.of_endpoint(endpoint).rows
        hits, misses = int(requests.cache_hits[rows].sum()), int(requests.cache_misses[rows].sum())
        if hits + misses:
            told.append((str(endpoint), hits + misses, hits / (hits + misses)))
    return tuple(sorted(told, key=lambda row: row[2]))


def _growth(series: Series) -> tuple[float, bool]:
    """The sum of a counter's valid deltas, and whether all of them were."""
    if len(series) < 2:  # noqa: PLR2004 - a difference takes two
        return 0.0, False
    deltas = series.deltas()
    return deltas.total, bool(deltas.valid.all())


def _look_ups(hits: Series, misses: Series) -> list[Fact]:
    if len(hits) < 2 or not np.array_equal(hits.time_s, misses.time_s):  # noqa: PLR2004 - a difference takes two
        return []
    hit, missed = hits.deltas(), misses.deltas()
    valid = hit.valid & missed.valid
    found, failed = float(hit.growth[valid].sum()), float(missed.growth[valid].sum())
    if not found + failed:
        return []
    rate = units.percent(found / (found + failed))
    return [
        Fact("Hit rate", rate, "of the whole server, whoever asked"),
        Fact("Keys found", units.count(found)),
        Fact("Keys missed", units.count(failed)),
    ]


def _counted(name: str, series: Series, alarm: str) -> list[Fact]:
    if len(series) < 2:  # noqa: PLR2004 - a difference takes two
        return []
    grown, whole = _growth(series)
    remark = alarm if grown else ""
    return [
        Fact(name, units.count(grown), remark if whole else f"{remark} (counter was reset meanwhile)".strip())
    ]


def _highest(name: str, series: Series, unit: str, limit: Series) -> list[Fact]:
    """The peak of a gauge and what it may reach; a limit of 0 is none."""
    if not len(series):
        return []
    allowed = float(limit.value[-1]) if len(limit) else 0.0
    remark = f"of {units.quantity(allowed, unit)} allowed" if allowed else ""
    return [Fact(name, units.quantity(float(np.max(series.value)), unit), remark)]
