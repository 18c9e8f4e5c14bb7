"""What each statement cost, from snapshot to snapshot; pure, the reading is done in ``statements``.

A statement's counters are written only where it ran, as a pair: as they stood one snapshot before, and as
they stand now. So a quiet statement costs nothing, and one that first appears in the middle of a run
grows from zero, which is what it did: a snapshot is complete, never a top list.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from preseason.collectors.collector import Sample

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


class Counts(NamedTuple):
    """The counters of one statement; ``since_s`` is when they began, 0 where that is unknown."""

    calls: float
    exec_ms: float
    rows: float
    since_s: float = 0.0

    @property
    def grows(self) -> tuple[float, float, float]:
        """What can only grow, in the order of ``METRICS``."""
        return self.calls, self.exec_ms, self.rows


METRICS = ("statement_calls", "statement_exec_ms", "statement_rows")
_NEVER_RUN = Counts(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All statements by query id, at one moment and in one epoch of the server's counters."""

    time_s: float
    epoch: str
    counts: Mapping[str, Counts]


class StatementLog:
    """Turns snapshots into the samples of the statements that ran between them."""

    def __init__(self) -> None:
        self._before: Snapshot | None = None
        self._written_s: dict[str, float] = {}
        self._restarts: Counter[str] = Counter()
        self._spent_ms: dict[str, float] = defaultdict(float)

    def grow(self, now: Snapshot) -> Iterator[Sample]:
        """The samples of what ran since the snapshot before; none after the first of an epoch."""
        before, self._before = self._before, now
        if before is None or before.epoch != now.epoch:
            return
        for queryid, counts in now.counts.items():
            earlier = before.counts.get(queryid, _NEVER_RUN)
            if _began_again(earlier, counts):
                self._restarts[queryid] += 1
                yield from self._write(queryid, now, counts)
            elif counts.grows != earlier.grows:
                self._spent_ms[queryid] += counts.exec_ms - earlier.exec_ms
                if self._written_s.get(queryid) != before.time_s:
                    yield from self._write(queryid, before, earlier)
                yield from self._write(queryid, now, counts)

    def heaviest(self, limit: int) -> list[str]:
        """The ids of the statements that took most time so far, the heaviest first."""
        return sorted(self._spent_ms, key=lambda queryid: -self._spent_ms[queryid])[:limit]

    def _write(self, queryid: str, at: Snapshot, counts: Counts) -> Iterable[Sample]:
        self._written_s[queryid] = at.time_s
        restarts = self._restarts[queryid]
        epoch = f"{at.epoch}.{restarts}" if restarts else at.epoch
        values = zip(METRICS, counts.grows, strict=True)
        return [Sample(at.time_s, "postgres", metric, queryid, value, epoch) for metric, value in values]


def _began_again(earlier: Counts, counts: Counts) -> bool:
    """Whether the entry was evicted or reset in between, so that its growth is not known."""
    fell = any(now < then for now, then in zip(counts.grows, earlier.grows, strict=True))
    return fell or (earlier is not _NEVER_RUN and counts.since_s != earlier.since_s)
