"""When growth meets capacity: a log-linear fit of weekly peaks, with the interval of a prediction.

The interval is that of a single future week, not of the trend's mean. Planned peaks (a draft week, a
kickoff) are not in the trend; they multiply it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtrit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FEWEST_WEEKS = 8
#: Further ahead than this, no trend of weeks says anything.
MOST_WEEKS = 520


@dataclass(frozen=True, slots=True)
class Prediction:
    """A week's peak: its median, and the ends of the prediction interval."""

    median: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Trend:
    """ln(peak) = ``level`` + ``slope`` x week, week 0 being the first; the rest is for intervals."""

    level: float
    slope: float
    slope_low: float
    slope_high: float
    weeks: int
    scatter: float
    middle: float
    spread: float

    @property
    def shown(self) -> bool:
        """Whether the interval of the slope excludes 0: otherwise, no trend was shown."""
        return not self.slope_low <= 0 <= self.slope_high

    def at(self, week: float, confidence: float = 0.8) -> Prediction:
        """The peak of ``week``, counted from the first week of the data."""
        middle = self.level + self.slope * week
        share = 1 + 1 / self.weeks + (week - self.middle) ** 2 / self.spread
        margin = float(stdtrit(self.weeks - 2, (1 + confidence) / 2)) * self.scatter * math.sqrt(share)
        return Prediction(*(math.exp(middle + side * margin) for side in (0, -1, 1)))


def trend(peaks: Sequence[float], confidence: float = 0.95, weeks: Sequence[int] = ()) -> Trend | None:
    """The trend of weekly peaks, all above 0; None with fewer than eight weeks.

    ``weeks`` says which week each is of, where some are missing; without it, they follow one another.
    """
    count = len(peaks)
    if count < FEWEST_WEEKS:
        return None
    week = np.array(weeks if len(weeks) else range(count), dtype=np.float64)
    log = np.log(np.asarray(peaks, dtype=np.float64))
    spread = float(((week - week.mean()) ** 2).sum())
    slope = float((week - week.mean()) @ log / spread)
    level = float(log.mean() - slope * week.mean())
    residuals = log - level - slope * week
    scatter = math.sqrt(float(residuals @ residuals) / (count - 2))
    margin = float(stdtrit(count - 2, (1 + confidence) / 2)) * scatter / math.sqrt(spread)
    return Trend(level, slope, slope - margin, slope + margin, count, scatter, float(week.mean()), spread)


@dataclass(frozen=True, slots=True)
class Growth:
    """Demand that is assumed to grow by a share a week: so much, or at most ``high`` as much."""

    now: float
    share: float
    high: float

    @property
    def shown(self) -> bool:
        """What somebody assumes needs no showing."""
        return True

    def at(self, week: float, confidence: float = 0.8) -> Prediction:  # noqa: ARG002 - as a trend's
        """The peak ``week`` weeks on; an assumption has no probability."""
        median = self.now * (1 + self.share) ** week
        return Prediction(median, median, self.now * (1 + self.high) ** week)


@dataclass(frozen=True, slots=True)
class Exhaustion:
    """The weeks, counted as the peaks are, in which demand passes capacity; None: not in sight."""

    median: int | None
    earliest: int | None


def exhaustion(peaks: Iterable[Prediction], capacity: float, *, shown: bool = True) -> Exhaustion:
    """The first of some weeks' peaks that passes ``capacity``, most likely and at the earliest.

    With a trend that was not ``shown``, no week is the likely one.
    """
    median = earliest = None
    for week, peak in enumerate(peaks):
        if earliest is None and peak.high > capacity:
            earliest = week
        if peak.median > capacity:
            median = week
            break
    return Exhaustion(median if shown else None, earliest)


def headroom(peak: float, capacity: float, *, instances: int = 1, lost: int = 0, burst: float = 1.0) -> float:
    """What is left of capacity at a peak, as a share of it; negative where it does not suffice.

    ``lost`` of ``instances`` are down (N+k), and within a measured interval demand rises ``burst``-fold.
    """
    usable = capacity * (instances - lost) / instances
    return 1 - peak * burst / usable if usable > 0 else -math.inf


def instances_needed(peak: float, capacity_each: float, *, target_utilisation: float, spare: int) -> int:
    """How many instances carry ``peak`` at no more than ``target_utilisation``, and ``spare`` beside them."""
    return math.ceil(peak / (capacity_each * target_utilisation) - 1e-9) + spare
