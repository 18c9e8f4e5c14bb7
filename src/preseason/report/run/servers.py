"""What Postgres and Redis did while the load lasted, as tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from preseason.report import units
from preseason.report.page.parts import Fact
from preseason.run.samples import NO_SAMPLES

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping

    from preseason.run.samples import Samples, Series
    from preseason.run.statements import Statement

_TOP_STATEMENTS = 10
#: So many more lead by each of these, whatever time they took.
_LEADERS = 3
_LED = ("statement_calls", "statement_rows", "statement_shared_blks_hit", "statement_shared_blks_read")
_LED_ON_DISK = ("statement_temp_blks", "statement_wal_bytes")
_MOST_CALLERS = 2


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One statement's growth over the run; ``share`` is its part (0-1) of all statements' time.

    ``blocks_hit``, ``blocks_read``, ``temp_blocks`` are blocks of Postgres (by default 8 KiB).
    ``whole`` is False where its counters were reset in between, so that the figures are what is left.
    ``plan`` is how Postgres would run it, ``callers`` the endpoints with whose requests its calls moved.
    """

    queryid: str
    text: str
    calls: float
    total_ms: float
    share: float
    whole: bool
    rows: float = 0.0
    blocks_hit: float = 0.0
    blocks_read: float = 0.0
    temp_blocks: float = 0.0
    wal_bytes: float = 0.0
    plan: str = ""
    callers: tuple[str, ...] = ()

    @property
    def mean_ms(self) -> float | None:
        return self.total_ms / self.calls if self.calls else None


def statements(
    samples: Samples, known: Mapping[str, Statement], callers: Mapping[str, tuple[str, ...]]
) -> tuple[StatementRow, ...]:
    """The statements that took most of the time, and those that lead by calls, rows, blocks or log.

    The heaviest by time stand first; ``known`` and ``callers`` by query id.
    """
    time_by_id = samples.labelled("postgres", "statement_exec_ms")
    grown = {queryid: _growth(series) for queryid, series in time_by_id.items()}
    used = _Used.of_samples(samples)
    all_ms = sum(total for total, _ in grown.values()) or 1.0
    ran = [queryid for queryid, (total, _) in grown.items() if total > 0]
    by_time = sorted(ran, key=lambda queryid: (-grown[queryid][0], queryid))
    shown = set(by_time[:_TOP_STATEMENTS]) | set(used.leading(_LEADERS, known))
    rows = (
        StatementRow(
            queryid=queryid,
            text=known[queryid].text if queryid in known else "",
            calls=used.of("statement_calls", queryid),
            total_ms=grown[queryid][0],
            share=grown[queryid][0] / all_ms,
            whole=grown[queryid][1],
            rows=used.of("statement_rows", queryid),
            blocks_hit=used.of("statement_shared_blks_hit", queryid),
            blocks_read=used.of("statement_shared_blks_read", queryid),
            temp_blocks=used.of("statement_temp_blks", queryid),
            wal_bytes=used.of("statement_wal_bytes", queryid),
            plan=known[queryid].plan if queryid in known else "",
            callers=callers.get(queryid, ())[:_MOST_CALLERS],
        )
        for queryid in by_time
        if queryid in shown
    )
    return tuple(rows)


@dataclass(frozen=True, slots=True)
class _Used:
    """What statements used beside time: the growth of each counter by query id."""

    grown: Mapping[str, Mapping[str, float]]

    @classmethod
    def of_samples(cls, samples: Samples) -> _Used:
        metrics = (*_LED, *_LED_ON_DISK)
        found = {metric: samples.labelled("postgres", metric) for metric in metrics}
        return cls(
            {
                metric: {queryid: _growth(series)[0] for queryid, series in labelled.items()}
                for metric, labelled in found.items()
            }
        )

    def of(self, metric: str, queryid: str) -> float:
        return self.grown[metric].get(queryid, 0.0)

    def leading(self, number: int, known: Container[str]) -> Iterator[str]:
        """Of the statements whose text is known: ``BEGIN`` and ``COMMIT`` would lead by calls everywhere."""
        for by_id in self.grown.values():
            used = (queryid for queryid, grown in by_id.items() if grown and queryid in known)
            yield from sorted(used, key=lambda queryid: (-by_id[queryid], queryid))[:number]


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
        *_counted(
            "Commands refused or failed",
            series("total_error_replies"),
            "of the whole run, the table of commands says which",
        ),
        *_counted(
            "Slow commands", series("slow_log_entries"), "slow by slowlog-log-slower-than of this server"
        ),
        *_highest("PING took, at most", series("ping_ms"), "ms", NO_SAMPLES),
        *_highest("Blocked clients, at most", series("clients_blocked"), "count", NO_SAMPLES),
        *_fragmentation(series("fragmentation")),
    ]
    return tuple(facts)


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


def _fragmentation(series: Series) -> list[Fact]:
    """Sampled only where resident and used memory differ by enough to mean something."""
    if not len(series):
        return []
    most = float(series.value[np.argmax(np.abs(np.log(np.maximum(series.value, 1e-9))))])
    swapped = most < 1
    told = "part of its memory is swapped out" if swapped else "resident memory over used memory"
    return [Fact("Fragmentation", units.count(most), told)]


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
