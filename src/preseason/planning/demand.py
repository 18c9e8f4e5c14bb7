"""What one request costs a resource, and which resource runs out first (Denning and Buzen, 1978).

Utilisation law: U = X D. The demand D is the slope of utilisation over throughput; the intercept is what the
resource does when nobody asks. It carries no more than its limit less that background, divided by D.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import t as student

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    Values = NDArray[np.float64]

FEWEST_STEPS = 3
_ENDS = 0.975


@dataclass(frozen=True, slots=True)
class Demand:
    """What a resource was seen to need: ``each`` and ``background`` in its units (cores, connections …).

    ``low`` and ``high`` bound ``each`` at 95 %; ``limit`` is how many units there are, or may be used.
    """

    resource: str
    each: float
    low: float
    high: float
    background: float
    limit: float

    @property
    def saturation_rate(self) -> float:
        """The throughput at which the resource is used up; infinite where requests do not need it."""
        return self._saturated_by(self.each)

    @property
    def saturation_bounds(self) -> tuple[float, float]:
        return self._saturated_by(self.high), self._saturated_by(self.low)

    def _saturated_by(self, each: float) -> float:
        return max(self.limit - self.background, 0.0) / each if each > 0 else math.inf


def demand(resource: str, throughput: Sequence[float], used: Sequence[float], limit: float) -> Demand | None:
    """The demand from steps of a load test: throughput (a second) and units used, one each a step.

    None with fewer than three steps, or steps that all carried the same load.
    """
    x, u = np.asarray(throughput, dtype=np.float64), np.asarray(used, dtype=np.float64)
    spread = float(((x - x.mean()) ** 2).sum()) if len(x) >= FEWEST_STEPS else 0.0
    if spread <= 0:
        return None
    each = float((x - x.mean()) @ u / spread)
    background = float(u.mean() - each * x.mean())
    residuals = u - background - each * x
    freedom = len(x) - 2
    scatter = math.sqrt(float(residuals @ residuals) / freedom / spread)
    margin = float(student.ppf(_ENDS, freedom)) * scatter
    return Demand(resource, each, max(each - margin, 0.0), each + margin, max(background, 0.0), limit)


def bottleneck(demands: Iterable[Demand]) -> Demand | None:
    """The resource that is used up first, of those whose demand was shown; None where none was."""
    limited = [one for one in demands if one.low > 0]
    return min(limited, key=lambda one: one.saturation_rate, default=None)


def knee_concurrency(demands_s: Sequence[float], think_s: float = 0.0) -> float:
    """N* = (D + Z) / Dmax: from so many on, somebody must wait. Demands in seconds, one a resource."""
    return (sum(demands_s) + think_s) / max(demands_s)


def most_throughput(concurrency: float, demands_s: Sequence[float], think_s: float = 0.0) -> float:
    """The asymptotic bound: X(N) <= min(N / (D + Z), 1 / Dmax)."""
    return min(concurrency / (sum(demands_s) + think_s), 1 / max(demands_s))
