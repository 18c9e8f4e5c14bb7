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
    was seen. ``at_least`` is the largest mean throughput that was measured, at ``at_least_n``.
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
    means = points.mean_by_level(points.throughput)
    best = int(means.argmax())
    at_least = float(means[best])
    return Scalability(
        law=law,
        n_peak=law.n_peak if peaked else None,
        x_peak=law.x_peak if peaked else None,
        x_limit=law.x_limit if math.isfinite(law.x_limit) else None,
        grade=grade,
        reasons=tuple(reason.text for reason in told),
        intervals=found.intervals if peaked else _unclaimed(found.intervals, grade, points.highest, at_least),
        explanations=found.explanations,
        at_least=at_least,
        at_least_n=float(points.levels[best]),
        tested_to=points.highest,
    )


def _unclaimed(bounds: Intervals, grade: Grade, tested_to: float, measured: float) -> Intervals:
    """No peak is bounded from above, nor from below by more than was tested; by a rejected law, none is."""
    if grade is Grade.REJECTED:
        return replace(bounds, n_peak=UNKNOWN, x_peak=UNKNOWN)
    return replace(
        bounds,
        n_peak=Interval(min(bounds.n_peak.low, tested_to), math.inf),
        x_peak=Interval(min(bounds.x_peak.low, measured), math.inf),
    )


def ends(interval: Interval) -> tuple[float | None, float | None]:
    """The ends of an interval; None where it is open."""
    low, high = (end if math.isfinite(end) else None for end in (interval.low, interval.high))
    return low, high
