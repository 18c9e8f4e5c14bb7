"""The histograms of a run too long to be kept in memory: read again from its segments where asked for.

A day of 1 000 requests a second has sixty million pairs of bucket and count. What is kept of them is a
histogram of every *strand* (the rows of one endpoint in one scenario, successes or failures) in every minute
of the load. It answers for the minutes of which a question takes all or nothing of each strand; the rest is
read again. The answers are those that memory would have given.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

import numpy as np

from preseason.run.growing import Growing
from preseason.run.histogram import BUCKETS, Histogram
from preseason.run.pairs import (
    Clock,
    GrowingPairs,
    Pairs,
    count_below,
    count_by_block,
    merged,
    numbered,
)
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
#: Two for each limit that the run did not know.
_MOST_BELOW = 2


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
        """The block of each minute, beyond the blocks too; only where minutes fill them."""
        return (minute * MINUTE_S + self.phase_s - blocks.start_s) // blocks.length_s


@dataclass(frozen=True, slots=True)
class Pieces:
    """Histograms of strands in minutes, stretch by stretch: ``strand[i]`` in ``minute[i]`` is row ``i``.

    By service time, only those have one that have service times of their own. What stands in few large arrays
    leaves no holes in memory when it is done with.
    """

    strand: Growing[np.int16] = field(default_factory=lambda: Growing(np.int16))
    minute: Growing[np.int64] = field(default_factory=lambda: Growing(np.int64))
    pairs: dict[Clock, GrowingPairs] = field(
        default_factory=lambda: {clock: GrowingPairs() for clock in Clock}
    )
    #: How many rows each stretch has.
    rows: list[int] = field(default_factory=list)

    def add(
        self, strand: NDArray[np.int16], minute: NDArray[np.int64], response: Pairs, service: Pairs
    ) -> None:
        """Rows by their strand, their minute, and their histograms as they were written."""
        strands = int(strand.max(initial=0)) + 1
        owners, place = numbered(minute * strands + strand)
        has_own = service.lengths > 0
        own = np.bincount(place[has_own], minlength=len(owners)) > 0
        lacking = own[place] & ~has_own
        served = service.where(lacking, response) if lacking.any() else service
        self.rows.append(len(strand))
        self.strand.append(owners % strands)
        self.minute.append(owners // strands)
        self.pairs[Clock.RESPONSE].append(response.summed(place, len(owners)))
        self.pairs[Clock.SERVICE].append(served.summed(place, len(owners)))


@dataclass(frozen=True, slots=True)
class Slots:
    """The histograms of each strand in each slot of time, and how many ``rows`` each is of.

    Their *owners* are numbered ``strand * slots + slot``: what a strand has in slots that follow one another
    stands in one piece. A bucket may occur more than once in a histogram.
    """

    slots: int
    rows: NDArray[np.int64]
    pairs: dict[Clock, Pairs]

    @classmethod
    def of(cls, owner: Rows, slots: int, strands: int, pairs: dict[Clock, Pairs]) -> Self:
        """From the owner of each row."""
        return cls(slots, np.bincount(owner, minlength=strands * slots), pairs)

    def taken_whole(self, owner: Rows) -> NDArray[np.bool_]:
        """The owners all of whose rows are named; of strands that are named, also those without a row."""
        named = np.bincount(owner, minlength=len(self.rows))
        strands = named.reshape(-1, self.slots).any(axis=1)
        return np.equal(named, self.rows) & np.repeat(strands, self.slots)

    def histogram(self, owners: NDArray[np.bool_], clock: Clock) -> NDArray[np.int64]:
        """All counts of the owners that are marked, by bucket."""
        pairs = self.pairs[clock]
        summed = np.zeros(BUCKETS, dtype=np.int64)
        for first, last in self._spans(owners):
            here = slice(pairs.offsets[first], pairs.offsets[last])
            counted = np.bincount(pairs.buckets[here], weights=pairs.counts[here], minlength=BUCKETS)
            summed += counted.astype(np.int64)
        return summed

    def by_block(
        self, owners: NDArray[np.bool_], block_of_slot: NDArray[np.int64], blocks: int
    ) -> NDArray[np.int32]:
        """Response times of the owners that are marked: shape (blocks, BUCKETS)."""
        pairs = self.pairs[Clock.RESPONSE]
        summed = np.zeros(blocks * BUCKETS, dtype=np.int32)
        for first, last in self._spans(owners):
            here = slice(pairs.offsets[first], pairs.offsets[last])
            slot = first % self.slots
            block = block_of_slot[slot : slot + last - first]
            cell = np.repeat(block * BUCKETS, np.diff(pairs.offsets[first : last + 1]))
            cell += pairs.buckets[here]
            np.add.at(summed, cell, pairs.counts[here].astype(np.int32))
        return summed.reshape(blocks, BUCKETS)

    def _spans(self, owners: NDArray[np.bool_]) -> list[tuple[int, int]]:
        """From where to where owners are marked without a gap; each of one strand."""
        by_strand = np.zeros((len(owners) // self.slots, self.slots + 2), dtype=np.int8)
        by_strand[:, 1:-1] = owners.reshape(-1, self.slots)
        strand, edge = np.nonzero(np.diff(by_strand, axis=1))
        edges: list[int] = (strand * self.slots + edge).tolist()
        return list(zip(edges[::2], edges[1::2], strict=True))


@dataclass(frozen=True)
class OnDisk:
    """A store that reads its pieces again. ``starts`` are the first rows of the stretches, and their end.

    ``owner`` is that of each row in ``minutely``, whose slots are the minutes that ``minute`` numbers.
    """

    stretches: tuple[Stretch, ...]
    starts: Rows
    owner: NDArray[np.int32]
    minutely: Slots
    minutes: Minutes
    minute: NDArray[np.int64]
    _recent: OrderedDict[tuple[int, Clock], Pairs] = field(default_factory=OrderedDict)
    _cut: dict[tuple[int, int, int], Slots] = field(default_factory=dict)
    _below: OrderedDict[int, NDArray[np.int32]] = field(default_factory=OrderedDict)

    @classmethod
    def of(
        cls,
        stretches: tuple[Stretch, ...],
        pieces: Pieces,
        minutes: Minutes,
        second: NDArray[np.int64],
        strand: NDArray[np.int16],
    ) -> Self:
        """From the second and the strand of each row, and the histograms by strand and minute."""
        pairs = {clock: growing.taken() for clock, growing in pieces.pairs.items()}
        named, minute_of = pieces.strand.taken(), pieces.minute.taken()
        minute = np.unique(minute_of)
        slots, strands = len(minute), int(strand.max()) + 1
        owner_of = named * np.int64(slots) + np.searchsorted(minute, minute_of)
        owner = strand.astype(np.int32) * np.int32(slots)
        owner += np.searchsorted(minute, minutes.of(second)).astype(np.int32)
        pairs[Clock.SERVICE] = _of_all_rows(pairs[Clock.SERVICE], pairs[Clock.RESPONSE], owner_of)
        arranged = {clock: one.arranged(owner_of, slots * strands) for clock, one in pairs.items()}
        minutely = Slots.of(owner, slots, strands, arranged)
        return cls(stretches, np.cumsum([0, *pieces.rows]), owner, minutely, minutes, minute)

    def parts(self, rows: Rows, clock: Clock) -> Iterator[tuple[slice, Pairs, Rows]]:
        edges = np.searchsorted(rows, self.starts)
        for stretch in np.flatnonzero(np.diff(edges)).tolist():
            which = slice(int(edges[stretch]), int(edges[stretch + 1]))
            yield which, self._pairs(stretch, clock), rows[which] - self.starts[stretch]

    def histogram(self, rows: Rows, clock: Clock) -> Histogram:
        """Of a strand's minute that is asked for as a whole, nothing is read again."""
        owner = self.owner[rows]
        whole = self.minutely.taken_whole(owner)
        own = self.minutely.pairs[Clock.SERVICE].lengths > 0
        summed = self.minutely.histogram(whole & ~own if clock is Clock.SERVICE else whole, Clock.RESPONSE)
        if clock is Clock.SERVICE:
            summed += self.minutely.histogram(whole & own, Clock.SERVICE)
        cut = rows[~whole[owner]]
        return Histogram(summed) + merged(self, cut, clock) if len(cut) else Histogram(summed)

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
        rows = rows[blocks.of_row[rows] >= 0]
        owner: Rows
        if self.minutes.fill(blocks):
            slots, owner = self.minutely, self.owner[rows]
            block_of_slot = self.minutes.block_of(self.minute, blocks)
        else:
            slots, owner = self._slots(blocks), self._owner(rows, blocks)
            block_of_slot = np.arange(blocks.count)
        whole = slots.taken_whole(owner)
        summed = slots.by_block(whole, block_of_slot, blocks.count)
        cut = rows[~whole[owner]]
        return summed + count_by_block(self, cut, blocks.of_row[cut], blocks.count) if len(cut) else summed

    def _slots(self, blocks: Blocks) -> Slots:
        """Of blocks that are no whole minutes; one endpoint after the other is asked for in the same ones."""
        key = (blocks.start_s, blocks.length_s, blocks.count)
        if key not in self._cut:
            self._cut.clear()
            self._cut[key] = self._read_slots(blocks)
        return self._cut[key]

    def _read_slots(self, blocks: Blocks) -> Slots:
        inside = np.flatnonzero(blocks.of_row >= 0)
        owner = self._owner(inside, blocks)
        owners, pieces = Growing(np.int64), GrowingPairs()
        for which, pairs, here in self.parts(inside, Clock.RESPONSE):
            numbers, place = numbered(owner[which])
            owners.append(numbers)
            pieces.append(pairs.only(here).summed(place, len(numbers)))
        strands = len(self.minutely.rows) // self.minutely.slots
        response = pieces.taken().arranged(owners.taken(), strands * blocks.count)
        return Slots.of(owner, blocks.count, strands, {Clock.RESPONSE: response})

    def _owner(self, rows: Rows, blocks: Blocks) -> NDArray[np.int64]:
        return self.owner[rows] // self.minutely.slots * np.int64(blocks.count) + blocks.of_row[rows]

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


def _of_all_rows(service: Pairs, response: Pairs, owner: Rows) -> Pairs:
    """Owners with service times of their own in one stretch have all of theirs by service time."""
    own = np.zeros(int(owner.max()) + 1, dtype=np.bool_)
    own[owner[service.lengths > 0]] = True
    elsewhere = own[owner] & (service.lengths == 0)
    return service.where(elsewhere, response) if elsewhere.any() else service


def _columns(clock: Clock) -> list[str]:
    return [f"{clock.value}_{part}" for part in ("bucket", "count")]
