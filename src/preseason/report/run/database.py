"""What Postgres did as a whole while the load lasted: sessions, transactions, checkpoints, files, size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from preseason.report import units
from preseason.report.page.parts import Fact
from preseason.verdict.slow_queries import slow_statements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preseason.run.samples import Samples, Series
    from preseason.verdict.evidence import Evidence
    from preseason.verdict.slow_queries import SlowStatements

_SOURCE = "postgres"
_TEXT_CHARACTERS = 120
_SLOW_MS = 1000.0
_OURS = "Postgres' own buffers; what the platform's cache spares it is not in here"


def facts(evidence: Evidence | None) -> tuple[Fact, ...]:
    """What was sampled of it, figure by figure; what this server does not count is left out."""
    if evidence is None or not len(evidence.run.samples.get(_SOURCE, "connections")):
        return ()
    load = _During(evidence.run.samples, float(evidence.load.start_s), float(evidence.load_and_drain.end_s))
    return (
        *_sessions(load),
        *_transactions(load),
        *_slow(evidence),
        *_spilled(load),
        *_buffers(load),
        *_checkpoints(load),
        *_written(load),
        *_size(load),
        *_evicted(load),
    )


@dataclass(frozen=True, slots=True)
class _During:
    """The samples of one load; counters are those of the looks just before and just after it."""

    samples: Samples
    start_s: float
    end_s: float

    def gauge(self, metric: str, label: str = "") -> Series:
        return self.samples.get(_SOURCE, metric, label).between(self.start_s, self.end_s)

    def highest(self, metric: str, label: str = "") -> float | None:
        values = self.gauge(metric, label).value
        return float(values.max()) if len(values) else None

    def grown(self, metric: str) -> float | None:
        """The growth of all its labels; None where it was not counted twice in one life."""
        labelled = self.samples.labelled(_SOURCE, metric).values()
        known = [one for one in (self._grown(series) for series in labelled) if one is not None]
        return sum(known) if known else None

    def _grown(self, series: Series) -> float | None:
        if len(series) < 2:  # noqa: PLR2004 - a difference takes two
            return None
        deltas = series.deltas()
        about = deltas.valid & (deltas.end_s > self.start_s) & (deltas.start_s < self.end_s)
        return float(deltas.growth[about].sum()) if about.any() else None


def _sessions(load: _During) -> Iterator[Fact]:
    limit, most = load.highest("connections_limit"), load.highest("connections")
    if most is not None:
        allowed = f"of {units.count(limit)} that may be; " if limit else ""
        states = (
            (name, load.highest("connections_by_state", name)) for name in ("active", "idle in transaction")
        )
        told = ", ".join(f"{name} {units.count(value)}" for name, value in states if value is not None)
        yield Fact("Connections, at most", units.count(most), f"{allowed}{told}")
    if (blocked := load.highest("blocked")) is not None:
        waited = "sessions at one look" if blocked else "nobody waited for a lock at any look"
        yield Fact("Waited for locks, at most", units.count(blocked), waited)
    if (oldest_s := load.highest("oldest_transaction_s")) is not None:
        age = load.highest("oldest_snapshot_age")
        behind = "" if age is None else f"oldest snapshot {units.count(age)} transactions back"
        yield Fact("Oldest transaction", units.milliseconds(1000 * oldest_s), behind)
    if load.highest("prepared_transactions"):
        held_s = load.highest("oldest_prepared_s") or 0.0
        left = f"the oldest for {units.duration(held_s)}: they hold their locks until somebody ends them"
        yield Fact("Prepared transactions", units.count(load.highest("prepared_transactions")), left)


def _transactions(load: _During) -> Iterator[Fact]:
    committed, undone = load.grown("xact_commit"), load.grown("xact_rollback")
    if committed is not None and undone is not None:
        others = max(0.0, committed - (load.grown("own_xact_commit") or 0.0))
        share = units.percent(undone / (others + undone)) if others + undone else units.UNKNOWN
        yield Fact("Transactions", units.count(others + undone), f"without ours; {share} rolled back")
    if (deadlocks := load.grown("deadlocks")) is not None:
        remark = "each cost a session its transaction" if deadlocks else ""
        yield Fact("Deadlocks", units.count(deadlocks), remark)


def _slow(evidence: Evidence) -> Iterator[Fact]:
    seen = slow_statements(_SLOW_MS, evidence)
    number = units.count(seen.low)
    if seen.high > seen.low:
        number += " or more" if np.isinf(seen.high) else f" to {units.count(seen.high)}"
    missed = f"; some may have been missed: {', '.join(seen.unseen)}" if seen.unseen else ""
    routes = f"looked for in {', '.join(seen.routes)}" if seen.routes else "nothing tells of them"
    if seen.is_by_log:
        routes = "counted one by one in the server's log"
    yield Fact("Statements of 1 s or more", number, f"{routes}{missed}{_longest(evidence, seen)}")


def _longest(evidence: Evidence, seen: SlowStatements) -> str:
    """The longest that the log names, by its text where there is one that may be shown."""
    known = evidence.run.statements.get(seen.longest_label)
    if not seen.low or known is None:
        return ""
    return f"; the longest took {units.milliseconds(seen.longest_ms)}: {_shortened(known.text)}"


def _shortened(text: str) -> str:
    return text if len(text) <= _TEXT_CHARACTERS else f"{text[:_TEXT_CHARACTERS]}…"


def _spilled(load: _During) -> Iterator[Fact]:
    if (spilled := load.grown("temp_bytes")) is not None:
        files = load.grown("temp_files")
        told = (
            f"in {units.count(files)} files: sorts and hashes that work_mem could not hold" if files else ""
        )
        yield Fact("Temporary files", units.size(spilled), told)


def _buffers(load: _During) -> Iterator[Fact]:
    hit, read = load.grown("blks_hit"), load.grown("blks_read")
    if hit is not None and read is not None and hit + read:
        yield Fact("Buffer hits", units.percent(hit / (hit + read)), _OURS)


def _checkpoints(load: _During) -> Iterator[Fact]:
    timed, requested = load.grown("checkpoints_timed"), load.grown("checkpoints_requested")
    if timed is None or requested is None:
        return
    early = "before their time: max_wal_size was reached, or somebody asked" if requested else ""
    yield Fact(
        "Checkpoints", units.count(timed + requested), f"{units.count(requested)} {early}" if early else ""
    )


def _written(load: _During) -> Iterator[Fact]:
    if (wal := load.grown("wal_bytes")) is not None:
        pages = load.grown("wal_fpi")
        yield Fact(
            "Log written (WAL)", units.size(wal), "" if pages is None else f"{units.count(pages)} whole pages"
        )
    read, written = load.grown("io_read_bytes"), load.grown("io_write_bytes")
    if read is not None and written is not None:
        waited_ms = load.grown("io_read_ms")
        timed = "" if waited_ms is None else f"; reading took {units.milliseconds(waited_ms)}"
        yield Fact(
            "Read from and written to files", units.size(read), f"and {units.size(written)} written{timed}"
        )


def _size(load: _During) -> Iterator[Fact]:
    size = load.samples.get(_SOURCE, "size_bytes")
    if len(size):
        grown = float(size.value[-1] - size.value[0])
        way = "grew" if grown >= 0 else "shrank"
        told = f"{way} by {units.size(abs(grown))}" if len(size) > 1 else ""
        yield Fact("Size of the database", units.size(float(size.value[-1])), told)


def _evicted(load: _During) -> Iterator[Fact]:
    if evicted := load.grown("dealloc"):
        yield Fact(
            "Statements evicted", units.count(evicted), "what is told of each statement is a lower bound"
        )
