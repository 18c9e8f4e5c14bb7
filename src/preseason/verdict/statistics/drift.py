"""Whether a series creeps through a night: Mann-Kendall and Theil-Sen over blocks of it.

Raw samples depend on each other and raise false alarms; means of two dozen blocks nearly do not, and where
neighbouring blocks still do, pairs of them are taken together. Memory that is collected now and then looks
like a saw: there, the lowest sample of each block is its floor. What only settles (a cache that fills, an
allocator that finds its size) grows ever more slowly, which a leak does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

import numpy as np

from preseason.verdict.statistics.products import inner_product
from preseason.verdict.statistics.steady import trend_p

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Series = NDArray[np.float64]

_MOST_BLOCKS, _FEWEST_BLOCKS = 24, 10
_FEWEST_A_BLOCK = 3
_P = 0.01
_SECONDS_AN_HOUR = 3600.0
#: Neighbouring blocks whose deviations from the line correlate more than this are not independent.
_CORRELATED = 0.4
#: A second half that rises by less than this part of the first is settling.
_SETTLING = 0.5
#: A series that has all but come to its limit may stand still there.
_AT_LIMIT = 0.9


class Block(Enum):
    """What a block of samples is taken for."""

    MEAN = "mean"
    FLOOR = "floor"


@dataclass(frozen=True, slots=True)
class Creep:
    """A drift: its slope an hour with a 95 % interval, in the unit of the series; p is Mann-Kendall's.

    ``first`` and ``last`` are where the line through the blocks begins and ends. ``to_limit_s`` is the time
    from the last sample until it reaches the limit, ``to_limit_at_most_s`` at the slowest that the interval
    allows: None without a limit, or where it leads away from it.
    """

    per_hour: float
    low: float
    high: float
    p: float
    to_limit_s: float | None
    to_limit_at_most_s: float | None
    first: float
    last: float


def creep(
    at_s: Series,
    values: Series,
    *,
    block: Block = Block.MEAN,
    least_share: float = 0.05,
    least: float = 0.0,
    limit: float | None = None,
    p_below: float = _P,
) -> Creep | None:
    """The drift of a series after its warm-up; None without one, or with too few samples to tell.

    The slope's interval must lie beyond ``least_share`` of the series' median an hour, and beyond ``least``
    an hour, either way.
    """
    moments, levels = _blocks(at_s, values, np.mean if block is Block.MEAN else np.min)
    if len(levels) < _FEWEST_BLOCKS:
        return None
    p = trend_p(levels)
    if p >= p_below or _is_settling(moments, levels, limit):
        return None
    slope, middle, low, high = _theil_sen(levels, moments / _SECONDS_AN_HOUR)
    beyond = max(least, least_share * abs(float(np.median(levels))))
    if slope == 0 or (low <= beyond and high >= -beyond):
        return None
    line = middle + slope * np.array([at_s[0], at_s[-1]]) / _SECONDS_AN_HOUR
    first, last = float(line[0]), float(line[1])
    slowest = low if slope > 0 else high
    return Creep(
        per_hour=slope,
        low=low,
        high=high,
        p=p,
        to_limit_s=_time_to(limit, last, slope),
        to_limit_at_most_s=_time_to(limit, last, slowest),
        first=first,
        last=last,
    )


def tellable(samples: int) -> bool:
    """Whether so many samples are enough for a drift to be told from none."""
    return samples >= _FEWEST_BLOCKS * _FEWEST_A_BLOCK


def trend_of(at_s: Series, values: Series, block: Block) -> float:
    """The p of the trend alone, for whoever looks at many series; 1 where there are too few samples."""
    _, levels = _blocks(at_s, values, np.mean if block is Block.MEAN else np.min)
    return trend_p(levels) if len(levels) >= _FEWEST_BLOCKS else 1.0


def _blocks(at_s: Series, values: Series, reduce: Callable[[Series], float]) -> tuple[Series, Series]:
    """Moments and levels of blocks of neighbouring samples, fewer and longer while they correlate."""
    count = min(_MOST_BLOCKS, len(values) // _FEWEST_A_BLOCK)
    while True:
        if count < _FEWEST_BLOCKS:
            return np.array([]), np.array([])
        moments = np.array([part.mean() for part in np.array_split(at_s, count)])
        levels = np.array([reduce(part) for part in np.array_split(values, count)])
        if count // 2 < _FEWEST_BLOCKS or _correlation(moments, levels) <= _CORRELATED:
            return moments, levels
        count //= 2


def _correlation(moments: Series, levels: Series) -> float:
    """That of neighbouring blocks, once the line through them is taken away."""
    rest = levels - np.polyval(np.polyfit(moments - moments[0], levels, 1), moments - moments[0])
    power = inner_product(rest, rest)
    return inner_product(rest[1:], rest[:-1]) / power if power > 0 else 0.0


def _is_settling(moments: Series, levels: Series, limit: float | None) -> bool:
    if limit is not None and levels[-1] >= _AT_LIMIT * limit:
        return False
    middle = len(levels) // 2
    halves = ((moments[:middle], levels[:middle]), (moments[middle:], levels[middle:]))
    earlier, later = (_theil_sen(level, moment)[0] for moment, level in halves)
    direction = np.sign(levels[-1] - levels[0])
    return bool(direction * later < _SETTLING * direction * earlier)


def _time_to(limit: float | None, last: float, per_hour: float) -> float | None:
    if limit is None or per_hour == 0:
        return None
    left_s = (limit - last) / per_hour * _SECONDS_AN_HOUR
    at_it = (last >= limit) == (per_hour > 0) and left_s <= 0
    return 0.0 if at_it else left_s if left_s > 0 else None


def _theil_sen(levels: Series, moments: Series) -> tuple[float, float, float, float]:
    """The slope, where the line crosses 0, and the 95 % interval of the slope."""
    from scipy.stats import theilslopes  # noqa: PLC0415 - takes a second to import, and few series creep

    fitted = theilslopes(levels, moments, 0.95)
    slope, middle, low, high = (float(fitted[index]) for index in range(4))
    return slope, middle, low, high
