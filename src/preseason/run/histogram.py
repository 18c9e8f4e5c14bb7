"""Latency histograms: exact to merge, and at most 1/128 of the value wide a bucket.

A bucket is a power of two cut into 128 equal parts (as in HdrHistogram). The index comes from the binary
representation of the number alone, so that it is the same on every machine and in every process::

    value_us = m * 2**e, 0.5 <= m < 1      index = 128 * e + floor((2 m - 1) * 128)

Values below one microsecond share bucket 0; everything above 2**40 us (12 days) the last one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

PARTS = 128
_MAX_EXPONENT = 40
BUCKETS = PARTS * (_MAX_EXPONENT + 1)
#: The widest a bucket gets, relative to its lower edge.
RELATIVE_WIDTH = 1 / PARTS

_US_PER_MS = 1000.0


def bucket_of(latency_ms: NDArray[np.float64]) -> NDArray[np.int64]:
    """The bucket of each latency; negative ones (a clock that went back) count as zero."""
    mantissa, exponent = np.frexp(np.maximum(latency_ms, 0.0) * _US_PER_MS)
    index = PARTS * exponent.astype(np.int64) + ((2 * mantissa - 1) * PARTS).astype(np.int64)
    return np.clip(np.where(exponent < 1, 0, index), 0, BUCKETS - 1)


def lower_edge_ms(index: NDArray[np.int64]) -> NDArray[np.float64]:
    """The smallest latency that falls into each bucket."""
    exponent, part = np.divmod(index, PARTS)
    edge_us = np.ldexp(0.5 + part / (2 * PARTS), exponent)
    return np.where(index < PARTS, 0.0, edge_us / _US_PER_MS)


@dataclass(frozen=True, slots=True)
class Within:
    """How many values are at or below a limit, when the limit may cut a bucket in two.

    ``at_least`` leaves the straddled bucket out (what a PASS may rest on), ``at_most`` counts it in.
    """

    at_least: int
    at_most: int


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts by bucket, shape ``(BUCKETS,)``; adding two loses nothing."""

    counts: NDArray[np.int64]

    @classmethod
    def empty(cls) -> Histogram:
        return cls(np.zeros(BUCKETS, dtype=np.int64))

    @classmethod
    def of(cls, latencies_ms: NDArray[np.float64]) -> Histogram:
        return cls(np.bincount(bucket_of(latencies_ms), minlength=BUCKETS))

    @classmethod
    def from_pairs(cls, buckets: NDArray[np.integer], counts: NDArray[np.integer]) -> Histogram:
        """From sparse pairs; a bucket may occur more than once."""
        summed = np.bincount(buckets, weights=counts, minlength=BUCKETS)
        return cls(summed.astype(np.int64))

    def __add__(self, other: Histogram) -> Histogram:
        return Histogram(self.counts + other.counts)

    @property
    def total(self) -> int:
        return int(self.counts.sum())

    def quantile_ms(self, q: float) -> float | None:
        """The ``q`` quantile (nearest rank, middle of its bucket) in milliseconds; None without values.

        The error is at most half a bucket, 0.4 % of the value.
        """
        total = self.total
        if total == 0:
            return None
        lower_ms, upper_ms = self.around_rank_ms(max(1, int(np.ceil(q * total))))
        return (lower_ms + upper_ms) / 2

    def around_rank_ms(self, rank: int) -> tuple[float, float]:
        """The edges between which the ``rank``-th smallest value lies, ``1 <= rank <= total``."""
        index = np.searchsorted(np.cumsum(self.counts), rank)
        lower_ms, upper_ms = lower_edge_ms(np.array([index, index + 1]))
        return float(lower_ms), float(upper_ms)

    def within(self, limit_ms: float) -> Within:
        """How many values are at or below ``limit_ms``, as bounds: exact unless the limit cuts a bucket."""
        index = int(bucket_of(np.array([limit_ms]))[0])
        below = int(self.counts[:index].sum())
        return Within(at_least=below, at_most=below + int(self.counts[index]))
