"""How far a fitted law may be trusted: VALID, WEAK or REJECTED, and every reason why.

REJECTED: the law does not describe these points, so nothing may be concluded from it. WEAK: it does, but on
so little that another test could change the picture. VALID: within the tested range, it may be used.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import fdtrc

from preseason.planning.scalability.bootstrap import PARAMETERS
from preseason.planning.scalability.fitting import fit
from preseason.planning.scalability.regimes import jump
from preseason.planning.scalability.rivals import EXACT, Shape
from preseason.planning.scalability.sign_runs import runs_p
from preseason.verdict import wording

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from preseason.planning.scalability.bootstrap import Intervals
    from preseason.planning.scalability.points import Points
    from preseason.planning.scalability.rivals import Explanation
    from preseason.planning.scalability.usl import Usl

    Values = NDArray[np.float64]

FEWEST_LEVELS = 6
_SUPERLINEAR = 1.05
_SIGNIFICANT = 0.01
_SIGMAS = 4.0
#: A misfit beyond these shares of the largest throughput.
_MISFIT, _GROSS_MISFIT = 0.1, 0.2
_PREDICTION = 0.1
_RUNS_P = 0.05
_BEND_P = 0.05
#: A knee that leaves less than this share of the law's squares is the better description, whatever it costs.
_FLATTER = 0.8
#: Up to this share, one that costs a parameter less explains the points as well.
_AS_WELL = 2.0
#: Two AICc that differ by less say nothing (Burnham and Anderson, Model Selection, 2002, section 2.6).
_ALIKE = 2.0
#: A peak must rise by this much above the smallest tested load to have been seen.
_RISE = 1.02
#: The contention that a straight line and a superlinear curve are told apart with, as a multiple of 1/N.
_NEGATIVE = 0.9


class Grade(StrEnum):
    """How far the fit may be trusted."""

    VALID = "VALID"
    WEAK = "WEAK"
    REJECTED = "REJECTED"


@dataclass(frozen=True, slots=True)
class Reason:
    """Something to know about a fit; ``grade`` is the best that it leaves possible."""

    grade: Grade
    text: str


@dataclass(frozen=True, slots=True)
class Fit:
    """What a grade is given on."""

    points: Points
    law: Usl
    explanations: tuple[Explanation, ...]
    intervals: Intervals

    @property
    def residuals(self) -> Values:
        """Measured less fitted."""
        return self.points.throughput - self.law.throughput(self.points.concurrency)

    @property
    def rounding(self) -> float:
        """The sum of squared residuals that rounding alone may leave."""
        return len(self.points) * (EXACT * float(self.points.throughput.max())) ** 2

    def explanation(self, model: Shape) -> Explanation:
        return next(one for one in self.explanations if one.model is model)

    def squares(self, model: Shape) -> float:
        """What a model leaves, but no less than rounding would."""
        return max(self.explanation(model).squares, self.rounding)


def reasons(found: Fit) -> tuple[Reason, ...]:
    """Everything that keeps the fit from being trusted further, and why no peak is claimed, if none is."""
    checks = (
        *(_too_few, _superlinear, _jumping, _flat_topped),
        *(_misfit, _patterned, _unpredictive, _straight, _falling),
    )
    told = [reason for check in checks for reason in check(found)]
    rejecting = tuple(reason for reason in told if reason.grade is Grade.REJECTED)
    if rejecting:
        return rejecting  # what is wrong with another law's parameters is of no interest
    return (*told, *(Reason(Grade.VALID, why) for why in [why_no_peak(found)] if why))


def grade_of(told: tuple[Reason, ...]) -> Grade:
    """The worst grade that any reason leaves."""
    order = (Grade.REJECTED, Grade.WEAK, Grade.VALID)
    return min((reason.grade for reason in told), key=order.index, default=Grade.VALID)


def why_no_peak(found: Fit) -> str:
    """Why no peak may be claimed of a law that describes its points; empty where it may."""
    law, highest = found.law, found.points.highest
    if law.kappa == 0:
        return f"kappa is at its bound 0: throughput never fell; no peak reached by N = {highest:.5g}"
    if found.intervals.kappa.low <= 0 or math.isinf(found.intervals.kappa.high):
        return f"the interval of kappa reaches 0: no peak was shown by N = {highest:.5g}"
    if law.n_peak > highest:
        return f"the peak would lie beyond N = {highest:.5g}, where nothing was tested"
    if law.x_peak < _RISE * float(law.throughput(found.points.concurrency[0])):
        return f"the peak lies at or below N = {found.points.concurrency[0]:.5g}, the least that was tested"
    return ""


def _too_few(found: Fit) -> Iterator[Reason]:
    levels = len(found.points.levels)
    if levels <= PARAMETERS:
        cause = f"{levels} concurrencies fit any {PARAMETERS} parameters, and nothing is left to check them"
        yield Reason(Grade.REJECTED, f"{cause}; measure at {FEWEST_LEVELS} or more")
    elif levels < FEWEST_LEVELS:
        yield Reason(
            Grade.WEAK, f"only {levels} concurrencies were measured; it takes {FEWEST_LEVELS} or more"
        )


def _superlinear(found: Fit) -> Iterator[Reason]:
    rise = max(_free_rise(found), _rise(found))
    if rise > _SUPERLINEAR:
        cause = f"throughput grows faster than concurrency (by a factor of up to {rise:.2f})"
        why = "the smallest loads met a cold cache, or another bottleneck than the larger ones"
        yield Reason(Grade.REJECTED, f"{cause}: {why}")


def _free_rise(found: Fit) -> float:
    """How much work a unit of concurrency gains, by a law free to have negative contention; 1 where none."""
    points, law = found.points, found.law
    freedom = len(points) - PARAMETERS
    if freedom < 1:
        return 1.0
    free = fit(points, contention_from=-_NEGATIVE / max(points.highest, 2.0))
    left, left_free = (max(_squares(points, one), found.rounding) for one in (law, free))
    ratio = (left - left_free) / (left_free / freedom)
    if free.sigma >= 0 or fdtrc(1, freedom, max(ratio, 0.0)) > _SIGNIFICANT:
        return 1.0
    each = free.throughput(points.levels) / points.levels
    return float(each.max() / each[0])


def _squares(points: Points, law: Usl) -> float:
    return float((((points.throughput - law.throughput(points.concurrency)) * points.weights) ** 2).sum())


def _rise(found: Fit) -> float:
    """The largest gain of work a unit of concurrency between two levels that scatter does not explain."""
    points = found.points
    levels, measured = points.levels, points.mean_by_level(points.throughput)
    each = measured / levels
    scatter = _SIGMAS * _scatter(found, measured) / levels
    best = 1.0
    for low, high in zip(*np.triu_indices(len(levels), 1), strict=True):
        certain = each[high] - each[low] > np.hypot(scatter[low], scatter[high])
        if certain and each[low] > 0:
            best = max(best, float(each[high] / each[low]))
    return best


def _scatter(found: Fit, measured: Values) -> Values:
    """A robust standard deviation at each level, so that one wrong point does not hide itself.

    The larger of two views: that scatter is the same everywhere, and that it grows with throughput.
    """
    fitted = found.law.throughput(found.points.concurrency)
    freedom = max(len(found.points) - PARAMETERS, 1)
    widen = 1.4826 * math.sqrt(len(found.points) / freedom)
    alike = float(np.median(np.abs(found.residuals)))
    growing = float(np.median(np.abs(found.residuals) / fitted))
    return np.asarray(widen * np.maximum(alike, growing * measured), dtype=np.float64)


def _jumping(found: Fit) -> Iterator[Reason]:
    """One bottleneck only: an autoscaler, a failover or a cache that got warm makes two laws of one."""
    seen = jump(found.points, found.law)
    if seen is not None:
        by = wording.whole_percent(abs(seen.factor - 1))
        change = f"{'rises' if seen.factor > 1 else 'falls'} by {by} at once"
        where = f"between N = {seen.after:.5g} and {seen.before:.5g}"
        why = "another bottleneck, or more instances, from there on"
        yield Reason(Grade.REJECTED, f"throughput {change} {where}: {why}; fit either part by itself")


def _flat_topped(found: Fit) -> Iterator[Reason]:
    """AICc alone would not do: of seven points, it never finds a third parameter worth its price."""
    flat, law = found.explanation(Shape.SATURATION), found.explanation(Shape.USL)
    left = found.squares(Shape.SATURATION) / found.squares(Shape.USL)
    levels, knee = found.points.levels, flat.knee or found.points.highest
    if flat.aicc >= law.aicc or left > _AS_WELL or knee > (levels[-2] + levels[-1]) / 2:
        return  # a knee at the far end is that of a straight line
    grows = f"it grows in a straight line up to N = {knee:.3g} and then stands still"
    where = grows if knee > levels[0] else "it is the same at every load"
    if left < _FLATTER or found.squares(Shape.SATURATION) == found.rounding:
        cause = f"throughput is flat-topped, not curved: {where}, as under a rate limit or a full pool"
        yield Reason(Grade.REJECTED, cause)
    else:
        yield Reason(Grade.WEAK, f"a flat top {_explains(found, Shape.SATURATION)}: {where}")


def _explains(found: Fit, model: Shape) -> str:
    """How well a simpler model does, next to the law, by AICc: what costs a parameter less may be better."""
    other, law = found.explanation(model).aicc, found.explanation(Shape.USL).aicc
    if math.isinf(law) or abs(law - other) < _ALIKE:
        return "explains the points as well"
    better = "better than the law" if other < law else "nearly as well as the law"
    return (
        f"explains the points {better} (AICc {abs(law - other):.1f} {'lower' if other < law else 'higher'})"
    )


def _misfit(found: Fit) -> Iterator[Reason]:
    means = np.abs(found.points.mean_by_level(found.residuals))
    worst = int(np.argmax(means))
    share = float(means[worst] / found.points.throughput.max())
    if share > _MISFIT:
        grade = Grade.REJECTED if share > _GROSS_MISFIT else Grade.WEAK
        where = f"at N = {found.points.levels[worst]:.5g}"
        yield Reason(
            grade, f"the law misses the throughput {where} by {wording.whole_percent(share)} of the highest"
        )


def _patterned(found: Fit) -> Iterator[Reason]:
    signs = np.sign(found.points.mean_by_level(found.residuals))
    signs = signs[signs != 0]
    exact = found.squares(Shape.USL) <= 100 * found.rounding
    if not exact and runs_p(signs > 0) < _RUNS_P:
        cause = "measured and fitted differ in long runs of one sign: the curve has another shape"
        yield Reason(Grade.WEAK, cause)


def _unpredictive(found: Fit) -> Iterator[Reason]:
    """Leaves the largest concurrency out, and asks the rest what it would have been."""
    points = found.points
    last = points.concurrency == points.highest
    rest = points.where(~last)
    if len(rest.levels) <= PARAMETERS:
        return
    measured = float(points.throughput[last].mean())
    predicted = float(fit(rest).throughput(points.highest))
    miss = abs(predicted - measured) / measured if measured > 0 else math.inf
    if miss > _PREDICTION:
        missed_by = "any measure" if math.isinf(miss) else wording.whole_percent(miss)
        missed = f"the throughput at N = {points.highest:.5g} by {missed_by}"
        yield Reason(Grade.WEAK, f"without its last step, the law would have missed {missed}")


def _straight(found: Fit) -> Iterator[Reason]:
    freedom = len(found.points) - PARAMETERS
    if freedom < 1:
        return
    left = found.squares(Shape.USL)
    bent = (found.squares(Shape.LINEAR) - left) / (PARAMETERS - 1) / (left / freedom)
    if fdtrc(PARAMETERS - 1, freedom, max(bent, 0.0)) > _BEND_P:
        sight = f"no limit was in sight by N = {found.points.highest:.5g}"
        yield Reason(Grade.WEAK, f"a straight line {_explains(found, Shape.LINEAR)}: {sight}")
    elif found.intervals.sigma.low <= 0 and found.intervals.kappa.low <= 0:
        yield Reason(Grade.WEAK, "sigma and kappa cannot be told apart: either of them could be 0")


def _falling(found: Fit) -> Iterator[Reason]:
    if found.law.sigma >= 1 or found.law.n_peak < found.points.concurrency[0]:
        least = found.points.concurrency[0]
        yield Reason(Grade.WEAK, f"throughput falls from the least load on: test below N = {least:.5g} too")
