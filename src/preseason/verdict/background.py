"""What others look up in a cache, load or no load: measured before it, taken off what is judged.

A server counts look-ups for all its clients together. What it counted while nobody was loading the target is
taken for a Poisson process, or a burstier one where its seconds scatter more than that (the variance over the
mean is then its dispersion). The bounds of its rate are Garwood's exact ones (Biometrika 28, 1936) at the
count divided by the dispersion.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaincinv

from preseason.run.timeline import EventKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from preseason.run.reading import Run

#: A shorter rest before the load says too little about others.
LEAST_S = 5.0


@dataclass(frozen=True, slots=True)
class Pace:
    """Events a second, and its one-sided bounds."""

    point: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Background:
    """How fast others hit and miss, from ``seconds`` of rest."""

    hits: Pace
    misses: Pace
    seconds: float


def background_of(run: Run, source: str, hits: str, misses: str, confidence: float) -> Background | None:
    """The background of two counters of ``source``; None where there was none, or too short a rest."""
    prepared_s = next((event.at_s for event in run.timeline if event.kind is EventKind.PREPARING), None)
    if prepared_s is None:
        return None
    hit, missed = (run.samples.get(source, name).between(-np.inf, prepared_s) for name in (hits, misses))
    if not np.array_equal(hit.time_s, missed.time_s):
        return None
    hit_growth, missed_growth = hit.deltas(), missed.deltas()
    valid = hit_growth.valid & missed_growth.valid
    seconds = float((hit_growth.end_s - hit_growth.start_s)[valid].sum())
    counted = hit_growth.growth[valid], missed_growth.growth[valid]
    if seconds < LEAST_S or not sum(float(one.sum()) for one in counted):
        return None
    of_hits, of_misses = (pace(one, seconds, confidence) for one in counted)
    return Background(of_hits, of_misses, seconds)


def pace(counts: NDArray[np.float64], seconds: float, confidence: float) -> Pace:
    """The rate of events that were counted in equal slices of ``seconds``."""
    total = float(counts.sum())
    spread = float(counts.var(ddof=1) / counts.mean()) if len(counts) > 1 and total else 1.0
    dispersion = max(1.0, spread)
    independent = total / dispersion
    low = float(gammaincinv(independent, 1 - confidence)) if independent else 0.0
    high = float(gammaincinv(independent + 1, confidence))
    return Pace(*(value * dispersion / seconds for value in (independent, low, high)))
