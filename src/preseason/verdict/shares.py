"""Judging a share of good events against the share that was promised."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from preseason.slo.model import Unit
from preseason.slo.quantities import quantity_text
from preseason.verdict import wording
from preseason.verdict.model import Outcome
from preseason.verdict.statistics.intervals import Bounds, at_effective, ratio_bounds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from preseason.verdict.statistics.intervals import Slices

_LONGEST = 1e5
#: What is promised is written as in the SLO file, less what a difference of floats adds.
_EXACT_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Share:
    """Events by equal slice of time, and how many were good: at least, and at most.

    The two differ only where a limit cuts a bucket: a PASS rests on the fewer, a FAIL on the more.
    """

    at_least: Slices
    at_most: Slices
    total: Slices

    def where(self, chosen: NDArray[np.bool_]) -> Share:
        """Some of the slices."""
        at_least = self.at_least[chosen]
        at_most = at_least if self.at_most is self.at_least else self.at_most[chosen]
        return Share(at_least, at_most, self.total[chosen])

    @property
    def events(self) -> int:
        return int(self.total.sum())

    @property
    def good(self) -> int:
        return int(self.at_least.sum())


@dataclass(frozen=True, slots=True)
class JudgedShare:
    """A share compared with its ``target``; ``longer`` is how many times as long a run would decide it."""

    outcome: Outcome
    bounds: Bounds
    target: float
    longer: float = 1.0

    def reason(self, what: str) -> str:
        """The comparison in a sentence; ``what`` says what good events did ("requests succeeded")."""
        low, high = wording.percent(self.bounds.low), wording.percent(self.bounds.high)
        promised = quantity_text(round(self.target, _EXACT_DIGITS), Unit.RATIO)
        if self.target >= 1:
            return f"{wording.percent(self.bounds.point)} of {what}; all of them were promised to"
        match self.outcome:
            case Outcome.PASS:
                return f"at least {low} of {what}; {promised} were promised"
            case Outcome.FAIL:
                return f"at most {high} of {what}; {promised} were promised"
            case _:
                return f"between {low} and {high} of {what}; whether the promised {promised} do is open"

    def needs(self, seconds: float, events: float, what: str) -> str:
        """What an undecided one lacks, in a sentence."""
        if self.outcome is not Outcome.UNDECIDED:
            return ""
        return wording.more_needed(self.longer, seconds, events, what)


def judge_share(share: Share, target: float, confidence: float) -> JudgedShare:
    """PASS when the whole bound is at or above the target, FAIL when it is below; ``share`` has events."""
    fewer = ratio_bounds(share.at_least, share.total, confidence)
    more = fewer if share.at_most is share.at_least else ratio_bounds(share.at_most, share.total, confidence)
    bounds = Bounds(fewer.point, fewer.low, more.high, min(fewer.effective, more.effective))
    if target >= 1:
        return JudgedShare(_census(fewer.point, more.point), bounds, target)
    return judge_bounds(bounds, target, confidence)


def judge_bounds(bounds: Bounds, target: float, confidence: float) -> JudgedShare:
    """The same of a share that has been measured; ``target`` is below 1."""
    if bounds.low >= target:
        return JudgedShare(Outcome.PASS, bounds, target)
    if bounds.high < target:
        return JudgedShare(Outcome.FAIL, bounds, target)
    return JudgedShare(Outcome.UNDECIDED, bounds, target, _times_longer(bounds, target, confidence))


def _census(fewest: float, most: float) -> Outcome:
    """A promise about every single event: kept or broken in this run, whatever the next one brings."""
    if fewest >= 1:
        return Outcome.PASS
    return Outcome.FAIL if most < 1 else Outcome.UNDECIDED


def _times_longer(bounds: Bounds, target: float, confidence: float) -> float:
    """How many times as long a run with the same share would be decided; more than any run can be if none."""
    if bounds.effective == 0:
        return 2.0

    def undecided(times: float) -> bool:
        found = at_effective(bounds.point, bounds.effective * times, confidence)
        return found.low < target <= found.high

    tried = np.geomspace(1.0, _LONGEST, 240)
    return next((float(times) for times in tried if not undecided(float(times))), 10 * _LONGEST)
