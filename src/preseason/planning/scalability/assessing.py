"""What a set of points says about scalability: the fitted law, how sure it is, and what may be claimed."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from preseason.planning.scalability.bootstrap import SAMPLES, UNKNOWN, Interval, intervals
from preseason.planning.scalability.fitting import fit
from preseason.planning.scalability.grading import Fit, Grade, grade_of, reasons, why_no_peak
from preseason.planning.scalability.limit import limit_of
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
    was shown, the law is rejected, or the limit lies too far above what was measured. ``at_least`` is the
    largest mean throughput that was measured, at ``at_least_n``.
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

    @property
    def extrapolated(self) -> str:
        """How far ``x_limit`` lies above what was measured, as said in a table; empty where it does not."""
        if self.x_limit is None or self.x_limit <= self.at_least:
            return ""
        return f"{self.x_limit / self.at_least:.3g} × what was measured"


def assess(points: Points, *, seed: int = 1, samples: int = SAMPLES) -> Scalability:
    """Fit the law, compare it with simpler ones, and grade it; ``seed`` is that of the resampling."""
    law = fit(points)
    found = Fit(points, law, explanations(points, law), intervals(points, law, seed=seed, samples=samples))
    told = reasons(found)
    grade = grade_of(told)
    peaked = grade is not Grade.REJECTED and not why_no_peak(found)
    means = points.mean_by_level(points.throughput)
    best = int(means.argmax())
    limit = limit_of(found, grade, float(means[best]))
    answer = Scalability(
        law=law,
        n_peak=law.n_peak if peaked else None,
        x_peak=law.x_peak if peaked else None,
        x_limit=limit.value,
        grade=grade,
        reasons=(*(reason.text for reason in told), *([limit.said] if limit.said else ())),
        intervals=replace(found.intervals, x_limit=limit.interval),
        explanations=found.explanations,
        at_least=float(means[best]),
        at_least_n=float(points.levels[best]),
        tested_to=points.highest,
    )
    return replace(answer, intervals=_claimed(answer))


def _claimed(found: Scalability) -> Intervals:
    """The intervals as far as they may be told.

    What is not claimed is not bounded from above, nor from below by more than was tested; a rejected law
    bounds nothing.
    """
    bounds = found.intervals
    if found.grade is Grade.REJECTED:
        return replace(bounds, n_peak=UNKNOWN, x_peak=UNKNOWN)
    if found.n_peak is not None:
        return bounds
    return replace(
        bounds,
        n_peak=_at_least(bounds.n_peak, found.tested_to),
        x_peak=_at_least(bounds.x_peak, found.at_least),
    )


def _at_least(interval: Interval, tested: float) -> Interval:
    return Interval(min(interval.low, tested), math.inf)


def ends(interval: Interval) -> tuple[float | None, float | None]:
    """The ends of an interval; None where it is open."""
    low, high = (end if math.isfinite(end) else None for end in (interval.low, interval.high))
    return low, high
