"""Whether a series creeps through a night: Mann-Kendall and Theil-Sen over blocks of it.

Raw samples depend on each other and raise false alarms; means of twenty blocks nearly do not. Memory that is
collected now and then looks like a saw: there, the lowest sample of each block is its floor.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import theilslopes

from preseason.verdict.steady import trend_p

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Series = NDArray[np.float64]

_BLOCKS = 20
_FEWEST_A_BLOCK = 3
_P = 0.01
_SECONDS_AN_HOUR = 3600.0


class Block(Enum):
    """What a block of samples is taken for."""

    MEAN = "mean"
    FLOOR = "floor"


@dataclass(frozen=True, slots=True)
class Creep:
    """A drift: its slope an hour with a 95 % interval, in the unit of the series; p is Mann-Kendall's.

    ``to_limit_s`` is the time from the last sample until the line reaches the limit, None without one or
    where it leads away from it.
    """

    per_hour: float
    low: float
    high: float
    p: float
    to_limit_s: float | None


def creep(
    at_s: Series,
    values: Series,
    *,
    block: Block = Block.MEAN,
    least_share: float = 0.05,
    limit: float | None = None,
) -> Creep | None:
    """The drift of a series after its warm-up; None without one, or with fewer than sixty samples.

    The slope's interval must lie beyond ``least_share`` of the series' median an hour, either way.
    """
    if len(values) < _BLOCKS * _FEWEST_A_BLOCK:
        return None
    reduce = np.mean if block is Block.MEAN else np.min
    moments = np.array([part.mean() for part in np.array_split(at_s, _BLOCKS)])
    levels = np.array([reduce(part) for part in np.array_split(values, _BLOCKS)])
    p = trend_p(levels)
    if p >= _P:
        return None
    fitted = theilslopes(levels, moments / _SECONDS_AN_HOUR, 0.95)
    low, high = float(fitted.low_slope), float(fitted.high_slope)
    least = least_share * abs(float(np.median(levels)))
    if low <= least and high >= -least:
        return None
    slope = float(fitted.slope)
    end = float(fitted.intercept) + slope * float(at_s[-1]) / _SECONDS_AN_HOUR
    left_s = None if limit is None else (limit - end) / slope * _SECONDS_AN_HOUR
    return Creep(slope, low, high, p, None if left_s is None or left_s < 0 else left_s)
