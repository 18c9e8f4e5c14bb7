"""Judging the hit rate of a cache: the growth of its own counters, less what others looked up meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from preseason.verdict import wording
from preseason.verdict.background import background_of
from preseason.verdict.coverage import LEAST_COVERED, shortfall, why_no_samples
from preseason.verdict.judgement import Judgement
from preseason.verdict.shares import Share, judge_bounds, judge_share
from preseason.verdict.statistics.intervals import Bounds, ratio_bounds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from preseason.slo.model import Objective
    from preseason.verdict.background import Background
    from preseason.verdict.evidence import Evidence
    from preseason.verdict.shares import JudgedShare

_HITS, _MISSES = "keyspace_hits", "keyspace_misses"


@dataclass(frozen=True, slots=True)
class LookUps:
    """Cache look-ups between neighbouring samples, and from when to when each is about."""

    hits: NDArray[np.float64]
    total: NDArray[np.float64]
    start_s: NDArray[np.float64]
    end_s: NDArray[np.float64]

    @property
    def known_s(self) -> float:
        """For how many seconds they are known."""
        return float((self.end_s - self.start_s).sum())

    def less(self, hits_per_s: float, misses_per_s: float) -> Share | None:
        """Without so many hits and misses in every second; None where nothing would be left.

        More may be taken off than was counted, as a rate is never exact: a share stays one all the same.
        """
        length_s = self.end_s - self.start_s
        hits = self.hits - hits_per_s * length_s
        total = self.total - (hits_per_s + misses_per_s) * length_s
        if total.sum() < 1:
            return None
        if hits.sum() <= 0:
            hits = np.zeros_like(hits)
        if hits.sum() >= total.sum():
            hits = total
        return Share(hits, hits, total)


def look_ups(evidence: Evidence, source: str) -> LookUps | None:
    """What a cache counted in the judged time, less what resets hid; None where nobody sampled it."""
    hits, misses = (evidence.run.samples.get(source, name) for name in (_HITS, _MISSES))
    span = evidence.judged
    hits, misses = hits.between(span.start_s, span.end_s), misses.between(span.start_s, span.end_s)
    if len(hits) < 2 or not np.array_equal(hits.time_s, misses.time_s):  # noqa: PLR2004 - growth has two ends
        return None
    hit, missed = hits.deltas(), misses.deltas()
    valid = hit.valid & missed.valid
    total = hit.growth + missed.growth
    return LookUps(hit.growth[valid], total[valid], hit.start_s[valid], hit.end_s[valid])


def background_look_ups(objective: Objective, evidence: Evidence) -> Background | None:
    """What others looked up before the load; None where nobody did, or it was not measured."""
    source = objective.indicator.source
    return background_of(evidence.run, source, _HITS, _MISSES, objective.confidence)


def judge_hit_rate(objective: Objective, evidence: Evidence) -> Judgement:
    """PASS or FAIL when all that the hit rate may be lies on one side of its limit."""
    source = objective.indicator.source
    found = look_ups(evidence, source)
    if found is None:
        return Judgement.no_data(why_no_samples(evidence.run, source, "hits and misses"))
    known = found.known_s / max(evidence.judged.length_s - 1, 1)
    if known < LEAST_COVERED:
        return Judgement.undecided(shortfall(known, source), "a run without gaps in its source")
    if not found.total.sum():
        return Judgement.no_data(f"nobody looked anything up in {source} during the judged time")
    background = background_look_ups(objective, evidence)
    if background is None:
        share = Share(found.hits, found.hits, found.total)
        judged = judge_share(share, objective.limit, objective.confidence)
        return _judgement(objective, evidence, share, judged)
    corrected = _corrected(objective, found, background)
    if corrected is None:
        reason = f"others looked up as much in {source} before the load as was looked up under it"
        return Judgement.undecided(reason, "a cache that others leave alone, or a larger load")
    return _judgement(objective, evidence, *corrected, aside=f"; not counted: {taken_off(background)}")


def _corrected(
    objective: Objective, found: LookUps, background: Background
) -> tuple[Share, JudgedShare] | None:
    """Judged at the lowest and the highest that the uncertain background leaves."""
    hits, misses = background.hits, background.misses
    lowest, share, highest = (
        found.less(hits.high, misses.low),
        found.less(hits.point, misses.point),
        found.less(hits.low, misses.high),
    )
    if lowest is None or share is None or highest is None:
        return None
    low, middle, high = (
        ratio_bounds(one.at_least, one.total, objective.confidence) for one in (lowest, share, highest)
    )
    bounds = Bounds(middle.point, low.low, high.high, min(low.effective, high.effective))
    return share, judge_bounds(bounds, objective.limit, objective.confidence)


def taken_off(background: Background) -> str:
    """What a reader is told of it: ``3 hits and 9 misses a second that were there before the load``."""
    hits, misses = (wording.significant(one.point) for one in (background.hits, background.misses))
    return f"{hits} hits and {misses} misses a second that were there before the load"


def _judgement(
    objective: Objective, evidence: Evidence, share: Share, judged: JudgedShare, aside: str = ""
) -> Judgement:
    return Judgement(
        outcome=judged.outcome,
        reason=f"{judged.reason('look-ups were hits')}{aside}",
        needs=judged.needs(evidence.judged.length_s, share.events, "look-ups"),
        point=judged.bounds.point,
        low=judged.bounds.low,
        high=judged.bounds.high,
        good=share.good,
        total=share.events,
        target_ratio=objective.limit,
        ratio_low=judged.bounds.low,
        ratio_high=judged.bounds.high,
    )
