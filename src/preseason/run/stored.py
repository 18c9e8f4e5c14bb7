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
from preseason.run.pairs import Clock, Pairs, count_below, count_by_block, merged
from preseason.run.segments import read_again

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from preseason.run.pairs import Blocks, Rows
    from preseason.run.segments import Stretch

#: Windows that follow one another share a stretch, and each is looked at more than once.
_REMEMBERED = 6
_MANY = 0.25
#: Two for each limit that the run did not know.
_MOST_BELOW = 2


@dataclass(frozen=True, slots=True)
class Coarse:
    """The histograms of owners of rows (strands, or strands in blocks), one after the other.

    That of owner ``first + i`` is ``offsets[i]:offsets[i + 1]``. Counts are as wide as the largest needs.
    """

    first: int
    offsets: NDArray[np.int32]
    buckets: NDArray[np.uint16]
    counts: NDArray[np.unsignedinteger]

    @classmethod
    def of(cls, pairs: Pairs, owner: NDArray[np.integer]) -> Coarse:
        """From rows and the owner of each, which is not negative."""
        first = int(owner.min()) if len(owner) else 0
        lowest = int(pairs.buckets.min(initial=BUCKETS - 1))
        width = max(1, int(pairs.buckets.max(initial=0)) - lowest + 1)
        of_pair = np.repeat((owner - first) * np.int64(width) - lowest, np.diff(pairs.offsets))
        counts = np.bincount(of_pair + pairs.buckets, weights=pairs.counts)
        used = np.flatnonzero(counts)
        owners, buckets = np.divmod(used, width)
        offsets = np.concatenate(([0], np.cumsum(np.bincount(owners)))).astype(np.int32)
        kind = np.min_scalar_type(int(counts.max(initial=0)))
        return cls(first, offsets, (buckets + lowest).astype(np.uint16), counts[used].astype(kind))

    def owners(self) -> NDArray[np.int64]:
        """Whose each pair is."""
        return self.first + np.repeat(np.arange(len(self.offsets) - 1), np.diff(self.offsets))

    def add_to(self, summed: NDArray[np.int64], owners: NDArray[np.bool_]) -> None:
        """Add the counts of the owners that are marked to those of a histogram."""
        chosen = owners[self.owners()]
        counted = np.bincount(self.buckets[chosen], weights=self.counts[chosen], minlength=BUCKETS)
        summed += counted.astype(np.int64)


@dataclass(frozen=True, slots=True)
class Cube:
    """The histograms of each strand in each block of time, and how many rows each is of.

    An owner is ``block * strands + strand``. One endpoint after the other is asked for in the same blocks.
    """

    blocks: Blocks
    strands: int
    rows: NDArray[np.int64]
    pieces: tuple[Coarse, ...]

    def of(self, wanted: NDArray[np.bool_]) -> NDArray[np.int32]:
        """The blocks of the owners that are marked, each as a whole."""
        summed = np.zeros(self.blocks.count * BUCKETS, dtype=np.int32)
        for piece in self.pieces:
            owners = piece.owners()
            chosen = wanted[owners]
            cell = owners[chosen] // self.strands * BUCKETS + piece.buckets[chosen]
            np.add.at(summed, cell, piece.counts[chosen].astype(np.int32))
        return summed.reshape(self.blocks.count, BUCKETS)


@dataclass(frozen=True)
class OnDisk:
    """A store that reads its pieces again. ``starts`` are the first rows of the stretches, and their end."""

    stretches: tuple[Stretch, ...]
    starts: Rows
    strand: NDArray[np.int16]
    strands: int
    coarse: dict[Clock, tuple[Coarse, ...]]
    _recent: OrderedDict[tuple[int, Clock], Pairs] = field(default_factory=OrderedDict)
    _cubes: dict[tuple[int, int, int], Cube] = field(default_factory=dict)
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
            while len(self._below) > _MOST_BELOW:
                self._below.popitem(last=False)
        return self._below[bucket][rows]

    def by_block(self, rows: Rows, blocks: Blocks) -> NDArray[np.int32]:
        """What takes a strand as a whole is answered for all strands at once; the rest is read again."""
        block = blocks.of_row[rows]
        rows, block = rows[block >= 0], block[block >= 0]
        if not len(rows):
            return np.zeros((blocks.count, BUCKETS), dtype=np.int32)
        cube = self._cube(blocks)
        wanted = np.bincount(block * self.strands + self.strand[rows], minlength=len(cube.rows))
        if ((wanted > 0) & (wanted < cube.rows)).any():
            return count_by_block(self, rows, block, blocks.count)
        return cube.of(wanted > 0)

    def _cube(self, blocks: Blocks) -> Cube:
        key = (blocks.start_s, blocks.length_s, blocks.count)
        if key not in self._cubes:
            self._cubes.clear()
            self._cubes[key] = self._cut(blocks)
        return self._cubes[key]

    def _cut(self, blocks: Blocks) -> Cube:
        owner = blocks.of_row * self.strands + self.strand
        inside = np.flatnonzero(blocks.of_row >= 0)
        pieces = [
            Coarse.of(pairs.only(here), owner[inside[which]])
            for which, pairs, here in self.parts(inside, Clock.RESPONSE)
        ]
        rows = np.bincount(owner[inside], minlength=blocks.count * self.strands)
        return Cube(blocks, self.strands, rows, tuple(pieces))

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
