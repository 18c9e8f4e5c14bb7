"""Judging a run against past ones: by how much a figure changed, and whether that is within a margin."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from preseason.slo.model import Kind
from preseason.verdict import wording
from preseason.verdict.judgement import Judgement
from preseason.verdict.model import Outcome
from preseason.verdict.statistics.resampling import FEWEST_BLOCKS, blocks_of, quantiles_ms, widened

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from preseason.slo.model import Objective
    from preseason.verdict.evidence import Evidence
    from preseason.verdict.statistics.resampling import Blocks, Values

    Figure = Callable[[Blocks, Values], Values]

#: Every comparison draws the same numbers, so that judging again gives the same answer.
_SEED = 20260105


@dataclass(frozen=True, slots=True)
class Change:
    """A figure of two sides and what became of it in every resample: a ratio or a difference.

    Of a ratio, ``resampled`` holds logarithms, so that halving is as far as doubling. ``fewest`` is the
    number of blocks of the run with the fewest; infinite values fell among failures.
    """

    before: float
    after: float
    is_ratio: bool
    resampled: Values
    fewest: int

    @property
    def point(self) -> float:
        if not self.is_ratio:
            return self.after - self.before
        return self.after / self.before if self.before > 0 and math.isfinite(self.before) else math.inf

    def bounds(self, confidence: float) -> tuple[float, float]:
        """One-sided bounds, each with this confidence."""
        if not self.is_ratio:
            return widened(self.resampled, self.point, confidence, self.fewest)
        if not (math.isfinite(self.point) and self.point > 0):
            return 0.0, math.inf
        low, high = widened(self.resampled, math.log(self.point), confidence, self.fewest)
        return _exp(low), _exp(high)


def judge_against(objective: Objective, evidence: Evidence, baseline: Sequence[Evidence]) -> Judgement:
    """A figure as a ratio to that of the baseline; PASS and FAIL when the whole interval is on one side."""
    sides = [_blocks(objective, [evidence]), _blocks(objective, baseline)]
    after, before = sides
    if after is None or before is None:
        whose = "this run" if after is None else "the baseline"
        return Judgement.no_data(f"{whose} recorded no such request in its judged part")
    if min(after.fewest, before.fewest) < FEWEST_BLOCKS:
        return Judgement.undecided(
            "the judged part is too short to see how much it scatters", "a longer run, and a longer baseline"
        )
    change = changed(before, after, figure_of(objective), is_ratio=True)
    return _judged(objective, change, round(float(after.total.sum())))


def figure_of(objective: Objective) -> Figure:
    """What is compared, as a function of blocks and how often each is drawn."""
    quantile = objective.indicator.quantile
    match objective.indicator.kind:
        case Kind.LATENCY_QUANTILE if quantile is not None:
            return lambda blocks, weights: quantiles_ms(blocks, weights, quantile)
        case Kind.LATENCY_MEAN:
            return lambda blocks, weights: _ratio(weights @ blocks.sums_ms, weights @ blocks.good)
        case Kind.ERRORS:
            return error_ratios
        case _:
            return lambda blocks, weights: weights @ blocks.total / (weights @ blocks.seconds)


def error_ratios(blocks: Blocks, weights: Values) -> Values:
    """The share of requests that failed."""
    total = weights @ blocks.total
    return _ratio(total - weights @ blocks.good, total)


def changed(before: Blocks, after: Blocks, figure: Figure, *, is_ratio: bool) -> Change:
    """What became of a figure, from the same draws every time."""
    generator = np.random.default_rng(_SEED)
    olds, news = (figure(side, side.weights(generator)) for side in (before, after))
    with np.errstate(divide="ignore", invalid="ignore"):
        moved = np.log(news) - np.log(olds) if is_ratio else news - olds
    # Failures on both sides at once: nothing is known to have changed.
    moved = np.nan_to_num(moved, nan=0.0, posinf=np.inf, neginf=-np.inf)
    fewest = min(before.fewest, after.fewest)
    return Change(_point(before, figure), _point(after, figure), is_ratio, moved, fewest)


def _blocks(objective: Objective, side: Sequence[Evidence]) -> Blocks | None:
    return blocks_of([(one.about(objective), one.judged) for one in side])


def _point(blocks: Blocks, figure: Figure) -> float:
    return float(figure(blocks, np.ones((1, len(blocks.total))))[0])


def _ratio(part: Values, whole: Values) -> Values:
    return np.where(whole > 0, part / np.maximum(whole, 1e-300), np.inf)


def _exp(logarithm: float) -> float:
    return math.exp(logarithm) if logarithm < 700 else math.inf  # noqa: PLR2004 - the largest float


def _judged(objective: Objective, change: Change, events: int) -> Judgement:
    limit, upper = objective.limit, objective.comparison.bounds_above
    lower_end, upper_end = change.bounds(objective.confidence)
    if not math.isfinite(change.before) or change.before <= 0:
        reason = f"the baseline's {objective.indicator.text} is {_figure(objective, change.before)}"
        return Judgement.undecided(f"{reason}: there is nothing to take a ratio of", "a limit of its own")
    kept, broken = (
        (upper_end <= limit, lower_end > limit) if upper else (lower_end >= limit, upper_end < limit)
    )
    outcome = Outcome.PASS if kept else Outcome.FAIL if broken else Outcome.UNDECIDED
    went = f"{_figure(objective, change.before)} to {_figure(objective, change.after)}"
    low = wording.percent(lower_end)
    high = wording.percent(upper_end) if math.isfinite(upper_end) else "any multiple"
    return Judgement(
        outcome=outcome,
        reason=f"{objective.indicator.text} went from {went}: between {low} and {high} of the baseline",
        needs="a longer run, and a longer baseline" if outcome is Outcome.UNDECIDED else "",
        point=_known(change.point),
        low=_known(lower_end),
        high=_known(upper_end),
        total=events,
    )


def _figure(objective: Objective, value: float) -> str:
    return "among failures" if math.isinf(value) else wording.in_unit(value, objective.indicator.unit)


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
