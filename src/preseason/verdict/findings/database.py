"""What the database was busy with beside its statements: checkpoints, sorting on disk, scans, reading."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from preseason.run.samples import LOOK_METRIC, Series
from preseason.verdict import wording
from preseason.verdict.findings.gauges import High, stood_high
from preseason.verdict.findings.paces import Fast, ran_fast
from preseason.verdict.model import Finding, FindingKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preseason.verdict.evidence import Evidence
    from preseason.verdict.findings.scene import Cause, Scene

_PAGE_BYTES = 8192
_MIB = 2**20


def _pages(pages: float) -> str:
    return wording.size(pages * _PAGE_BYTES)


_checkpoints = partial(wording.counted, one="checkpoint", many="checkpoints")
_ROWS_OF_ALL = "tup_returned"
_COUNTERS = {
    "deadlocks": Fast(
        FindingKind.DEADLOCKS,
        1,
        1,
        "Postgres resolved {}",
        partial(wording.counted, one="deadlock", many="deadlocks"),
    ),
    "checkpoints_requested": Fast(
        FindingKind.CHECKPOINTS, 1, 6, "{} had to begin before the time", _checkpoints, rare=True
    ),
    "checkpoints_timed": Fast(FindingKind.CHECKPOINTS, 1, 7, "{} began", _checkpoints, rare=True),
    "temp_bytes": Fast(
        FindingKind.TEMP_FILES, _MIB, 5, "statements wrote {} of temporary files", wording.size
    ),
    _ROWS_OF_ALL: Fast(
        FindingKind.SEQUENTIAL_SCANS, 1e5, 5, "statements went through {} rows to find theirs", wording.count
    ),
    "blks_read": Fast(
        FindingKind.BUFFER_MISSES, 1000, 6, "Postgres read {} that it did not find in its buffers", _pages
    ),
}
#: Rows that sequential scans read, by table; a few thousand are no news, nor are scans of a few hundred each,
#: which no index makes quicker.
_SCANNED_ROWS, _SCANS = "table_seq_rows", "table_seq_scans"
_FEWEST_ROWS, _LEAST_OF_ROWS, _FEWEST_A_SCAN = 10_000, 0.1, 1000
#: Sessions that wait for these at once, on average, are a queue.
_WAITS = {"IO": "the disk", "LWLock": "internal locks of Postgres", "BufferPin": "a buffer"}
_QUEUE = 4
_LATE_MS, _TIMES_USUAL = 500.0, 5.0
_AT_IT_FOR_LONG = High(
    FindingKind.SLOW_STATEMENT, 1.0, 7, "a statement had been running for up to {}", wording.span
)
_sessions = partial(wording.counted, one="session", many="sessions")


def seen(scene: Scene) -> Iterator[Cause]:
    """Counters that ran faster than usual, and sessions that queued inside the server."""
    samples = scene.evidence.run.samples
    scanned = tuple(_scanned(scene))
    yield from scanned
    for metric, fast in _COUNTERS.items():
        if not (scanned and metric == _ROWS_OF_ALL):  # the tables say it better
            yield from ran_fast(scene, samples.get("postgres", metric), fast, "postgres", metric)
    for kind, what in _WAITS.items():
        queue = High(FindingKind.DATABASE_WAITS, _QUEUE, 5, f"up to {{}} waited for {what}", _sessions)
        waiting = samples.get("postgres", "waits", kind)
        yield from stood_high(scene, waiting, queue, kind, "sessions_waited")
    yield from _answered_late(scene)
    yield from _ran_long(scene)


def _answered_late(scene: Scene) -> Iterator[Cause]:
    """How long our looks took."""
    series = _as_it_lasted(scene.evidence.run.samples.get("collectors", LOOK_METRIC, "postgres"))
    outside = scene.outside(series)
    usual_ms = float(np.median(outside)) if len(outside) else 0.0
    slow = High(
        FindingKind.SLOW_ANSWER,
        max(_LATE_MS, _TIMES_USUAL * usual_ms),
        3,
        "Postgres took up to {} to answer what it is asked each second",
        wording.milliseconds,
    )
    yield from stood_high(scene, series, slow, "postgres", "answer_ms")


def _as_it_lasted(looks: Series) -> Series:
    """A sample for each second of each look: one of four seconds tells about all of them."""
    seconds = 1 + np.floor(looks.value / 1000).astype(np.int64)
    first = np.cumsum(seconds) - seconds
    since_s = np.arange(int(seconds.sum())) - np.repeat(first, seconds)
    time_s = np.repeat(looks.time_s, seconds) + since_s
    return Series(time_s, np.repeat(looks.value, seconds), np.repeat(looks.epoch, seconds))


def _ran_long(scene: Scene) -> Iterator[Cause]:
    """Statements that were at it for long, where they did not wait for a lock: that is told better."""
    samples = scene.evidence.run.samples
    if scene.inside(samples.get("postgres", "blocked")).value.any():
        return
    seconds = samples.get("postgres", "slowest_active_s")
    yield from stood_high(scene, seconds, _AT_IT_FOR_LONG, "postgres", "longest_s")


def _scanned(scene: Scene) -> Iterator[Cause]:
    """Tables of some size that were read from end to end, if they were a good part of what was read so."""
    samples = scene.evidence.run.samples
    tables = samples.labelled("postgres", _SCANNED_ROWS)
    rows = {table: scene.pace(series).grown for table, series in tables.items()}
    for table, series in tables.items():
        scans = scene.pace(samples.get("postgres", _SCANS, table)).grown
        if rows[table] < max(_LEAST_OF_ROWS * sum(rows.values()), _FEWEST_A_SCAN * scans):
            continue
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
