"""Fits of the universal scalability law: bounded least squares on all three parameters.

One fit goes through ``scipy.optimize.least_squares`` from several starts. Bootstrap samples are fitted
together, as one array, by Levenberg-Marquardt steps that are projected onto the bounds: a thousand fits in
the time that scipy needs for thirty.

Throughput is normalised by its largest value, and ``sigma`` and ``kappa`` are counted in multiples of what
would matter at the largest concurrency, so that neither unit nor range change what is found. The quadratic
transform of older tools divides by X(1) and inherits all of its noise; it is not used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import least_squares

from preseason.planning.scalability.usl import Usl, shape, slopes_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from preseason.planning.scalability.points import Points

    Values = NDArray[np.float64]

_STARTS = ((0.5, 0.05), (0.01, 1.0), (5.0, 0.0), (1.0, 5.0), (0.0, 0.0))
_STEPS = 60
_SETTLED = 1e-9
#: Below this share of its effect at the largest concurrency, a parameter is at its bound.
_NOTHING = 1e-6


@dataclass(frozen=True, slots=True)
class _Scales:
    """The units in which parameters are searched: (lambda, sigma, kappa)."""

    unit: Values
    upper: Values

    @classmethod
    def of(cls, points: Points) -> _Scales:
        n = max(points.highest, 2.0)
        each = float((points.throughput / points.concurrency).max())
        unit = np.array([each, 1 / n, 1 / n**2])
        return cls(unit, np.array([np.inf, 1.0, 1.0]) / unit)

    def law(self, scaled: Values) -> Usl:
        lambda_, sigma, kappa = (float(value) for value in scaled * self.unit)
        return Usl(
            lambda_,
            sigma if scaled[1] > _NOTHING else 0.0,
            kappa if scaled[2] > _NOTHING else 0.0,
        )


def fit(points: Points, *, contention_from: float = 0.0) -> Usl:
    """The law that fits ``points`` best, ``sigma`` and ``kappa`` between 0 and 1.

    ``contention_from`` below 0 admits a negative ``sigma``: no law, but what superlinear data ask for.
    """
    scales = _Scales.of(points)
    lower = np.array([0.0, contention_from / scales.unit[1], 0.0])
    top = points.throughput.max()
    n, x, weights = points.concurrency, points.throughput / top, points.weights
    unit = scales.unit / np.array([top, 1.0, 1.0])

    def residuals(scaled: Values) -> Values:
        lambda_, sigma, kappa = scaled * unit
        return np.asarray(weights * (lambda_ * shape(n, sigma, kappa) - x))

    def slopes(scaled: Values) -> Values:
        return np.asarray(weights[:, None] * slopes_of(n, *(scaled * unit)) * unit)

    found = [
        least_squares(
            residuals,
            np.clip(np.array([1.0, *start]), lower, scales.upper),
            jac=slopes,
            bounds=(lower, scales.upper),
            xtol=1e-12,
            ftol=1e-12,
            gtol=1e-12,
        )
        for start in _STARTS
    ]
    best = min(found, key=lambda one: float(one.cost))
    law = scales.law(best.x)
    return law if contention_from == 0 else Usl(law.lambda_, float(best.x[1] * scales.unit[1]), law.kappa)


def fit_many(points: Points, samples: Values, start: Usl) -> Values:
    """The parameters of many fits: ``samples`` holds a throughput a row, shape (samples, points).

    All begin at ``start`` and once more without coherency; the better end counts. Shape (samples, 3).
    """
    scales = _Scales.of(points)
    begin = np.array([start.lambda_, start.sigma, start.kappa]) / scales.unit
    ends = [_descend(points, samples, scales, one) for one in (begin, begin * np.array([1.0, 1.0, 0.0]))]
    (first, first_cost), (second, second_cost) = ends
    best = np.where((second_cost < first_cost)[:, None], second, first)
    best[:, 1:] = np.where(best[:, 1:] > _NOTHING, best[:, 1:], 0.0)
    return np.asarray(best * scales.unit, dtype=np.float64)


def _descend(points: Points, samples: Values, scales: _Scales, begin: Values) -> tuple[Values, Values]:
    """Where the steps end, and the cost there."""
    at = np.tile(begin, (len(samples), 1))
    residuals, slopes = _linearised(points, samples, scales, at)
    cost = (residuals**2).sum(axis=1)
    damping = np.full(len(samples), 1e-3)
    for _ in range(_STEPS):
        there = at + _step(at, residuals, slopes, damping, scales.upper)
        there = np.clip(there, 0.0, scales.upper)
        residuals_there, slopes_there = _linearised(points, samples, scales, there)
        cost_there = (residuals_there**2).sum(axis=1)
        better = cost_there <= cost
        settled = np.abs(there - at).max(axis=1) <= _SETTLED * (1 + np.abs(at).max(axis=1))
        at = np.where(better[:, None], there, at)
        residuals = np.where(better[:, None], residuals_there, residuals)
        slopes = np.where(better[:, None, None], slopes_there, slopes)
        cost = np.where(better, cost_there, cost)
        damping = np.clip(np.where(better, damping / 5, damping * 4), 1e-12, 1e9)
        if settled.all():
            break
    return at, cost


def _step(at: Values, residuals: Values, slopes: Values, damping: Values, upper: Values) -> Values:
    """One Levenberg-Marquardt step of each sample; parameters that lie against a bound stay there."""
    gradient = np.einsum("spk,sp->sk", slopes, residuals)
    against = ((at <= 0) & (gradient > 0)) | ((at >= upper) & (gradient < 0))
    free = np.where(against, 0.0, 1.0)
    normal = np.einsum("spk,spl->skl", slopes, slopes) * free[:, :, None] * free[:, None, :]
    diagonal = np.einsum("skk->sk", normal)
    ridge = damping[:, None] * np.maximum(diagonal, 1e-12 * diagonal.max(axis=1, keepdims=True)) + (1 - free)
    normal = normal + np.einsum("sk,kl->skl", ridge + 1e-300, np.eye(3))
    return np.asarray(-np.linalg.solve(normal, (gradient * free)[:, :, None])[:, :, 0])


def _linearised(points: Points, samples: Values, scales: _Scales, at: Values) -> tuple[Values, Values]:
    """Weighted residuals (samples, points) and their slopes by scaled parameters (samples, points, 3)."""
    n, weights = points.concurrency, points.weights / points.throughput.max()
    lambda_, sigma, kappa = (column[:, None] for column in (at * scales.unit).T)
    residuals = weights * (lambda_ * shape(n, sigma, kappa) - samples)
    return residuals, slopes_of(n, lambda_, sigma, kappa) * scales.unit * weights[:, None]
