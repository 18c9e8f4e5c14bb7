"""How sure the three parameters are, and what follows from them: intervals from resampled residuals.

Residuals are resampled, not points: steps of a load test are chosen, not drawn, and without the few at
either end there is no curve to fit (Davison and Hinkley, Bootstrap Methods and their Application, 1997,
section 6.3). Two kinds of scatter occur. Where it is the same at every load, or known by its standard
deviations, any residual may strike any point. Where it grows with throughput, each residual stays at its
point and only its sign is drawn (the wild bootstrap: Wu, Annals of Statistics 14, 1986), enlarged by what
the point pulled the curve towards itself (HC3: MacKinnon and White, 1985). Which of the two it is, is told
by their likelihoods. That scatter itself is known from a handful of points only is drawn too (one chi-
square variate a sample): a straight line would get Student's interval.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from preseason.planning.scalability.fitting import fit_many
from preseason.planning.scalability.usl import shape

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from preseason.planning.scalability.points import Points
    from preseason.planning.scalability.usl import Usl

    Values = NDArray[np.float64]

SAMPLES = 1000
PARAMETERS = 3
_ENDS = (0.025, 0.975)
_MOST_LEVERAGE = 0.98


@dataclass(frozen=True, slots=True)
class Interval:
    """Two-sided, at 95 % confidence; an infinite end is not bounded by what was measured."""

    low: float
    high: float


UNKNOWN = Interval(0.0, math.inf)


@dataclass(frozen=True, slots=True)
class Intervals:
    """Of the parameters, of the peak, and of the limit that contention alone would set."""

    lambda_: Interval
    sigma: Interval
    kappa: Interval
    n_peak: Interval
    x_peak: Interval
    x_limit: Interval


def intervals(points: Points, law: Usl, *, seed: int = 1, samples: int = SAMPLES) -> Intervals:
    """Percentile intervals of ``samples`` refits; all UNKNOWN where no point is left over to scatter."""
    freedom = len(points) - PARAMETERS
    if freedom < 1:
        return Intervals(*(UNKNOWN for _ in range(6)))
    found = fit_many(points, _resampled(points, law, freedom, seed, samples), law)
    lambda_, sigma, kappa = found.T
    with np.errstate(divide="ignore", invalid="ignore"):
        n_peak = np.where(kappa > 0, np.sqrt(np.maximum(1 - sigma, 0.0) / kappa), np.inf)
        x_limit = np.where(sigma > 0, lambda_ / sigma, np.inf)
    # Below the least load there is no peak to be seen: throughput only falls.
    seen = np.where(np.isfinite(n_peak), np.maximum(n_peak, points.concurrency[0]), 1.0)
    x_peak = np.where(np.isfinite(n_peak), lambda_ * shape(seen, sigma, kappa), x_limit)
    return Intervals(*(_interval(values) for values in (lambda_, sigma, kappa, n_peak, x_peak, x_limit)))


def band(
    points: Points, law: Usl, at: Values, *, seed: int = 1, samples: int = SAMPLES
) -> tuple[Values, Values]:
    """Where the curve may lie at the concurrencies ``at``: both ends, at 95 % each by itself.

    Infinitely wide where no point is left over to scatter.
    """
    freedom = len(points) - PARAMETERS
    if freedom < 1:
        return np.zeros(len(at)), np.full(len(at), np.inf)
    lambda_, sigma, kappa = fit_many(points, _resampled(points, law, freedom, seed, samples), law).T
    curves = lambda_[:, None] * shape(at, sigma[:, None], kappa[:, None])
    low, high = np.quantile(curves, _ENDS, axis=0)
    return np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)


def _resampled(points: Points, law: Usl, freedom: int, seed: int, samples: int) -> Values:
    """Throughput as it might have been measured, shape (samples, points)."""
    random = np.random.default_rng(seed)
    fitted = law.throughput(points.concurrency)
    residuals = (points.throughput - fitted) * points.weights
    if points.sd is None and _proportional(residuals, fitted):
        signs = random.choice(np.array([-1.0, 1.0]), (samples, len(points)))
        drawn = signs * residuals / (1 - _leverage(points, law))
    else:
        widened = (residuals - residuals.mean()) * math.sqrt(len(points) / freedom)
        drawn = widened[random.integers(0, len(points), (samples, len(points)))]
    scatter = np.sqrt(freedom / random.chisquare(freedom, samples))[:, None]
    return np.asarray(fitted + drawn * scatter / points.weights, dtype=np.float64)


def _proportional(residuals: Values, fitted: Values) -> bool:
    """Whether normal residuals that grow with throughput are likelier than such of one size."""
    shares = residuals / fitted
    if not shares.any():
        return False
    alike = len(fitted) / 2 * math.log(float((residuals**2).mean()))
    growing = len(fitted) / 2 * math.log(float((shares**2).mean())) + float(np.log(fitted).sum())
    return growing < alike


def _leverage(points: Points, law: Usl) -> Values:
    """How far each point pulls the curve towards itself, 0-1; parameters at their bound do not move."""
    n, multiple = points.concurrency, shape(points.concurrency, law.sigma, law.kappa)
    bent = multiple**2 * (n - 1) / n
    moving = [multiple, *([bent] if law.sigma > 0 else []), *([bent * n] if law.kappa > 0 else [])]
    slopes = np.stack(moving, axis=1)
    basis, _ = np.linalg.qr(slopes)
    return np.asarray(np.clip((basis**2).sum(axis=1), 0.0, _MOST_LEVERAGE), dtype=np.float64)


def _interval(values: Values) -> Interval:
    """Order statistics: between a finite value and an infinite one nothing can be interpolated."""
    ordered = np.sort(values)
    low, high = (ordered[min(len(ordered) - 1, int(end * len(ordered)))] for end in _ENDS)
    return Interval(float(low), float(high))
