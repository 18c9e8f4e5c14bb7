"""How much a figure of a run could have been another one: the block bootstrap.

Blocks of time are drawn with replacement, long enough that what neighbouring requests share stays together
(Künsch, Annals of Statistics 17, 1989). From five runs of a side on, runs are drawn first and blocks within
them, so that what differs from run to run is seen as well.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtrit

from preseason.run.histogram import BUCKETS, lower_edge_ms
from preseason.verdict.statistics.intervals import autocorrelation_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from preseason.run.requests import Requests
    from preseason.verdict.statistics.steady import Span

    Values = NDArray[np.float64]

RESAMPLES = 2000
#: With fewer blocks of a run, its scatter is not known.
FEWEST_BLOCKS = 6
#: More blocks tell no more, but take memory.
_MOST_BLOCKS = 120
_LEAST_S, _AUTOCORRELATION_TIMES = 10, 4
_RUNS_FIRST = 5


@dataclass(frozen=True, slots=True)
class Blocks:
    """Requests by block of time: how many, how many succeeded, how long these took.

    ``times`` has shape (blocks, buckets), from bucket ``lowest`` on; ``run`` numbers the run of each block.
    """

    seconds: Values
    total: Values
    good: Values
    sums_ms: Values
    times: Values
    lowest: int
    run: NDArray[np.int64]

    @property
    def runs(self) -> int:
        return int(self.run[-1]) + 1

    @property
    def fewest(self) -> int:
        """The number of blocks of the run with the fewest."""
        return int(np.bincount(self.run).min())

    def weights(self, generator: np.random.Generator) -> Values:
        """How often each block is drawn, for every resample: shape (RESAMPLES, blocks)."""
        drawn = np.zeros((RESAMPLES, len(self.total)))
        counts = np.bincount(self.run)
        each = np.ones((RESAMPLES, self.runs), dtype=np.int64)
        if self.runs >= _RUNS_FIRST:
            each = generator.multinomial(self.runs, np.full(self.runs, 1 / self.runs), RESAMPLES)
        for run, blocks in enumerate(counts.tolist()):
            drawn[:, self.run == run] = generator.multinomial(
                each[:, run] * blocks, np.full(blocks, 1 / blocks)
            )
        return drawn


def blocks_of(parts: Sequence[tuple[Requests, Span]]) -> Blocks | None:
    """The blocks of one side: the judged requests of each of its runs, and the seconds they are from.

    Blocks are as long as the runs that need the longest want them; a run shorter than that has none. None
    where no block has a request: all were answered after the load, or in what the blocks leave over.
    """
    asked = [part for part in parts if part[0].total and part[1].length_s]
    if not asked:
        return None
    length_s = max(_length_s(requests, span) for requests, span in asked)
    long_enough = [part for part in asked if part[1].length_s >= length_s]
    cut = [_cut(requests, span, length_s, run) for run, (requests, span) in enumerate(long_enough)]
    times = np.concatenate([one.times for one in cut])
    used = np.flatnonzero(times.any(axis=0))
    first, end = (int(used[0]), int(used[-1]) + 1) if len(used) else (0, 1)
    blocks = Blocks(
        seconds=np.concatenate([one.seconds for one in cut]),
        total=np.concatenate([one.total for one in cut]),
        good=np.concatenate([one.good for one in cut]),
        sums_ms=np.concatenate([one.sums_ms for one in cut]),
        times=times[:, first:end],
        lowest=first,
        run=np.concatenate([one.run for one in cut]),
    )
    return blocks if blocks.total.any() else None


def _length_s(requests: Requests, span: Span) -> int:
    """Long enough for what requests share, and few enough to be handled."""
    slow = requests.successes().sums_per_second(span.start_s, span.end_s)
    counts = requests.per_second(span.start_s, span.end_s)
    shared_s = autocorrelation_time(slow - slow.sum() / max(counts.sum(), 1) * counts) if len(slow) else 1.0
    wanted = max(_LEAST_S, math.ceil(_AUTOCORRELATION_TIMES * shared_s), span.length_s // _MOST_BLOCKS)
    return min(wanted, max(1, span.length_s // FEWEST_BLOCKS))


def _cut(requests: Requests, span: Span, length_s: int, run: int) -> Blocks:
    """Equal blocks; what is left over at the beginning, nearest to the warm-up, is left out."""
    count = span.length_s // length_s
    start_s = span.end_s - count * length_s

    def summed(values: NDArray[np.integer] | Values) -> Values:
        return np.asarray(values.reshape(count, length_s).sum(axis=1), dtype=np.float64)

    answered = requests.successes()
    return Blocks(
        seconds=np.full(count, float(length_s)),
        total=summed(requests.per_second(start_s, span.end_s)),
        good=summed(answered.per_second(start_s, span.end_s)),
        sums_ms=summed(answered.sums_per_second(start_s, span.end_s)),
        times=answered.histograms_by_block(start_s, span.end_s, length_s).astype(np.float64),
        lowest=0,
        run=np.full(count, run),
    )


def quantiles_ms(blocks: Blocks, weights: Values, quantile: float) -> Values:
    """The quantile of every resample: infinite where it falls among failures, which are slower than all."""
    counts = weights @ blocks.times
    cumulative = np.cumsum(counts, axis=1)
    rank = np.maximum(1.0, quantile * (weights @ blocks.total))
    place = (cumulative < rank[:, None]).sum(axis=1)
    inside = np.minimum(place, counts.shape[1] - 1)
    row = np.arange(len(rank))
    before = cumulative[row, inside] - counts[row, inside]
    share = (rank - before) / np.maximum(counts[row, inside], 1)
    edges = lower_edge_ms(np.arange(blocks.lowest, min(blocks.lowest + counts.shape[1], BUCKETS) + 1))
    values = edges[inside] + share * (edges[inside + 1] - edges[inside])
    return np.where(place < counts.shape[1], values, np.inf)


def widened(resampled: Values, point: float, confidence: float, fewest: int) -> tuple[float, float]:
    """One-sided bounds from resamples, as much wider as the few blocks ask for.

    Drawing from ``n`` blocks understates the variance by (n - 1) / n, and its normal quantiles stand where
    those of Student belong (Efron and Tibshirani 1993, 12.5).
    """
    low, high = np.quantile(resampled, [1 - confidence, confidence], method="inverted_cdf")
    wide = math.sqrt(fewest / (fewest - 1)) * float(
        stdtrit(fewest - 1, confidence) / stdtrit(1e9, confidence)
    )
    return point + wide * (float(low) - point), point + wide * (float(high) - point)
