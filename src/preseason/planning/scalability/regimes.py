"""Whether one law is behind all points, or throughput jumps somewhere: another bottleneck, an autoscaler.

The rival is the same law with its throughput multiplied by a factor from some concurrency on. It has two
parameters more, the factor and the place; AICc charges for both (Hurvich and Tsai, 1989).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import least_squares

from preseason.planning.scalability.rivals import EXACT
from preseason.planning.scalability.usl import shape, slopes_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from preseason.planning.scalability.points import Points
    from preseason.planning.scalability.usl import Usl

    Values = NDArray[np.float64]

#: Concurrencies on either side of a jump, at least: fewer are no curve of their own.
_FEWEST_ASIDE = 3
_MOST_PLACES = 6
_LAW_PARAMETERS, _JUMP_PARAMETERS = 4, 6
#: The rival must explain so much better, and the jump be so large, or it is scatter.
_CLEARER_BY = 16.0
_LEAST_JUMP = 0.15


@dataclass(frozen=True, slots=True)
class Jump:
    """Throughput is multiplied by ``factor`` between the concurrencies ``after`` and ``before``."""

    after: float
    before: float
    factor: float


def jump(points: Points, law: Usl) -> Jump | None:
    """The jump that explains the points clearly better than one law; None where none does."""
    if len(points) <= _JUMP_PARAMETERS + 1:
        return None
    found = list(_fits(points, law))
    if not found:
        return None
    squares, place, factor = min(found)
    single = float((((points.throughput - law.throughput(points.concurrency)) * points.weights) ** 2).sum())
    gain = _aicc(points, single, _LAW_PARAMETERS) - _aicc(points, squares, _JUMP_PARAMETERS)
    if gain < _CLEARER_BY or abs(math.log(factor)) < math.log(1 + _LEAST_JUMP):
        return None
    levels = points.levels
    return Jump(float(levels[place - 1]), float(levels[place]), factor)


def _aicc(points: Points, squares: float, parameters: int) -> float:
    n = len(points)
    floor = n * (EXACT * float(points.throughput.max())) ** 2
    correction = 2 * parameters * (parameters + 1) / (n - parameters - 1)
    return n * math.log(max(squares, floor) / n) + 2 * parameters + correction


def _fits(points: Points, law: Usl) -> Iterator[tuple[float, int, float]]:
    """The squares left, the place and the factor of the best jump at the likeliest places."""
    places = range(_FEWEST_ASIDE, len(points.levels) - _FEWEST_ASIDE + 1)
    likeliest = sorted(places, key=lambda place: _roughly(points, law, place)[0])
    for place in likeliest[:_MOST_PLACES]:
        yield _fitted(points, law, place)


def _roughly(points: Points, law: Usl, place: int) -> tuple[float, float, float]:
    """The squares left if only the height on either side of a place were free, and both heights."""
    form = law.throughput(points.concurrency) * points.weights
    target = points.throughput * points.weights
    beyond = points.concurrency >= points.levels[place]
    heights = [float(form[side] @ target[side] / (form[side] @ form[side])) for side in (~beyond, beyond)]
    left = target - form * np.where(beyond, heights[1], heights[0])
    return float(left @ left), heights[0], heights[1]


def _fitted(points: Points, law: Usl, place: int) -> tuple[float, int, float]:
    beyond = points.concurrency >= points.levels[place]
    n, top = points.concurrency, float(points.throughput.max())
    unit = np.array([float((points.throughput / n).max()) / top, 1 / n.max(), 1 / n.max() ** 2, 1.0])

    weights, target = points.weights, points.throughput / top

    def residuals(scaled: Values) -> Values:
        lambda_, sigma, kappa, factor = scaled * unit
        fitted = lambda_ * shape(n, sigma, kappa) * np.where(beyond, factor, 1.0)
        return np.asarray(weights * (fitted - target))

    def slopes(scaled: Values) -> Values:
        *law_, factor = scaled * unit
        of_law = slopes_of(n, *law_)
        of_factor = np.where(beyond, law_[0] * of_law[:, 0], 0.0)
        of_all = np.column_stack([of_law * np.where(beyond, factor, 1.0)[:, None], of_factor])
        return np.asarray(weights[:, None] * of_all * unit)

    _, before, after = _roughly(points, law, place)
    upper = np.array([np.inf, 1.0, 1.0, np.inf]) / unit
    factor = after / before if before > 0 else 1.0
    starts = (
        np.array([before * law.lambda_ / top, law.sigma, law.kappa, factor]) / unit,
        np.array([1.0, 0.5, 0.05, 1.0]),
    )
    bounds = (np.zeros(4), upper)
    ends = [least_squares(residuals, np.clip(one, 0, upper), jac=slopes, bounds=bounds) for one in starts]
    best = min(ends, key=lambda one: float(one.cost))
    return 2 * float(best.cost) * top**2, place, max(float(best.x[3]), EXACT)
