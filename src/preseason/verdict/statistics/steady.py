"""When a run has settled: how much of its beginning is warm-up, and whether what remains stands still.

Warm-up is cut by MSER-5 (White 1997, Spratt 1998): of all cuts, the one after which the mean is known best.
It is looked for in the response time's mean and p95 and in the throughput of the first ``hold`` stage; the
latest of the three counts. Stages that change the load on purpose are never asked to be steady.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from preseason.run.histogram import lower_edge_ms
from preseason.run.stored import whole_minutes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from preseason.run.requests import Requests

    Series = NDArray[np.float64]

_GROUP = 5
#: A cut that takes more than this share of the stage is no warm-up: the stage never settled.
_LONGEST_CUT = 1 / 3
_FEWEST_GROUPS = 4
_BLOCKS = 20
_FEWEST_BLOCKS = 8
#: A trend counts when chance would show it in fewer than one of a hundred stages …
_TREND_P = 0.01
#: … and when the second half differs from the first by a fifth: less is no reason to doubt a verdict.
_TREND_SIZE = 0.2
_REQUESTS_A_POINT = 20
_MOST_POINTS = 600


@dataclass(frozen=True, slots=True)
class Span:
    """Whole seconds ``[start_s, end_s)``, UTC."""

    start_s: int
    end_s: int

    @property
    def length_s(self) -> int:
        return max(0, self.end_s - self.start_s)

    def halves(self) -> tuple[Span, Span]:
        middle = (self.start_s + self.end_s) // 2
        return Span(self.start_s, middle), Span(middle, self.end_s)


@dataclass(frozen=True, slots=True)
class Drift:
    """A series that does not stand still: what it is, and its mean in the first and the second half."""

    series: Literal["mean response time", "p95 response time", "throughput"]
    first: float
    second: float

    @property
    def change(self) -> float:
        """Relative to the first half."""
        return (self.second - self.first) / self.first


def warmup_length_s(requests: Requests, hold: Span) -> int:
    """How many seconds of a constant stage are warm-up; 0 where no cut within a third of it helps."""
    cuts = [mser5(points) * step_s for points, step_s in _series(requests, hold).values()]
    return max((cut for cut in cuts if cut <= hold.length_s * _LONGEST_CUT), default=0)


def drifts(requests: Requests, holds: Iterable[Span]) -> tuple[Drift, ...]:
    """The series that move within a constant stage, more than chance and by enough to matter."""
    found = []
    for hold in holds:
        for name, (points, _) in _series(requests, hold).items():
            blocks = _block_means(points)
            if len(blocks) >= _FEWEST_BLOCKS and trend_p(blocks) < _TREND_P:
                middle = len(points) // 2
                found.append(Drift(name, float(points[:middle].mean()), float(points[middle:].mean())))
    return tuple(drift for drift in found if drift.first > 0 and abs(drift.change) > _TREND_SIZE)


def mser5(values: Series) -> int:
    """How many values to cut from the front (MSER-5): the minimum of the squared standard error of the mean.

    Values are grouped by five; at most half of them is cut, and a cut near that half says that the series
    never settles. 0 for a series too short to tell.
    """
    groups = len(values) // _GROUP
    if groups < _FEWEST_GROUPS:
        return 0
    means = values[: groups * _GROUP].reshape(groups, _GROUP).mean(axis=1)
    left = np.arange(groups, 0, -1)
    sums, squares = (np.cumsum(x[::-1])[::-1] for x in (means, means**2))
    errors = (squares - sums**2 / left) / left.astype(np.float64) ** 2
    return int(np.argmin(errors[: groups // 2 + 1])) * _GROUP


def trend_p(values: Series) -> float:
    """The two-sided p-value of a monotonic trend (Mann-Kendall, normal approximation, no ties expected).

    Give it means of blocks longer than the autocorrelation: raw samples raise false alarms.
    """
    count = len(values)
    score = float(np.sign(values[None, :] - values[:, None])[np.triu_indices(count, 1)].sum())
    variance = count * (count - 1) * (2 * count + 5) / 18
    z = (abs(score) - 1) / math.sqrt(variance) if score else 0.0
    return math.erfc(z / math.sqrt(2))


def _block_means(points: Series) -> Series:
    count = min(_BLOCKS, len(points))
    return np.array([part.mean() for part in np.array_split(points, count)]) if count else points


_Name = Literal["mean response time", "p95 response time", "throughput"]


def _series(requests: Requests, hold: Span) -> dict[_Name, tuple[Series, int]]:
    """Mean, p95 and throughput of a stage as points, and how many seconds a point stands for.

    A point holds enough requests for its p95 to mean something; stretches without any are left out.
    """
    per_second = requests.per_second(hold.start_s, hold.end_s)
    rate = per_second.mean() if hold.length_s else 0.0
    if rate == 0:
        return {}
    step_s = whole_minutes(max(1, int(np.ceil(_REQUESTS_A_POINT / rate)), hold.length_s // _MOST_POINTS))
    lowest, counts = _occupied(requests.histograms_by_block(hold.start_s, hold.end_s, step_s))
    totals = counts.sum(axis=1)
    sums = requests.sums_per_second(hold.start_s, hold.end_s)[: len(totals) * step_s]
    busy = totals > 0
    means = sums.reshape(-1, step_s).sum(axis=1)[busy] / totals[busy]
    return {
        "mean response time": (means, step_s),
        "p95 response time": (quantiles_ms(counts[busy], 0.95, lowest), step_s),
        "throughput": (totals / step_s, step_s),
    }


def quantiles_ms(counts: NDArray[np.int32], quantile: float, lowest: int = 0) -> Series:
    """The quantile of each row of bucket counts, of which the first column is bucket ``lowest``.

    Every row counts something.
    """
    first, counts = _occupied(counts)
    below = np.cumsum(counts, axis=1)
    ranks = np.ceil(quantile * below[:, -1])
    return lower_edge_ms(lowest + first + (below < ranks[:, None]).sum(axis=1))


def _occupied(counts: NDArray[np.int32]) -> tuple[int, NDArray[np.int32]]:
    """The columns from the first to the last that count anything, and the number of the first."""
    used = np.flatnonzero(counts.any(axis=0))
    first, end = (int(used[0]), int(used[-1]) + 1) if len(used) else (0, 1)
    return first, counts[:, first:end]
