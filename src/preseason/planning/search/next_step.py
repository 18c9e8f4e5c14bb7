"""The capacity search: given the steps made so far, which next? Pure, so that a killed search goes on.

Offered rates rise geometrically to the first FAIL, then the gap between the last PASS and it is bisected
until it is narrow. A step that could not be decided is made once more, longer. If it stays undecided it
becomes neither end: the upper end is always a real FAIL, the lower a real PASS, and the search goes on
around it. At the end a soak below the highest PASS confirms it, the lowest FAIL is made again, and at once a
lower rate that had passed: what fails only once, or passes only before it, was not capacity but luck or a
target that does not recover (hysteresis).

A search that may take only so long leaves its bracket wider and keeps the time to confirm it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING

from preseason.verdict.model import Decision

if TYPE_CHECKING:
    from collections.abc import Sequence


class Purpose(StrEnum):
    """Why a step is made."""

    RAMP = "ramp"
    BISECT = "bisect"
    EXTEND = "extend"
    REPEAT = "repeat"
    CONFIRM = "confirm"
    RETEST = "retest"
    LOWER = "lower"


#: Made again after the search: what they tell is a finding, and no end of the bracket.
_AFTERWARDS = frozenset({Purpose.RETEST, Purpose.LOWER})
#: What is made at the end, and never longer.
_CLOSING = frozenset({Purpose.CONFIRM, Purpose.LOWER})
#: How long the soak and all that is made after the search take, in steps of the usual length.
_SOAK_STEPS, _CLOSING_STEPS = 1.7, 3.7


@dataclass(frozen=True, slots=True)
class Settings:
    """How to search; rates are arrivals a second, ``width`` is the bracket's, as a share of its lower end.

    The search goes neither below ``least_rate`` nor above ``most_rate``, and makes at most ``most_steps``, in
    about ``within_s`` seconds (None: however long it takes). At the end, a rate of at most ``lower_share`` of
    the highest PASS is made again.
    """

    start_rate: float
    least_rate: float
    most_rate: float
    factor: float = 1.5
    width: float = 0.10
    soak_share: float = 0.9
    most_soaks: int = 2
    most_steps: int = 40
    lower_share: float = 0.75
    within_s: float | None = None

    def has_time(self, steps: Sequence[Step], more: float) -> bool:
        """Whether so many steps more, as long as those made, are over in time."""
        if self.within_s is None or not steps:
            return True
        spent_s = sum(step.took_s for step in steps)
        return spent_s * (1 + more / len(steps)) <= self.within_s


@dataclass(frozen=True, slots=True)
class Planned:
    """The step to make next. ``EXTEND`` and ``CONFIRM`` last longer than the others."""

    rate: float
    purpose: Purpose


@dataclass(frozen=True, slots=True)
class Step:
    """A step that was made, and how it was judged.

    ``generator_bound`` says that it is INVALID because the generator was at its limit, not the target.
    ``binds`` names the objective that failed first, or stopped it as a guardrail. ``took_s`` is how long it
    took with all that belongs to it, ``recovered_s`` how long after an overload responses were good again.
    """

    rate: float
    purpose: Purpose
    outcome: Decision
    generator_bound: bool = False
    binds: str = ""
    took_s: float = 0.0
    recovered_s: float | None = None


@dataclass(frozen=True, slots=True)
class Bracket:
    """Where capacity lies: between the highest PASS and the lowest FAIL; ``undecided`` rates in between."""

    low: float | None
    high: float | None
    undecided: tuple[float, ...] = ()

    @property
    def width(self) -> float:
        """As a share of the lower end; infinite while an end is missing."""
        if self.low is None or self.high is None:
            return math.inf
        return self.high / self.low - 1


def bracket(steps: Sequence[Step]) -> Bracket:
    """From the last word on each rate; what was made again after the search is told as a finding.

    More load cannot be easier to carry: a PASS above a rate that did not pass counts for nothing. Among many
    steps near the edge, one passes by luck, and it would be that one that is reported.
    """
    told = [s for s in steps if s.outcome is not Decision.INVALID and s.purpose not in _AFTERWARDS]
    last = {step.rate: step.outcome for step in told}
    high = min((rate for rate, outcome in last.items() if outcome is Decision.FAIL), default=None)
    doubtful = [rate for rate, outcome in last.items() if outcome is Decision.UNDECIDED]
    undecided = tuple(sorted(rate for rate in doubtful if high is None or rate < high))
    edge = undecided[0] if undecided else high
    passed = (rate for rate, outcome in last.items() if outcome is Decision.PASS)
    low = max((rate for rate in passed if edge is None or rate < edge), default=None)
    return Bracket(low, high, undecided)


def next_step(settings: Settings, steps: Sequence[Step]) -> Planned | None:
    """The step to make next; None when the search is over."""
    if len(steps) >= settings.most_steps or not settings.has_time(steps, 1):
        return None
    if steps and settings.has_time(steps, _SOAK_STEPS) and (again := _once_more(steps)):
        return again
    found = bracket(steps)
    over = generator_limit(steps) is not None or _hopeless(steps)
    if over or not may_go_on(settings, steps, found):
        return _confirmation(settings, steps, found)
    return _narrower(settings, steps, found) or _confirmation(settings, steps, found)


def may_go_on(settings: Settings, steps: Sequence[Step], found: Bracket) -> bool:
    """Whether time is left for a step more and for what is made at the end: without a FAIL, only a soak."""
    return settings.has_time(steps, 1 + (_SOAK_STEPS if found.high is None else _CLOSING_STEPS))


def _once_more(steps: Sequence[Step]) -> Planned | None:
    """What could not be decided is made longer; what was invalid, again: the reason may have passed."""
    last = steps[-1]
    tried = [step.purpose for step in steps if step.rate == last.rate]
    if last.outcome is Decision.UNDECIDED and Purpose.EXTEND not in tried and last.purpose not in _CLOSING:
        return Planned(last.rate, Purpose.EXTEND)
    if last.outcome is Decision.INVALID and Purpose.REPEAT not in tried:
        return Planned(last.rate, Purpose.REPEAT)
    return None


def _hopeless(steps: Sequence[Step]) -> bool:
    """Whether the generator failed twice in a row at one rate."""
    return len(steps) > 1 and all(step.outcome is Decision.INVALID for step in steps[-2:])


def generator_limit(steps: Sequence[Step]) -> float | None:
    """The lowest rate that the generator could not make, when last it tried; None where it made all."""
    last = {step.rate: step.generator_bound for step in steps}
    return min((rate for rate, bound in last.items() if bound), default=None)


def _narrower(settings: Settings, steps: Sequence[Step], found: Bracket) -> Planned | None:
    """A step outside what is known, or in its widest gap; None once the bracket is narrow enough."""
    if found.high is None:
        highest = max((step.rate for step in steps), default=None)
        rate = settings.start_rate if highest is None else min(highest * settings.factor, settings.most_rate)
        return None if rate == highest else Planned(rate, Purpose.RAMP)
    if found.low is None:
        lowest = min(step.rate for step in steps)
        rate = max(lowest / settings.factor, settings.least_rate)
        return None if rate == lowest else Planned(rate, Purpose.RAMP)
    if found.width <= settings.width:
        return None
    gaps = pairwise((found.low, *found.undecided, found.high))
    low, high = max(gaps, key=lambda gap: gap[1] / gap[0])
    return Planned(math.sqrt(low * high), Purpose.BISECT) if high / low - 1 > settings.width else None


def _confirmation(settings: Settings, steps: Sequence[Step], found: Bracket) -> Planned | None:
    """A soak below the highest PASS, then the lowest FAIL again, and at once a rate that had passed."""
    soaks = [step for step in steps if step.purpose is Purpose.CONFIRM]
    rate = (found.low or 0.0) * settings.soak_share
    if rate and len(soaks) < settings.most_soaks and not any(step.rate == rate for step in soaks):
        return Planned(rate, Purpose.CONFIRM)
    made = {step.purpose for step in steps}
    if found.high is not None and soaks and Purpose.RETEST not in made:
        return Planned(found.high, Purpose.RETEST)
    if Purpose.RETEST in made and Purpose.LOWER not in made and found.low is not None:
        return Planned(_lower(settings, steps, found.low), Purpose.LOWER)
    return None


def _lower(settings: Settings, steps: Sequence[Step], low: float) -> float:
    """The highest rate clearly below ``low`` that had passed, or such a rate that nobody tried."""
    most = low * settings.lower_share
    passed = (step.rate for step in steps if step.outcome is Decision.PASS and step.rate <= most)
    return max(passed, default=most)
