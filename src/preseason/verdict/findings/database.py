"""What the database was busy with beside its statements: checkpoints, sorting on disk, scans, reading."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from preseason.slo.model import Unit
from preseason.verdict import wording
from preseason.verdict.findings.gauges import High, stood_high
from preseason.verdict.findings.paces import Fast, ran_fast
from preseason.verdict.model import Finding, FindingKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preseason.run.samples import Series
    from preseason.verdict.evidence import Evidence
    from preseason.verdict.findings.scene import Cause, Scene

_PAGE_BYTES = 8192
_MIB = 2**20


def _bytes(size: float) -> str:
    return wording.in_unit(size, Unit.BYTES)


def _pages(pages: float) -> str:
    return _bytes(pages * _PAGE_BYTES)


_checkpoints = partial(wording.counted, one="checkpoint", many="checkpoints")
_COUNTERS = {
    "deadlocks": Fast(
        FindingKind.DEADLOCKS,
        1,
        1,
        "Postgres resolved {}",
        partial(wording.counted, one="deadlock", many="deadlocks"),
    ),
    "checkpoints_requested": Fast(
        FindingKind.CHECKPOINTS, 0.5, 6, "{} had to begin before the time", _checkpoints
    ),
    "checkpoints_timed": Fast(FindingKind.CHECKPOINTS, 0.5, 7, "{} began", _checkpoints),
    "temp_bytes": Fast(FindingKind.TEMP_FILES, _MIB, 5, "statements wrote {} of temporary files", _bytes),
    "tup_returned": Fast(
        FindingKind.SEQUENTIAL_SCANS, 1e5, 5, "statements went through {} rows to find theirs", wording.count
    ),
    "blks_read": Fast(
        FindingKind.BUFFER_MISSES, 1000, 6, "Postgres read {} that it did not find in its buffers", _pages
    ),
}
#: Rows that sequential scans read, by table; a few thousand are no news.
_SCANNED_ROWS = "table_seq_rows"
_FEWEST_ROWS = 10_000
#: Sessions that wait for these at once, on average, are a queue.
_WAITS = {"IO": "the disk", "LWLock": "internal locks of Postgres", "BufferPin": "a buffer"}
_QUEUE = 4
_sessions = partial(wording.counted, one="session", many="sessions")


def seen(scene: Scene) -> Iterator[Cause]:
    """Counters that ran faster than usual, and sessions that queued inside the server."""
    samples = scene.evidence.run.samples
    for metric, fast in _COUNTERS.items():
        yield from ran_fast(scene, samples.get("postgres", metric), fast, "postgres", metric)
    for table, series in samples.labelled("postgres", _SCANNED_ROWS).items():
        yield from _scanned(scene, series, table)
    for kind, what in _WAITS.items():
        queue = High(FindingKind.DATABASE_WAITS, _QUEUE, 5, f"up to {{}} waited for {what}", _sessions)
        waiting = samples.get("postgres", "waits", kind)
        yield from stood_high(scene, waiting, queue, kind, "sessions_waited")


def _scanned(scene: Scene, series: Series, table: str) -> Iterator[Cause]:
    sentence = f"{{}} rows of {table} were read one after the other, without an index"
    fast = Fast(FindingKind.SEQUENTIAL_SCANS, _FEWEST_ROWS, 4, sentence, wording.count)
    yield from ran_fast(scene, series, fast, table, "rows")


def deadlocks(evidence: Evidence) -> Iterator[Finding]:
    """Of the whole judged time, whoever suffered from them."""
    span = evidence.judged
    grown = evidence.run.samples.get("postgres", "deadlocks").between(span.start_s, span.end_s).deltas().total
    if grown:
        title = _COUNTERS["deadlocks"].tell(grown)
        yield Finding(
            kind=FindingKind.DEADLOCKS, title=title, subject="postgres", evidence={"deadlocks": grown}
        )
