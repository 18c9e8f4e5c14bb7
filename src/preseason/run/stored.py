"""The histograms of a run too long to be kept in memory: read again from its segments where asked for.

A day of 1 000 requests a second has sixty million pairs of bucket and count. What is kept of them is a
histogram of every *strand* (the rows of one endpoint in one scenario, successes or failures) in every stretch
of a few minutes. It answers for the stretches of which a question takes all or nothing of each strand; the
rest is read again. The answers are those that memory would have given.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from preseason.run.histogram import BUCKETS, Histogram
from preseason.run.pairs import Clock, Pairs, count_below, merged
from preseason.run.segments import read_again

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from preseason.run.pairs import Rows
    from preseason.run.segments import Stretch

#: Windows that follow one another share a stretch.
_REMEMBERED = 4
_MANY = 0.25


@dataclass(frozen=True, slots=True)
class Coarse:
    """The histograms of the strands of one stretch: the strand of each pair, its bucket and count."""

    strand: NDArray[np.int16]
    buckets: NDArray[np.uint16]
    counts: NDArray[np.uint32]

    @classmethod
    def of(cls, pairs: Pairs, strand: NDArray[np.integer]) -> Coarse:
        """From the rows of a stretch and the strand of each."""
        owner = np.repeat(strand.astype(np.int64), np.diff(pairs.offsets))
        lowest = int(pairs.buckets.min(initial=BUCKETS - 1))
        width = max(1, int(pairs.buckets.max(initial=0)) - lowest + 1)
        counts = np.bincount(owner * width + (pairs.buckets - np.int64(lowest)), weights=pairs.counts)
        used = np.flatnonzero(counts)
        strands, buckets = np.divmod(used, width)
        kept = (
            strands.astype(np.int16),
            (buckets + lowest).astype(np.uint16),
            counts[used].astype(np.uint32),
        )
        return cls(*kept)

    def add_to(self, summed: NDArray[np.int64], strands: NDArray[np.bool_]) -> None:
        """Add the counts of the strands that are marked to those of a histogram."""
        chosen = strands[self.strand]
        counted = np.bincount(self.buckets[chosen], weights=self.counts[chosen], minlength=BUCKETS)
        summed += counted.astype(np.int64)


@dataclass(frozen=True)
class OnDisk:
    """A store that reads its pieces again. ``starts`` are the first rows of the stretches, and their end."""

    stretches: tuple[Stretch, ...]
    starts: Rows
    strand: NDArray[np.int16]
    strands: int
    coarse: dict[Clock, tuple[Coarse, ...]]
    _recent: OrderedDict[tuple[int, Clock], Pairs] = field(default_factory=OrderedDict)
    _below: OrderedDict[int, NDArray[np.int32]] = field(default_factory=OrderedDict)

    def parts(self, rows: Rows, clock: Clock) -> Iterator[tuple[slice, Pairs, Rows]]:
        edges = np.searchsorted(rows, self.starts)
        for stretch in np.flatnonzero(np.diff(edges)).tolist():
            which = slice(int(edges[stretch]), int(edges[stretch + 1]))
            yield which, self._pairs(stretch, clock), rows[which] - self.starts[stretch]

    def histogram(self, rows: Rows, clock: Clock) -> Histogram:
        """Where each strand of a stretch is asked for as a whole or not at all, nothing is read again."""
        edges, cut = np.searchsorted(rows, self.starts), []
        summed = np.zeros(BUCKETS, dtype=np.int64)
        for stretch in np.flatnonzero(np.diff(edges)).tolist():
            asked = rows[edges[stretch] : edges[stretch + 1]]
            wanted = self._by_strand(asked)
            if ((wanted > 0) & (wanted < self._by_strand(self._rows(stretch)))).any():
                cut.append(asked)
            else:
                self.coarse[clock][stretch].add_to(summed, wanted > 0)
        known = Histogram(summed)
        return known + merged(self, np.concatenate(cut), clock) if cut else known

    def below(self, rows: Rows, bucket: int) -> NDArray[np.int32]:
        """Of rows all over the run, all are counted at once: the next question is about other endpoints."""
        touched = np.count_nonzero(np.diff(np.searchsorted(rows, self.starts)))
        if touched < _MANY * len(self.stretches):
            return count_below(self, rows, bucket)
        if bucket not in self._below:
            self._below[bucket] = count_below(self, np.arange(self.starts[-1]), bucket)
            while len(self._below) > _REMEMBERED:
                self._below.popitem(last=False)
        return self._below[bucket][rows]

    def _rows(self, stretch: int) -> slice:
        return slice(self.starts[stretch], self.starts[stretch + 1])

    def _by_strand(self, rows: Rows | slice) -> NDArray[np.int64]:
        return np.bincount(self.strand[rows], minlength=self.strands)

    def _pairs(self, stretch: int, clock: Clock) -> Pairs:
        key = (stretch, clock)
        if key not in self._recent:
            self._recent[key] = self._read(stretch, clock)
            while len(self._recent) > _REMEMBERED:
                self._recent.popitem(last=False)
        return self._recent[key]

    def _read(self, stretch: int, clock: Clock) -> Pairs:
        if clock is Clock.SERVICE:
            return Pairs.both(
                read_again(self.stretches[stretch], [*_columns(Clock.RESPONSE), *_columns(clock)])
            )[1]
        return Pairs.written(read_again(self.stretches[stretch], _columns(clock)), clock)


def _columns(clock: Clock) -> list[str]:
    return [f"{clock.value}_{part}" for part in ("bucket", "count")]
