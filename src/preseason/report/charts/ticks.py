"""Round numbers along an axis."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from preseason.report import plain, units
from preseason.slo.model import Unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from preseason.report.charts.model import Chart

_TIME_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400)
_MOST_MOMENTS = 8
_HOUR_S = 3600
_KIBI = 1024.0
#: Beyond this ratio of highest to lowest a linear axis shows only the highest.
_LOG_FROM_RATIO = 40.0
#: Which multiples of a power of ten get a label, by how many decades there are.
_LOG_STEPS = ((2.0, (1, 2, 5)), (3.5, (1, 3)), (math.inf, (1,)))


def moments(length_s: float) -> tuple[tuple[float, str], ...]:
    """Up to nine round moments on a time axis of ``length_s`` seconds, with their labels."""
    fitting = (step for step in _TIME_STEPS_S if length_s / step <= _MOST_MOMENTS)
    step = next(fitting, _TIME_STEPS_S[-1])
    return tuple((float(at), _told(at, step)) for at in range(0, math.floor(length_s) + 1, step))


def _told(at_s: int, step_s: int) -> str:
    """Whole hours need no minutes and seconds, for which a phone has no room."""
    if not at_s or step_s < _HOUR_S:
        return units.clock(at_s)
    return f"{at_s // _HOUR_S}{plain.THIN_SPACE}h"


def is_logarithmic(chart: Chart, lowest: float, highest: float) -> bool:
    """Whether a latency's range is too wide for an even axis."""
    return chart.unit == Unit.MS and lowest > 0 and highest / lowest > _LOG_FROM_RATIO


def logarithmic(lowest: float, highest: float) -> list[float]:
    """From the tick at or below ``lowest`` to the one at or above ``highest``."""
    decades = math.log10(highest / lowest)
    steps = next(steps for reach, steps in _LOG_STEPS if decades < reach)
    exponents = range(math.floor(math.log10(lowest)) - 1, math.ceil(math.log10(highest)) + 2)
    round_ones = [step * 10.0**exponent for exponent in exponents for step in steps]
    first = max(tick for tick in round_ones if tick <= lowest)
    last = min(tick for tick in round_ones if tick >= highest)
    return [tick for tick in round_ones if first <= tick <= last]


def even(chart: Chart, lowest: float, highest: float) -> list[float]:
    """Three to six, the first and the last being the ends of the axis."""
    at_ceiling = chart.ceiling is not None and lowest >= chart.ceiling
    floor = min(lowest, 0.0) if chart.from_zero or at_ceiling else lowest
    top = highest if highest > floor else floor + (chart.ceiling or 1.0)
    return _below_ceiling(round_numbers(floor, top, chart.unit), chart.ceiling)


def round_numbers(lowest: float, highest: float, unit: str) -> list[float]:
    """Three to six in even steps, the first at or below ``lowest``, the last at or above ``highest``."""
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415 - half a second that only reports need

    # Bytes are told in powers of 1024, so there is where their round numbers are.
    scale = _KIBI ** math.floor(math.log(highest, _KIBI)) if unit == Unit.BYTES and highest > 1 else 1.0
    locator = MaxNLocator(nbins=4, steps=[1, 2, 2.5, 5, 10], integer=unit == Unit.COUNT)
    return [float(value) * scale for value in locator.tick_values(lowest / scale, highest / scale)]


def _below_ceiling(ticks: Sequence[float], ceiling: float | None) -> list[float]:
    """A ratio's axis ends at 1, whatever would be round."""
    if ceiling is None:
        return [float(tick) for tick in ticks]
    return [float(tick) for tick in ticks if tick < ceiling - 1e-9] + [ceiling]
