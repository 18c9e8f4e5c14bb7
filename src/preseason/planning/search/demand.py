"""What one request costs a resource, and which resource runs out first (Denning and Buzen, 1978).

Utilisation law: U = X D. The demand D is the slope of utilisation over throughput; the intercept is what the
resource does when nobody asks. It carries no more than its limit less that background, divided by D.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtrit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    Values = NDArray[np.float64]

FEWEST_STEPS = 3
_ENDS = 0.975
#: Means of the same samples differ by less than this share.
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Demand:
    """What a resource was seen to need: ``each`` and ``background`` in its ``unit`` (cores, connections …).

    ``low`` and ``high`` bound ``each`` at 95 %, ``saturation_bounds`` the throughput at which the resource
    is used up (requests a second; infinite where requests were not shown to need it). ``limit`` is how many
    units there are, or may be used; infinite where that is not known. ``tested_to`` is the highest
    throughput behind it. What is ``kept`` (memory) is not used again by every request: its line says how it
    grew while the load did, and no more.
    """

    resource: str
    each: float
    low: float
    high: float
    background: float
    limit: float
    saturation_bounds: tuple[float, float] = (0.0, math.inf)
    unit: str = ""
    shared: bool = True
    kept: bool = False
    tested_to: float = math.inf

    @property
    def saturation_rate(self) -> float:
        """The throughput at which the resource is used up; infinite where requests do not need it."""
        return max(self.limit - self.background, 0.0) / self.each if self.each > 0 else math.inf

    @property
    def shown(self) -> bool:
        """Whether requests were shown to need it: the interval excludes 0."""
        return self.low > 0

    @property
    def limits(self) -> bool:
        """Whether requests use it up at some rate, as far as was shown."""
        return self.shown and not self.kept and math.isfinite(self.saturation_rate)

    def used_at(self, throughput: float) -> float:
        """Units in use at a throughput, by the fitted line."""
        return self.background + max(self.each, 0.0) * throughput


def demand(
    resource: str,
    throughput: Sequence[float],
    used: Sequence[float],
    limit: float,
    unit: str = "",
    *,
    shared: bool = True,
    kept: bool = False,
) -> Demand | None:
    """The demand from steps of a load test: throughput (a second) and units used, one each a step.

    None with fewer than three steps, or steps that all carried the same load.
    """
    x, u = np.asarray(throughput, dtype=np.float64), np.asarray(used, dtype=np.float64)
    spread = float(((x - x.mean()) ** 2).sum()) if len(x) >= FEWEST_STEPS else 0.0
    if spread <= 0:
        return None
    each = float((x - x.mean()) @ _differences(u) / spread)
    background = float(u.mean() - each * x.mean())
    residuals = u - background - each * x
    freedom = len(x) - 2
    deviation = math.sqrt(float(residuals @ residuals) / freedom)
    line = _Line(x, float(u.mean()), each, spread, float(stdtrit(freedom, _ENDS)) * deviation)
    margin = line.margin / math.sqrt(spread)
    return Demand(
        resource,
        each,
        max(each - margin, 0.0),
        each + margin,
        max(background, 0.0),
        limit,
        line.reaches(limit),
        unit,
        shared=shared,
        kept=kept,
        tested_to=float(x.max()),
    )


def _differences(used: Values) -> Values:
    """From the mean; where that is rounding alone, a resource stood still and has no slope to be found."""
    away: Values = used - used.mean()
    away[np.abs(away) <= _ROUNDING * np.abs(used).max()] = 0.0
    return away


@dataclass(frozen=True, slots=True)
class _Line:
    """Units used over throughput, fitted; ``margin`` is Student's quantile times the deviation."""

    x: Values
    mean_used: float
    each: float
    spread: float
    margin: float

    def reaches(self, limit: float) -> tuple[float, float]:
        """Where the line meets ``limit``, at 95 % (Fieller, 1954, as for calibration lines)."""
        if math.isinf(limit) or self.each <= 0:
            return 0.0 if math.isinf(limit) else float(self.x.max()), math.inf
        away = (limit - self.mean_used) / self.each
        steep = (self.margin / self.each) ** 2 / self.spread
        if steep >= 1:  # the slope may be 0
            return float(self.x.max()), math.inf
        width = self.margin / self.each * math.sqrt((1 - steep) / len(self.x) + away**2 / self.spread)
        centre = float(self.x.mean())
        low, high = (centre + (away + side * width) / (1 - steep) for side in (-1, 1))
        return max(low, 0.0), max(high, 0.0)


def bottleneck(demands: Iterable[Demand]) -> Demand | None:
    """The resource that is used up first, of those whose demand was shown; None where none was."""
    limited = [one for one in demands if one.limits]
    return min(limited, key=lambda one: one.saturation_rate, default=None)
