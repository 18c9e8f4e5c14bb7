"""Where the level of a series changes: E-divisive means with Student's t-test, as in Hunter and Otava.

Windows of the series are split again and again where the energy distance of the two sides is largest
(Matteson & James, arXiv 1306.4933) for as long as a t-test finds the sides different at a relaxed p. What
is found in all windows is then merged: the weakest point goes, what follows it is tested anew over its
longer side, until every point left is significant and large enough (Fleming et al., arXiv 2301.03034).
Nothing is drawn at random: the same series has the same change points.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Series = NDArray[np.float64]

#: The p at which a window is split is laxer than the one that a point must keep after the merging.
_LAXER = ((0.05, 10.0), (0.5, 2.0))
#: Distances closer than this, relative to the largest, are one: the earliest point is taken.
_TIE = 1e-12


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """How change points are looked for.

    ``window`` is in values, ``p`` the largest chance of a point by luck, ``min_magnitude`` the smallest
    relative change of the mean (0.2 is 20 %, to the smaller of the two sides), ``min_level`` the fewest
    values of a level: with more than one, an outlier is none.
    """

    window: int = 50
    p: float = 0.001
    min_magnitude: float = 0.0
    min_level: int = 1


@dataclass(frozen=True, slots=True)
class ChangePoint:
    """The first value of a new level, the means of the levels before and after it, and p.

    ``p`` is that of the test that kept the point, made before the last of its neighbours may have gone.
    """

    index: int
    before: float
    after: float
    p: float

    @property
    def magnitude(self) -> float:
        """The change of the mean relative to the smaller side; to or from zero it is 1."""
        low, high = sorted((abs(self.before), abs(self.after)))
        if low == 0:
            return 1.0 if high > 0 else 0.0
        return max(abs(self.after / self.before - 1), abs(self.before / self.after - 1))


def change_points(values: Sequence[float] | Series, how: Sensitivity | None = None) -> list[ChangePoint]:
    """The change points of a finite series, in its order; none for fewer than three values."""
    how = how or Sensitivity()
    series = np.asarray(values, dtype=np.float64)
    largest = np.abs(series).max(initial=0.0)
    if largest == 0:
        return []
    # By a power of two, so that no digit changes: squares of very large and small values stay finite.
    _, exponent = np.frexp(largest)
    scaled = np.ldexp(series, -int(exponent))
    found = _merged(scaled, _weak_points(scaled, how.window, _laxer(how.p)), how)
    return [
        replace(one, before=float(np.ldexp(one.before, exponent)), after=float(np.ldexp(one.after, exponent)))
        for one in found
    ]


def _laxer(p: float) -> float:
    return next((p * factor for bound, factor in _LAXER if p < bound), p)


def _weak_points(series: Series, window: int, p: float) -> list[int]:
    """Where any window splits; windows overlap by half, and begin no earlier than the last point found."""
    found: set[int] = set()
    start = 0
    while start < len(series):
        points = [start + point for point in _divided(series[start : start + window], p)]
        found.update(points)
        start = max(points[-1] if points else 0, start + window // 2)
    return sorted(found)


def _divided(series: Series, p: float) -> list[int]:
    """E-divisive within a window: the best split of all parts, until the best is not significant."""
    splits: list[int] = []
    best: dict[tuple[int, int], tuple[float, int]] = {}
    while True:
        parts = [part for part in pairwise([0, *splits, len(series)]) if part[1] - part[0] > 1]
        for start, end in parts:
            if (start, end) not in best:
                distance, split = _best_split(series[start:end])
                best[start, end] = (distance, start + split)
        if not parts:
            return splits
        start, end = max(parts, key=lambda part: best[part][0])
        split = best[start, end][1]
        if _compared(series, start, split, end).p > p:
            return splits
        splits = sorted([*splits, split])


def _best_split(series: Series) -> tuple[float, int]:
    """The largest weighted energy distance Q(τ, κ) of ``[:τ]`` and ``[τ:κ]``, and its earliest τ."""
    count = len(series)
    sums = np.zeros((count + 1, count + 1))
    sums[1:, 1:] = np.abs(series[:, None] - series[None, :]).cumsum(axis=0).cumsum(axis=1)
    left, total = np.arange(1, count)[:, None], np.arange(2, count + 1)[None, :]
    right = np.maximum(total - left, 1)
    inside = np.diag(sums) / 2
    within_left = inside[1:count, None]
    between = sums[1:count, 2:] - 2 * within_left
    within_right = inside[None, 2:] - within_left - between
    distances = (
        2
        / total
        * (
            between
            - right * within_left / np.maximum(left - 1, 1)
            - left * within_right / np.maximum(right - 1, 1)
        )
    )
    best = np.where(total > left, distances, -np.inf).max(axis=1)
    largest = best.max()
    return float(largest), int(np.argmax(best >= largest - _TIE * abs(largest))) + 1


def _compared(series: Series, start: int, split: int, end: int) -> ChangePoint:
    """The two sides of a split by Student's t-test with one variance.

    As Hunter and Otava do, deviations are those of the values at hand (divided by n, not n - 1).
    """
    left, right = series[start:split], series[split:end]
    before, after = float(left.mean()), float(right.mean())
    return ChangePoint(split, before, after, _t_test(left, right))


def _t_test(left: Series, right: Series) -> float:
    freedom = len(left) + len(right) - 2
    difference = abs(float(left.mean() - right.mean()))
    if freedom <= 0 or difference == 0:
        return 1.0
    squares = (len(left) - 1) * left.var() + (len(right) - 1) * right.var()
    error = float(np.sqrt(squares / freedom * (1 / len(left) + 1 / len(right))))
    # Sides that differ by the rounding of their means alone do not differ.
    if difference <= np.finfo(np.float64).eps * 8 * max(np.abs(left).max(), np.abs(right).max()):
        return 1.0
    return float(2 * stdtr(freedom, -difference / error)) if error > 0 else 0.0


def _merged(series: Series, splits: list[int], how: Sensitivity) -> list[ChangePoint]:
    """What is left when the weakest point has gone as often as one was too weak or too small."""
    ends = [0, *splits, len(series)]
    points = [_compared(series, *ends[at : at + 3]) for at in range(len(splits))]
    while points:
        weakest = _to_go(points, len(series), how)
        if weakest is None:
            break
        gone = points.index(weakest)
        del points[gone]
        ends = [0, *(point.index for point in points), len(series)]
        # The two points after it, not the one before it: as Hunter and Otava do, so that points are the same.
        for at in range(gone, min(gone + 2, len(points))):
            points[at] = _compared(series, *ends[at : at + 3])
    ends = [0, *(point.index for point in points), len(series)]
    return [replace(_compared(series, *ends[at : at + 3]), p=point.p) for at, point in enumerate(points)]


def _to_go(points: list[ChangePoint], length: int, how: Sensitivity) -> ChangePoint | None:
    """The point that is too weak, too small or beside too short a level; None where all may stay."""
    weakest = max(points, key=lambda point: point.p)
    if weakest.p >= how.p:
        return weakest
    smallest = min(points, key=lambda point: point.magnitude)
    if smallest.magnitude <= how.min_magnitude:
        return smallest
    ends = [0, *(point.index for point in points), length]
    level = min(range(len(points) + 1), key=lambda at: ends[at + 1] - ends[at])
    if ends[level + 1] - ends[level] >= how.min_level:
        return None
    return max(points[max(level - 1, 0) : level + 1], key=lambda point: point.p)
