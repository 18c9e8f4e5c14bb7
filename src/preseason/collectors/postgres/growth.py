"""What grew from one complete listing to the next: statements, tables, indexes; pure, others do the reading.

Counters are written only where they moved, as a pair: as they stood one snapshot before, and as they stand
now. So what is quiet costs nothing, and what first appears in the middle of a run grows from zero, which is
what it did: a snapshot is complete, never a top list.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from operator import lt
from typing import TYPE_CHECKING, NamedTuple

from preseason.collectors.collector import Sample

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


class Entry(NamedTuple):
    """The counters of one statement, table or index; ``since_s`` is when they began, 0 where unknown."""

    values: tuple[float, ...]
    since_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All entries by name, at one moment and in one epoch of the server's counters."""

    time_s: float
    epoch: str
    entries: Mapping[str, Entry]


@dataclass(frozen=True, slots=True)
class Grown:
    """An entry of which something moved; ``earlier`` is None where what happened in between is not known."""

    name: str
    earlier: Entry | None
    now: Entry

    def growth(self, position: int) -> float:
        """How far the counter at ``position`` grew, as far as known."""
        return self.now.values[position] - self.earlier.values[position] if self.earlier else 0.0


class GrowthLog:
    """Turns snapshots into samples of what moved between them.

    ``metrics`` are the names of the counters, in the order of their values. The first ``together`` of them
    are written for whatever moved at all, the others each on its own.
    """

    def __init__(self, source: str, metrics: Sequence[str], together: int = 0) -> None:
        #: How many entries were gone in the last snapshot, or had begun anew since the one before.
        self.lost = 0
        self._source, self._metrics, self._together = source, metrics, together
        self._before: Snapshot | None = None
        self._now: Snapshot | None = None
        self._written_s: dict[tuple[str, int], float] = {}
        self._restarts: Counter[str] = Counter()

    def grow(self, now: Snapshot) -> list[Grown]:
        """What moved since the snapshot before; nothing after the first of an epoch."""
        before, self._before, self._now, self.lost = self._now, self._now, now, 0
        if before is None or before.epoch != now.epoch:
            self._before = None
            return []
        moved = list(self._moved(before.entries, now.entries))
        vanished = len(before.entries.keys() - now.entries.keys())
        self.lost = vanished + sum(grown.earlier is None for grown in moved)
        return moved

    def forget(self, names: Iterable[str]) -> None:
        """Take entries for such as never were, so that they are not missed."""
        if self._now is not None:
            kept = {name: self._now.entries[name] for name in self._now.entries.keys() - set(names)}
            self._now = Snapshot(self._now.time_s, self._now.epoch, kept)

    def samples(self, grown: Grown) -> Iterator[Sample]:
        """What moved of one entry, as a pair of samples, the first of which may have been written before."""
        if self._before is None or self._now is None:
            return
        for position, metric in enumerate(self._metrics):
            if grown.earlier is None:
                yield self._write(metric, position, grown.name, self._now, grown.now)
            elif position < self._together or grown.growth(position):
                if self._written_s.get((grown.name, position)) != self._before.time_s:
                    yield self._write(metric, position, grown.name, self._before, grown.earlier)
                yield self._write(metric, position, grown.name, self._now, grown.now)

    def _moved(self, before: Mapping[str, Entry], now: Mapping[str, Entry]) -> Iterator[Grown]:
        for name, entry in now.items():
            earlier = before.get(name)
            if earlier is None:
                if any(entry.values):
                    yield Grown(name, Entry((0.0,) * len(entry.values)), entry)
            elif _began_again(earlier, entry):
                self._restarts[name] += 1
                yield Grown(name, None, entry)
            elif entry.values != earlier.values:
                yield Grown(name, earlier, entry)

    def _write(self, metric: str, position: int, name: str, at: Snapshot, entry: Entry) -> Sample:
        self._written_s[name, position] = at.time_s
        restarts = self._restarts[name]
        epoch = f"{at.epoch}.{restarts}" if restarts else at.epoch
        return Sample(at.time_s, self._source, metric, name, entry.values[position], epoch)


def _began_again(earlier: Entry, now: Entry) -> bool:
    """Whether the entry was evicted or reset in between, so that its growth is not known."""
    return now.since_s != earlier.since_s or any(map(lt, now.values, earlier.values))
