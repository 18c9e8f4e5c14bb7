"""What a set of points says about scalability: the fitted law, how sure it is, and what may be claimed."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from preseason.planning.scalability.bootstrap import SAMPLES, UNKNOWN, Interval, intervals
from preseason.planning.scalability.fitting import fit
from preseason.planning.scalability.grading import Fit, Grade, grade_of, reasons, why_no_peak
from preseason.planning.scalability.rivals import explanations

if TYPE_CHECKING:
    from preseason.planning.scalability.bootstrap import Intervals
    from preseason.planning.scalability.points import Points
    from preseason.planning.scalability.rivals import Explanation
    from preseason.planning.scalability.usl import Usl


@dataclass(frozen=True, slots=True)
class Scalability:
    """The answer of a fit.

    ``n_peak`` and ``x_peak`` are None where no peak may be claimed; ``x_limit`` is None where no contention
    was shown, or the law is rejected. ``at_least`` is the largest mean throughput that was measured, at
    ``at_least_n``.
    """

    law: Usl
    n_peak: float | None
    x_peak: float | None
    x_limit: float | None
    grade: Grade
    reasons: tuple[str, ...]
    intervals: Intervals
    explanations: tuple[Explanation, ...]
    at_least: float
    at_least_n: float
    tested_to: float


def assess(points: Points, *, seed: int = 1, samples: int = SAMPLES) -> Scalability:
    """Fit the law, compare it with simpler ones, and grade it; ``seed`` is that of the resampling."""
    law = fit(points)
    found = Fit(points, law, explanations(points, law), intervals(points, law, seed=seed, samples=samples))
    told = reasons(found)
    grade = grade_of(told)
    peaked = grade is not Grade.REJECTED and not why_no_peak(found)
    limited = grade is not Grade.REJECTED and found.intervals.sigma.low > 0
    means = points.mean_by_level(points.throughput)
    best = int(means.argmax())
    answer = Scalability(
        law=law,
        n_peak=law.n_peak if peaked else None,
        x_peak=law.x_peak if peaked else None,
        x_limit=law.x_limit if limited else None,
        grade=grade,
        reasons=tuple(reason.text for reason in told),
        intervals=found.intervals,
        explanations=found.explanations,
        at_least=float(means[best]),
        at_least_n=float(points.levels[best]),
        tested_to=points.highest,
    )
    return replace(answer, intervals=_claimed(found.intervals, answer))


def _claimed(bounds: Intervals, found: Scalability) -> Intervals:
    """The intervals as far as they may be told.

    What is not claimed is not bounded from above, nor from below by more than was tested; a rejected law
    bounds nothing.
    """
    if found.grade is Grade.REJECTED:
        return replace(bounds, n_peak=UNKNOWN, x_peak=UNKNOWN, x_limit=UNKNOWN)
    if found.n_peak is None:
        bounds = replace(
            bounds,
            n_peak=_at_least(bounds.n_peak, found.tested_to),
            x_peak=_at_least(bounds.x_peak, found.at_least),
        )
    if found.x_limit is None:
        bounds = replace(bounds, x_limit=_at_least(bounds.x_limit, found.at_least))
    return bounds


def _at_least(interval: Interval, tested: float) -> Interval:
    return Interval(min(interval.low, tested), math.inf)


def ends(interval: Interval) -> tuple[float | None, float | None]:
    """The ends of an interval; None where it is open."""
    low, high = (end if math.isfinite(end) else None for end in (interval.low, interval.high))
    return low, high
