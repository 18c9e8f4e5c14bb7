"""The time axis that all charts of a run share, and the grid of whole seconds that fills it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from preseason.run.stored import whole_minutes

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: More points than this on one line are more than a page has pixels for.
MAX_POINTS = 600


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """The load, in UTC epoch seconds. Positions on it are seconds since its start."""

    start_s: float
    end_s: float

    @property
    def length_s(self) -> float:
        return self.end_s - self.start_s

    def since(self, epoch_s: float) -> float:
        """Seconds since the start, kept on the axis."""
        return min(max(epoch_s - self.start_s, 0.0), self.length_s)

    def grid(self, width_s: int = 1) -> Grid:
        """The whole seconds of the axis, ``width_s`` together; what is left over at the end is left out."""
        first = math.ceil(self.start_s)
        bins = max(0, math.floor(self.end_s) - first) // width_s
        return Grid(first, width_s, bins, self.start_s)


@dataclass(frozen=True, slots=True)
class Grid:
    """``bins`` stretches of ``width_s`` whole seconds from ``first_s`` (UTC epoch); ``origin_s`` is x = 0."""

    first_s: int
    width_s: int
    bins: int
    origin_s: float

    @property
    def end_s(self) -> int:
        return self.first_s + self.bins * self.width_s

    @property
    def centres(self) -> NDArray[np.float64]:
        """The middle of each bin, in seconds since the axis' start."""
        middles = (np.arange(self.bins, dtype=np.float64) + 0.5) * self.width_s
        return np.asarray(self.first_s - self.origin_s + middles, dtype=np.float64)

    def sums(self, second: NDArray[np.integer], values: NDArray[np.number]) -> NDArray[np.float64]:
        """The sum of the values whose second lies in each bin."""
        inside = (second >= self.first_s) & (second < self.end_s)
        index = (second[inside] - self.first_s) // self.width_s
        weights = values[inside].astype(np.float64)
        return np.bincount(index, weights, self.bins).astype(np.float64)

    def wide_enough(self, requests: int, wanted: int) -> Self:
        """The grid whose bins hold ``wanted`` of ``requests`` each, between 20 and 300 bins where it can."""
        seconds = self.bins * self.width_s
        bins = min(max(requests // max(wanted, 1), 20), 300, max(seconds, 1))
        width = whole_minutes(max(1, math.ceil(seconds / bins)))
        return type(self)(self.first_s, width, seconds // width, self.origin_s)


def thinned(
    x: NDArray[np.float64], y: NDArray[np.float64], points: int = MAX_POINTS
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """At most ``points`` of a line, in order: the lowest and the highest of each stretch, and its holes."""
    if len(x) <= points:
        return x, y
    parts = np.array_split(np.arange(len(x)), points // 2)
    kept = np.unique([index for part in parts for index in _extremes(part, y)])
    return x[kept], y[kept]


def _extremes(part: NDArray[np.int64], y: NDArray[np.float64]) -> tuple[np.int64, np.int64]:
    values = y[part]
    missing = np.isnan(values)
    if missing.all():
        return part[0], part[-1]
    highest = part[np.nanargmax(values)]
    return (part[np.argmax(missing)] if missing.any() else part[np.nanargmin(values)]), highest
