"""What each statement cost, from snapshot to snapshot; pure, the reading is done in ``statements``."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from preseason.collectors.collector import Sample
from preseason.collectors.postgres import growth

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from preseason.collectors.postgres.growth import Grown


class Counts(NamedTuple):
    """The counters of one statement, those of ``METRICS`` in their order, and its longest execution.

    ``square_ms2`` is the sum of its squared times, calls · (mean² + deviation²). Each ``since_s`` is when its
    counters began, 0 where that is unknown.
    """

    calls: float
    exec_ms: float
    rows: float
    square_ms2: float = 0.0
    shared_blks_hit: float = 0.0
    shared_blks_read: float = 0.0
    temp_blks: float = 0.0
    wal_bytes: float = 0.0
    longest_ms: float | None = None
    since_s: float = 0.0
    longest_since_s: float = 0.0

    @property
    def counted(self) -> tuple[float, ...]:
        """What can only grow, in the order of ``METRICS``."""
        blocks = (self.shared_blks_hit, self.shared_blks_read, self.temp_blks)
        return (self.calls, self.exec_ms, self.rows, self.square_ms2, *blocks, self.wal_bytes)


METRICS = (
    "statement_calls",
    "statement_exec_ms",
    "statement_rows",
    "statement_square_ms2",
    "statement_shared_blks_hit",
    "statement_shared_blks_read",
    "statement_temp_blks",
    "statement_wal_bytes",
)
#: So many of them describe a statement together; the others have samples only where they moved.
_TOGETHER = 4
_SQUARE = METRICS.index("statement_square_ms2")
_BY_TIME = METRICS.index("statement_exec_ms")
#: Statements stand out by time first, and a few by each of these.
_BY_OTHERS = tuple(
    METRICS.index(f"statement_{name}")
    for name in ("calls", "rows", "shared_blks_hit", "shared_blks_read", "temp_blks", "wal_bytes")
)
_FEW = 10


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All statements by query id, at one moment and in one epoch of the server's counters."""

    time_s: float
    epoch: str
    counts: Mapping[str, Counts]


class StatementLog:
    """Turns snapshots into the samples of the statements that ran between them."""

    def __init__(self) -> None:
        self._log = growth.GrowthLog("postgres", METRICS, _TOGETHER)
        self._before = Snapshot(0.0, "", {})
        self._longest_written_s: dict[str, float] = {}
        self._squares: dict[str, float] = {}
        self._spent: dict[str, list[float]] = defaultdict(lambda: [0.0] * len(METRICS))

    @property
    def lost(self) -> int:
        """How many entries were gone in the last snapshot, or had begun anew since the one before."""
        return self._log.lost

    def grow(self, now: Snapshot) -> Iterator[Sample]:
        """The samples of what ran since the snapshot before; none after the first of an epoch."""
        entries = {queryid: self._entry(queryid, counts) for queryid, counts in now.counts.items()}
        before, self._before = self._before, now
        for grown in self._log.grow(growth.Snapshot(now.time_s, now.epoch, entries)):
            spent = self._spent[grown.name]
            for position in range(len(METRICS)):
                spent[position] += grown.growth(position)
            yield from self._log.samples(grown)
            yield from self._longest(grown, before, now)

    def forget(self, queryids: set[str]) -> None:
        """Leave these out from now on, as if they had never been there."""
        self._log.forget(queryids)
        for queryid in queryids & self._spent.keys():
            del self._spent[queryid]

    def heaviest(self, limit: int) -> list[str]:
        """The ids of the statements that took most time so far, the heaviest first."""
        return self._leading(_BY_TIME, limit)

    def outstanding(self, limit: int) -> list[str]:
        """The heaviest, and a few more that lead by calls, rows, blocks, temporary blocks or log."""
        few = min(_FEW, limit)
        others = (queryid for position in _BY_OTHERS for queryid in self._leading(position, few))
        return list(dict.fromkeys((*self.heaviest(limit), *others)))

    def _leading(self, position: int, limit: int) -> list[str]:
        used = [queryid for queryid, spent in self._spent.items() if spent[position] > 0]
        return sorted(used, key=lambda queryid: -self._spent[queryid][position])[:limit]

    def _entry(self, queryid: str, counts: Counts) -> growth.Entry:
        """Squares are computed from rounded numbers: that one more call seems to lower them means nothing."""
        values = list(counts.counted)
        earlier = self._before.counts.get(queryid)
        if earlier is not None and counts.calls >= earlier.calls and counts.since_s == earlier.since_s:
            values[_SQUARE] = max(values[_SQUARE], self._squares.get(queryid, 0.0))
        self._squares[queryid] = values[_SQUARE]
        return growth.Entry(tuple(values), counts.since_s)

    def _longest(self, grown: Grown, before: Snapshot, now: Snapshot) -> Iterator[Sample]:
        """The longest execution so far, then and now; only where no reset hides a longer one between."""
        name, counts = grown.name, now.counts[grown.name]
        earlier = before.counts.get(name)
        if counts.longest_ms is None or grown.earlier is None:
            return
        if earlier is not None and earlier.longest_since_s != counts.longest_since_s:
            return
        if self._longest_written_s.get(name) != before.time_s:
            then_ms = earlier.longest_ms if earlier and earlier.longest_ms else 0.0
            yield Sample(before.time_s, "postgres", "statement_longest_ms", name, then_ms)
        yield Sample(now.time_s, "postgres", "statement_longest_ms", name, counts.longest_ms)
        self._longest_written_s[name] = now.time_s
