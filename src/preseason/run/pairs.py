"""Sparse histograms of many rows: in memory where they are few, on disk where they are a day's.

A row has a list of buckets and their counts, by each clock. What is asked of them is always about some rows:
all their counts in one histogram, how many lie below a bucket, or block by block.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol, Self

import numpy as np

from preseason.run.columns import array_of, in_one_piece
from preseason.run.growing import Growing
from preseason.run.histogram import BUCKETS, Histogram

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa
    from numpy.typing import NDArray

    Rows = NDArray[np.integer]


#: Keys in a range so many times as long as they are many lie close together.
_CLOSE = 16


class Clock(Enum):
    """Which latency: from the intended start of the journey, or from the moment the request was sent."""

    RESPONSE = "response"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Pairs:
    """Histograms one after the other: that of row ``i`` is ``offsets[i]:offsets[i + 1]``."""

    offsets: NDArray[np.int64]
    buckets: NDArray[np.integer]
    counts: NDArray[np.integer]

    @classmethod
    def both(cls, table: pa.Table) -> tuple[Self, Self]:
        """Response and service times of rows of ``tables.REQUESTS``; one object where they are the same."""
        response, service = (cls.written(table, clock) for clock in Clock)
        same = service.lengths == 0
        return response, response if same.all() else service.where(same, response)

    @classmethod
    def written(cls, table: pa.Table, clock: Clock) -> Self:
        """As they were written: a row whose service times are its response times has no service times."""
        buckets, counts = (in_one_piece(table[f"{clock.value}_{part}"]) for part in ("bucket", "count"))
        lengths = array_of(buckets.value_lengths())
        offsets = np.concatenate(([0], np.cumsum(lengths, dtype=np.int64)))
        return cls(offsets, array_of(buckets.flatten()), array_of(counts.flatten()))

    def arranged(self, owner: Rows, owners: int) -> Self:
        """The histograms of owners, numbered from 0, one after the other; ``owner`` is that of each row.

        Of an owner with several rows, a bucket may occur more than once.
        """
        offsets = np.zeros(owners + 1, dtype=np.int64)
        np.add.at(offsets, owner + 1, self.lengths)
        narrow = self.counts.astype(np.min_scalar_type(int(self.counts.max(initial=0))))
        bounds = list(pairwise(self.offsets.tolist()))
        spans = [slice(*bounds[row]) for row in np.argsort(owner, kind="stable").tolist()]
        buckets, counts = (
            np.concatenate([column[:0], *(column[span] for span in spans)])
            for column in (self.buckets, narrow)
        )
        return type(self)(np.cumsum(offsets), buckets, counts)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """How many pairs each row has."""
        return np.diff(self.offsets)

    def where(self, from_other: NDArray[np.bool_], other: Self) -> Self:
        """The rows of ``other`` where ``from_other`` says so, else these."""
        lengths = np.where(from_other, other.lengths, self.lengths)
        offsets = np.concatenate(([0], np.cumsum(lengths)))
        takes = np.repeat(from_other, lengths)
        buckets, counts = (
            np.empty(offsets[-1], np.result_type(*columns))
            for columns in ((self.buckets, other.buckets), (self.counts, other.counts))
        )
        for pairs, here, rows in ((self, ~takes, ~from_other), (other, takes, from_other)):
            chosen = np.repeat(rows, pairs.lengths)
            buckets[here], counts[here] = pairs.buckets[chosen], pairs.counts[chosen]
        return type(self)(offsets, buckets, counts)

    def summed(self, owner: Rows, owners: int) -> Self:
        """The histograms of owners, numbered from 0; ``owner`` is that of each row.

        Counts are as wide as the largest needs.
        """
        lowest = int(self.buckets.min(initial=BUCKETS - 1))
        width = max(1, int(self.buckets.max(initial=0)) - lowest + 1)
        cell = np.repeat(owner * np.int64(width) - lowest, self.lengths)
        cell += self.buckets
        # Numbers of one kind are added up three times as fast as by ``bincount``, which makes floats of them.
        enough = np.min_scalar_type(int(self.counts.sum(dtype=np.int64)))
        counts = np.zeros(owners * width, dtype=enough)
        np.add.at(counts, cell, self.counts.astype(enough, copy=False))
        used = np.flatnonzero(counts)
        return type(self)(
            np.searchsorted(used, width * np.arange(owners + 1)),
            (used % width + lowest).astype(np.uint16),
            counts[used].astype(np.min_scalar_type(int(counts.max(initial=0)))),
        )

    def below(self, bucket: int) -> NDArray[np.int64]:
        """How many values of each row lie in buckets below ``bucket``."""
        counted = np.zeros(len(self.offsets) - 1, dtype=np.int64)
        filled = np.flatnonzero(self.lengths)
        if len(filled):
            values = self.counts * (self.buckets < bucket)
            counted[filled] = np.add.reduceat(values, self.offsets[filled], dtype=np.int64)
        return counted

    def only(self, rows: Rows) -> Self:
        """Of some rows."""
        if len(rows) == len(self.offsets) - 1:
            return self
        place, buckets, counts = self.of_rows(rows)
        ends = np.cumsum(np.bincount(place, minlength=len(rows)))
        return type(self)(np.concatenate(([0], ends)), buckets, counts)

    def of_rows(self, rows: Rows) -> tuple[Rows, NDArray[np.integer], NDArray[np.integer]]:
        """The pairs of some rows, one after the other: whose each is (a place in ``rows``), bucket, count."""
        if len(rows) == len(self.offsets) - 1:  # in ascending order, that is all of them
            return np.repeat(np.arange(len(rows)), np.diff(self.offsets)), self.buckets, self.counts
        lengths = self.offsets[rows + 1] - self.offsets[rows]
        place = np.repeat(np.arange(len(rows)), lengths)
        first = np.cumsum(lengths) - lengths
        pair = np.repeat(self.offsets[rows] - first, lengths) + np.arange(len(place))
        return place, self.buckets[pair], self.counts[pair]


@dataclass(frozen=True, slots=True)
class GrowingPairs:
    """Histograms to which more are appended."""

    lengths: Growing[np.int64] = field(default_factory=lambda: Growing(np.int64))
    buckets: Growing[np.uint16] = field(default_factory=lambda: Growing(np.uint16))
    counts: Growing[np.uint32] = field(default_factory=lambda: Growing(np.uint32))

    def append(self, pairs: Pairs) -> None:
        self.lengths.append(pairs.lengths)
        self.buckets.append(pairs.buckets)
        self.counts.append(pairs.counts)

    def taken(self) -> Pairs:
        """All of them; nothing is appended any more."""
        offsets = np.concatenate(([0], np.cumsum(self.lengths.taken())))
        return Pairs(offsets, self.buckets.taken(), self.counts.taken())


def numbered(keys: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The different keys, ascending, and the place of each key among them.

    As ``unique`` tells them, which sorts; keys that lie close together need not be.
    """
    lowest, highest = (int(keys.min()), int(keys.max())) if len(keys) else (0, 0)
    if highest - lowest > _CLOSE * len(keys):
        return np.unique(keys, return_inverse=True)
    occurs = np.bincount(keys - lowest) > 0
    return np.flatnonzero(occurs) + lowest, (np.cumsum(occurs) - 1)[keys - lowest]


@dataclass(frozen=True, slots=True)
class Blocks:
    """``count`` stretches of time of one length; ``of_row`` is that of every row of the run, -1 outside."""

    start_s: int
    length_s: int
    count: int
    of_row: NDArray[np.int32]

    @classmethod
    def between(cls, start_s: int, end_s: int, length_s: int, second: NDArray[np.int64]) -> Self:
        """The whole blocks of ``[start_s, end_s)``."""
        count = (end_s - start_s) // length_s
        block = second - start_s
        block //= length_s
        block[(block < 0) | (block >= count)] = -1
        return cls(start_s, length_s, count, block.astype(np.int32))


class Store(Protocol):
    """The histograms of all rows of a run; rows are asked for in ascending order."""

    def parts(self, rows: Rows, clock: Clock) -> Iterator[tuple[slice, Pairs, Rows]]:
        """Piece by piece: which of ``rows``, the histograms they are in, and their numbers there."""
        ...

    def histogram(self, rows: Rows, clock: Clock) -> Histogram:
        """All counts of ``rows`` in one."""
        ...

    def below(self, rows: Rows, bucket: int) -> NDArray[np.int32]:
        """How many response times of each of ``rows`` lie in buckets below ``bucket``."""
        ...

    def by_block(self, rows: Rows, blocks: Blocks) -> NDArray[np.int32]:
        """Response times of ``rows`` in each block: shape (blocks, BUCKETS)."""
        ...


@dataclass(frozen=True)
class InMemory:
    """A store of one piece."""

    response: Pairs
    service: Pairs

    @classmethod
    def of(cls, table: pa.Table) -> Self:
        return cls(*Pairs.both(table))

    def parts(self, rows: Rows, clock: Clock) -> Iterator[tuple[slice, Pairs, Rows]]:
        if len(rows):
            yield slice(0, len(rows)), self.response if clock is Clock.RESPONSE else self.service, rows

    def histogram(self, rows: Rows, clock: Clock) -> Histogram:
        return merged(self, rows, clock)

    def below(self, rows: Rows, bucket: int) -> NDArray[np.int32]:
        return count_below(self, rows, bucket)

    def by_block(self, rows: Rows, blocks: Blocks) -> NDArray[np.int32]:
        block = blocks.of_row[rows]
        inside = block >= 0
        return count_by_block(self, rows[inside], block[inside], blocks.count)


def merged(store: Store, rows: Rows, clock: Clock) -> Histogram:
    """All counts of ``rows`` in one histogram."""
    summed = np.zeros(BUCKETS)
    for _, pairs, here in store.parts(rows, clock):
        _, buckets, counts = pairs.of_rows(here)
        summed += np.bincount(buckets, weights=counts, minlength=BUCKETS)
    return Histogram(summed.astype(np.int64))


def count_below(store: Store, rows: Rows, bucket: int) -> NDArray[np.int32]:
    """How many response times of each of ``rows`` lie in buckets below ``bucket``."""
    found = np.zeros(len(rows), dtype=np.int32)
    for which, pairs, here in store.parts(rows, Clock.RESPONSE):
        found[which] = pairs.below(bucket)[here]
    return found


def count_by_block(store: Store, rows: Rows, block: NDArray[np.int32], blocks: int) -> NDArray[np.int32]:
    """Response times of ``rows`` by the block each belongs to: shape (blocks, BUCKETS)."""
    summed = np.zeros((blocks, BUCKETS), dtype=np.int32)
    for which, pairs, here in store.parts(rows, Clock.RESPONSE):
        place, buckets, counts = pairs.of_rows(here)
        if not len(buckets):
            continue
        first, last = int(block[which].min()), int(block[which].max()) + 1
        lowest, end = int(buckets.min()), int(buckets.max()) + 1  # of thousands, a run fills a few dozen
        cell = (block[which][place] - np.int64(first)) * (end - lowest) + (buckets - np.int64(lowest))
        counted = np.bincount(cell, weights=counts, minlength=(last - first) * (end - lowest))
        summed[first:last, lowest:end] += counted.reshape(last - first, -1).astype(np.int32)
    return summed
