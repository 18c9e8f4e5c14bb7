"""Intervals that keep their promise when neighbouring requests share their fate.

Requests are not independent: a slow second is slow for all of them. The interval of a ratio is therefore
that of Korn and Graubard (Survey Methodology 24, 1998) for clustered counts: the variance of the ratio is
measured between batches of time, told as a design effect, and an exact binomial (Clopper-Pearson) interval is
taken at the number of *independent* requests that this leaves, corrected for the few batches it was
measured on.

Batches are at least four autocorrelation times long where the run allows, and what neighbouring batches still
share is added. Every bound is one-sided: each end alone holds with the stated confidence.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import betaincinv, stdtrit

from preseason.verdict.statistics.products import inner_product

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Slices = NDArray[np.float64]

_FEWEST_BATCHES, _MOST_BATCHES = 8, 24
_AUTOCORRELATION_TIMES = 4
#: A mean is judged on batches alone; with fewer, their scatter says nothing.
_FEWEST_FOR_A_MEAN = 5


@dataclass(frozen=True, slots=True)
class Bounds:
    """A value and its one-sided bounds; ``effective`` is the number of independent events it rests on."""

    point: float
    low: float
    high: float
    effective: float = 0.0


def ratio_bounds(good: Slices, total: Slices, confidence: float) -> Bounds:
    """The share of good events, from counts by equal slice of time; ``total`` has at least one event."""
    events = float(total.sum())
    point = float(good.sum()) / events
    effective = effective_events(good, total, confidence)
    return at_effective(point, effective, confidence)


def at_effective(point: float, effective: float, confidence: float) -> Bounds:
    """The exact binomial bounds of a ratio seen in ``effective`` independent events (Clopper-Pearson)."""
    good, alpha = point * effective, 1 - confidence
    low = 0.0 if good <= 0 else float(betaincinv(good, effective - good + 1, alpha))
    high = 1.0 if good >= effective else float(betaincinv(good + 1, effective - good, 1 - alpha))
    return Bounds(point, low, high, effective)


def effective_events(good: Slices, total: Slices, confidence: float) -> float:
    """How many independent events tell as much as these; at most as many as there are.

    Where every event went the same way there is no scatter to measure, and all of them count. A single
    slice that holds both kinds tells nothing: 0.
    """
    events = float(total.sum())
    point = float(good.sum()) / events
    if point in {0.0, 1.0}:
        return events
    deviations = good - point * total
    batches = batch_sums(deviations)
    if len(batches) < 2:  # noqa: PLR2004 - no scatter in one
        return 0.0
    design_effect = max(1.0, _variance_of_sum(batches) / (events * point * (1 - point)))
    few = stdtrit(max(events - 1, 1), confidence) / stdtrit(len(batches) - 1, confidence)
    return float(events / design_effect * min(1.0, few) ** 2)


def mean_bounds(sums: Slices, weights: Slices, confidence: float) -> Bounds | None:
    """A mean (``sums`` over ``weights``) by slices of time, from the scatter of batches; None of too few."""
    weight = float(weights.sum())
    point = float(sums.sum()) / weight
    batches = batch_sums(sums - point * weights)
    if len(batches) < _FEWEST_FOR_A_MEAN:
        return None
    error = float(np.sqrt(_variance_of_sum(batches))) / weight
    half = float(stdtrit(len(batches) - 1, confidence)) * error
    return Bounds(point, point - half, point + half, weight)


def batch_sums(deviations: Slices) -> Slices:
    """Sums over batches of neighbouring slices, long enough to be nearly independent of each other."""
    wanted = len(deviations) / (_AUTOCORRELATION_TIMES * autocorrelation_time(deviations))
    count = min(len(deviations), max(_FEWEST_BATCHES, min(_MOST_BATCHES, int(wanted))))
    starts = np.linspace(0, len(deviations), count + 1).astype(np.int64)[:-1]
    return np.add.reduceat(deviations, starts)


def autocorrelation_time(values: Slices) -> float:
    """The integrated autocorrelation time in slices, at least 1 (independent).

    Geyer's initial positive sequence (Statistical Science 7, 1992): sums of two neighbouring
    autocorrelations are added while they are positive.
    """
    centred = values - values.mean()
    spectrum = np.fft.rfft(centred, 2 * len(centred))
    covariances = np.fft.irfft(spectrum * np.conj(spectrum))[: len(centred)]
    if covariances[0] <= 0:
        return 1.0
    even = len(covariances) // 2 * 2
    pairs = covariances[:even].reshape(-1, 2).sum(axis=1) / covariances[0]
    positive = pairs[: np.argmax(pairs <= 0)] if (pairs <= 0).any() else pairs
    return max(1.0, 2 * float(positive.sum()) - 1)


def _variance_of_sum(batches: Slices) -> float:
    """The variance of the sum of all batches; what neighbours share is added where it is positive."""
    count = len(batches)
    squares = inner_product(batches, batches)
    shared = max(0.0, inner_product(batches[1:], batches[:-1]) + squares / count)
    return (squares + 2 * min(shared, squares)) * count / (count - 1)
