"""Simpler explanations of the same points, to be compared with the universal scalability law.

The measure is AICc (Akaike's information criterion for small samples; Hurvich and Tsai, Biometrika 76,
1989): of two models with equal AICc, neither is the better explanation; the lower, the better.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize_scalar

from preseason.planning.scalability.usl import Usl, shape

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from preseason.planning.scalability.points import Points

    Values = NDArray[np.float64]

_GRID = 400
#: No measurement is more exact than this share of the largest: below, residuals are rounding.
EXACT = 1e-6


class Shape(StrEnum):
    """The models that are compared."""

    LINEAR = "linear"
    AMDAHL = "Amdahl"
    SATURATION = "saturation"
    USL = "USL"


#: Free parameters, without the variance of the residuals.
_PARAMETERS = {Shape.LINEAR: 1, Shape.AMDAHL: 2, Shape.SATURATION: 2, Shape.USL: 3}


@dataclass(frozen=True, slots=True)
class Explanation:
    """One model fitted: ``squares`` are its weighted squared residuals, ``knee`` where it bends at once."""

    model: Shape
    squares: float
    aicc: float
    knee: float | None = None


def explanations(points: Points, law: Usl) -> tuple[Explanation, ...]:
    """Every model fitted to ``points``, the best explanation first."""
    ceiling = _ceiling(points)
    knees: dict[Shape, float | None] = {Shape.SATURATION: ceiling}
    squares = {
        Shape.LINEAR: float(_squares(points, points.concurrency)),
        Shape.AMDAHL: _amdahl(points),
        Shape.SATURATION: float(_squares(points, np.minimum(points.concurrency, ceiling))),
        Shape.USL: _residual_squares(points, law.throughput(points.concurrency)),
    }
    found = [
        Explanation(model, value, _aicc(points, value, _PARAMETERS[model] + 1), knees.get(model))
        for model, value in squares.items()
    ]
    return tuple(sorted(found, key=lambda one: (one.aicc, _PARAMETERS[one.model])))


def _aicc(points: Points, squares: float, parameters: int) -> float:
    n = len(points)
    if n <= parameters + 1:
        return math.inf
    floor = n * (EXACT * float(points.throughput.max())) ** 2
    correction = 2 * parameters * (parameters + 1) / (n - parameters - 1)
    return n * math.log(max(squares, floor) / n) + 2 * parameters + correction


def _residual_squares(points: Points, fitted: Values) -> float:
    return float((((points.throughput - fitted) * points.weights) ** 2).sum())


def _squares(points: Points, forms: Values) -> Values:
    """What the best multiple of each of ``forms`` leaves, whose last axis is that of the points."""
    weights = points.weights
    weighted, target = forms * weights, points.throughput * weights
    scale = (weighted @ target) / (weighted**2).sum(axis=-1)
    return np.asarray(((target - scale[..., None] * weighted) ** 2).sum(axis=-1), dtype=np.float64)


def _amdahl(points: Points) -> float:
    top = max(points.highest, 2.0)

    def left(log_sigmas: Values) -> Values:
        return _squares(points, shape(points.concurrency, np.exp(log_sigmas)[:, None], 0.0))

    return _least(left, math.log(1e-6 / top), 0.0)[1]


def _ceiling(points: Points) -> float:
    """The concurrency from which on throughput stands still, if it grows in a straight line before."""

    def left(log_knees: Values) -> Values:
        return _squares(points, np.minimum(points.concurrency, np.exp(log_knees)[:, None]))

    return math.exp(_least(left, math.log(points.concurrency[0]), math.log(points.highest))[0])


def _least(left: Callable[[Values], Values], low: float, high: float) -> tuple[float, float]:
    """Where ``left`` is least from ``low`` to ``high``, and what it is there; there may be side valleys."""
    grid = np.linspace(low, high, _GRID)
    values = left(grid)
    index = int(np.argmin(values))
    around = (float(grid[max(index - 1, 0)]), float(grid[min(index + 1, _GRID - 1)]))
    finer = minimize_scalar(
        lambda at: float(left(np.array([at]))[0]), bounds=around, method="bounded", options={"xatol": 1e-10}
    )
    return (
        (float(finer.x), float(finer.fun))
        if finer.fun < values[index]
        else (float(grid[index]), float(values[index]))
    )
