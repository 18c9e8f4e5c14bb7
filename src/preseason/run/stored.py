"""The histograms of a run too long to be kept in memory: read again from its segments where asked for.

A day of 1 000 requests a second has sixty million pairs of bucket and count. What is kept of them is a
histogram of every *strand* (the rows of one endpoint in one scenario, successes or failures) in every minute
of the load. It answers for the minutes of which a question takes all or nothing of each strand; the rest is
read again. The answers are those that memory would have given.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self

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
MINUTE_S = 60
#: Of a million rows, each array of numbers is 8 MB.
_ROWS_AT_A_TIME = 65_536
#: Two for each limit that the run did not know.
_MOST_BELOW = 2


@dataclass(frozen=True, slots=True)
class Coarse:
    """The histograms of owners of rows, one after the other.

    That of ``names[i]``, which has ``rows[i]`` rows, is ``offsets[i]:offsets[i + 1]``. Names ascend. Counts
    are as wide as the largest needs.
    """

    names: NDArray[np.int64]
    rows: NDArray[np.int64]
    offsets: NDArray[np.int32]
    buckets: NDArray[np.uint16]
    counts: NDArray[np.unsignedinteger]

    @classmethod
    def of(cls, pairs: Pairs, owner: NDArray[np.integer]) -> Self:
        """From rows and the name of the owner of each."""
        names, place, rows = np.unique(owner, return_inverse=True, return_counts=True)
        lowest = int(pairs.buckets.min(initial=BUCKETS - 1))
        width = max(1, int(pairs.buckets.max(initial=0)) - lowest + 1)
        cell = np.repeat(place * np.int64(width) - lowest, np.diff(pairs.offsets))
        cell += pairs.buckets
        # Numbers of one kind are added up three times as fast as by ``bincount``, which makes floats of them.
        enough = np.min_scalar_type(int(pairs.counts.sum(dtype=np.int64)))
        counts = np.zeros(len(names) * width, dtype=enough)
        np.add.at(counts, cell, pairs.counts.astype(enough, copy=False))
        used = np.flatnonzero(counts)
        kind = np.min_scalar_type(int(counts.max(initial=0)))
        return cls(
            names.astype(np.int64),
            rows,
            np.searchsorted(used, width * np.arange(len(names) + 1)).astype(np.int32),
            (used % width + lowest).astype(np.uint16),
            counts[used].astype(kind),
        )

    def named(self, names: NDArray[np.int64]) -> Self:
        """The same under other names, one for each."""
        return replace(self, names=names)

    def gathered(self, names: NDArray[np.int64]) -> Self:
        """Owners that share a name become one; those of a name below 0 are left out."""
        chosen = np.flatnonzero(names >= 0)
        pairs = Pairs(self.offsets.astype(np.int64), self.buckets, self.counts).only(chosen)
        return type(self).of(pairs, names[chosen])

    def owners(self) -> NDArray[np.int64]:
        """Whose each pair is."""
        return np.repeat(self.names, np.diff(self.offsets))

    def rows_among(self, names: NDArray[np.integer]) -> NDArray[np.int64]:
        """How often each owner is named; nobody else is."""
        return np.bincount(np.searchsorted(self.names, names), minlength=len(self.names))

    def add_to(self, summed: NDArray[np.int64], owners: NDArray[np.bool_]) -> None:
        """Add the counts of the owners that are marked, one mark for each, to those of a histogram."""
        chosen = np.repeat(owners, np.diff(self.offsets))
        counted = np.bincount(self.buckets[chosen], weights=self.counts[chosen], minlength=BUCKETS)
        summed += counted.astype(np.int64)


def whole_minutes(length_s: int) -> int:
    """A length of blocks that a long run answers from memory: beyond a minute, the next whole one."""
    return length_s if length_s <= MINUTE_S else -(-length_s // MINUTE_S) * MINUTE_S


@dataclass(frozen=True, slots=True)
class Minutes:
    """Minutes of a run, told by where they begin: ``phase_s`` seconds after whole ones of UTC."""

    phase_s: int

    @classmethod
    def from_origin(cls, origin_s: float) -> Self:
        return cls(int(origin_s) % MINUTE_S)

    def of(self, second: NDArray[np.integer]) -> NDArray[np.int64]:
        """The number of the minute of each second."""
        return (second - np.int64(self.phase_s)) // MINUTE_S

    def fill(self, blocks: Blocks) -> bool:
        """Whether each block is made of whole minutes."""
        return blocks.length_s % MINUTE_S == 0 and (blocks.start_s - self.phase_s) % MINUTE_S == 0

    def block_of(self, minute: NDArray[np.int64], blocks: Blocks) -> NDArray[np.int64]:
        """The block of each minute, -1 outside; only where minutes fill the blocks."""
        block = (minute * MINUTE_S + self.phase_s - blocks.start_s) // blocks.length_s
        return np.where((block >= 0) & (block < blocks.count), block, -1)


@dataclass(frozen=True, slots=True)
class Cube:
    """The histograms of each strand in each block of time, and how many rows each is of.

    An owner is ``block * strands + strand``, or -1 outside. One endpoint after the other is asked for in the
    same blocks.
    """

    blocks: Blocks
    strands: int
    rows: NDArray[np.int64]
    pieces: tuple[Coarse, ...]

    def of(self, wanted: NDArray[np.bool_]) -> NDArray[np.int32]:
        """The blocks of the owners that are marked, each as a whole."""
        summed = np.zeros(self.blocks.count * BUCKETS, dtype=np.int32)
        wanted = np.append(wanted, [False])  # nobody asks for what lies outside, which stands at -1
        for piece in self.pieces:
            owners = piece.owners()
            chosen = wanted[owners]
            cell = owners[chosen] // self.strands * BUCKETS + piece.buckets[chosen]
            np.add.at(summed, cell, piece.counts[chosen].astype(np.int32))
        return summed.reshape(self.blocks.count, BUCKETS)


@dataclass(frozen=True)
class OnDisk:
    """A store that reads its pieces again. ``starts`` are the first rows of the stretches, and their end.

    The owners of ``coarse``, and the ``cell`` of each row, are ``minute * strands + strand``, minutes counted
    from ``first_minute``. By service time, only those owners stand there that have their own.
    """

    stretches: tuple[Stretch, ...]
    starts: Rows
    cell: NDArray[np.int32]
    strands: int
    minutes: Minutes
    first_minute: int
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
        """Of a strand's minute that is asked for as a whole, nothing is read again."""
        edges, cut = np.searchsorted(rows, self.starts), []
        summed = np.zeros(BUCKETS, dtype=np.int64)
        for stretch in np.flatnonzero(np.diff(edges)).tolist():
            asked, coarse = rows[edges[stretch] : edges[stretch + 1]], self.coarse[Clock.RESPONSE][stretch]
            cells = self.cell[asked]
            whole = coarse.rows_among(cells) == coarse.rows
            for piece, marked in self._pieces(stretch, clock, whole):
                piece.add_to(summed, marked)
            if not whole.all():
                cut.append(asked[~whole[np.searchsorted(coarse.names, cells)]])
        rest = np.concatenate(cut) if cut else np.array([], dtype=np.int64)
        return Histogram(summed) + merged(self, rest, clock) if len(rest) else Histogram(summed)

    def _pieces(
        self, stretch: int, clock: Clock, whole: NDArray[np.bool_]
    ) -> Iterator[tuple[Coarse, NDArray[np.bool_]]]:
        """Where the histograms stand of the owners that are marked among those of a stretch."""
        response, service = (self.coarse[each][stretch] for each in Clock)
        if clock is Clock.SERVICE:
            own = np.searchsorted(response.names, service.names)
            yield service, whole[own]
            whole = whole.copy()
            whole[own] = False
        yield response, whole

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
        wanted = self._rows_by_owner(rows, blocks)
        if not wanted.any():
            return np.zeros((blocks.count, BUCKETS), dtype=np.int32)
        cube = self._cube(blocks)
        if ((wanted > 0) & (wanted < cube.rows)).any():
            inside = rows[blocks.of_row[rows] >= 0]
            return count_by_block(self, inside, blocks.of_row[inside], blocks.count)
        return cube.of(wanted > 0)

    def _cube(self, blocks: Blocks) -> Cube:
        key = (blocks.start_s, blocks.length_s, blocks.count)
        if key not in self._cubes:
            self._cubes.clear()
            rows = self._rows_by_owner(np.arange(self.starts[-1], dtype=np.int32), blocks)
            pieces = self._of_minutes(blocks) if self.minutes.fill(blocks) else self._cut(blocks)
            self._cubes[key] = Cube(blocks, self.strands, rows, tuple(pieces))
        return self._cubes[key]

    def _rows_by_owner(self, rows: Rows, blocks: Blocks) -> NDArray[np.int64]:
        """How many of the rows each strand has in each block; a part at a time takes less room."""
        counted = np.zeros(blocks.count * self.strands, dtype=np.int64)
        for first in range(0, len(rows), _ROWS_AT_A_TIME):
            part = rows[first : first + _ROWS_AT_A_TIME]
            part = part[blocks.of_row[part] >= 0]
            np.add.at(counted, self._owner(part, blocks), 1)
        return counted

    def _owner(self, rows: Rows, blocks: Blocks) -> NDArray[np.int64]:
        return blocks.of_row[rows] * np.int64(self.strands) + self.cell[rows] % self.strands

    def _of_minutes(self, blocks: Blocks) -> Iterator[Coarse]:
        for coarse in self.coarse[Clock.RESPONSE]:
            minute, strand = np.divmod(coarse.names, self.strands)
            block = self.minutes.block_of(minute + self.first_minute, blocks)
            owner = np.where(block >= 0, block * self.strands + strand, -1)
            yield coarse.named(owner) if blocks.length_s == MINUTE_S else coarse.gathered(owner)

    def _cut(self, blocks: Blocks) -> Iterator[Coarse]:
        inside = np.flatnonzero(blocks.of_row >= 0)
        owner = self._owner(inside, blocks)
        for which, pairs, here in self.parts(inside, Clock.RESPONSE):
            yield Coarse.of(pairs.only(here), owner[which])

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
