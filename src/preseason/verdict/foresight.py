"""What objectives will ask of a load, before there is one: how many requests each needs, and how many come.

A share is decided by an exact binomial bound (``intervals.at_effective``), so that the fewest events it takes
follow from the share and the confidence alone. Requests that are not independent count for less: these are
lower bounds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from preseason.slo.burn import is_ratio, target_of
from preseason.slo.model import Kind, LoadModel
from preseason.verdict.statistics.intervals import at_effective
from preseason.verdict.statistics.ranks import fewest_for_upper

if TYPE_CHECKING:
    from preseason.slo.model import Load, Objective

#: Our scenarios send four to six requests a journey; what others send is not known before they run.
REQUESTS_A_JOURNEY = 6.0
#: As the verdict cuts a warm-up that is not given: never less than the ramp and this.
_LEAST_SHARE, _LEAST_S = 0.1, 30.0
_MOST_EVENTS = 1e9
_ABOUT_REQUESTS = {Kind.LATENCY_QUANTILE, Kind.ERRORS, Kind.AVAILABILITY}


@dataclass(frozen=True, slots=True)
class Need:
    """How many independent events decide a share: ``fewest`` if all are good, ``usual`` if half of what is
    allowed is bad, and ``to_fail`` if all are bad.
    """

    fewest: int
    usual: int
    to_fail: int


def need_of(objective: Objective) -> Need | None:
    """What a share needs; None for what is no share of events, or must hold for every single one."""
    target, confidence = target_of(objective), objective.confidence
    share = is_ratio(objective) or (
        objective.over_s is not None and objective.indicator.kind in _ABOUT_REQUESTS
    )
    if not share or not 0 < target < 1:
        return None
    return Need(
        fewest=fewest_for_upper(target, confidence),
        usual=_events(1 - (1 - target) / 2, target, confidence),
        to_fail=max(1, math.ceil(math.log(1 - confidence) / math.log(1 - target))),
    )


def _events(share: float, target: float, confidence: float) -> int:
    """The fewest events of which ``share`` are good that prove ``target``."""
    low, high = 1.0, 2.0
    while high < _MOST_EVENTS and at_effective(share, high, confidence).low < target:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) / 2
        proves = at_effective(share, middle, confidence).low >= target
        low, high = (low, middle) if proves else (middle, high)
    return math.ceil(high)


def judged_s(load: Load) -> float:
    """How much of a load will be judged, at most."""
    if load.warmup_s is not None:
        return load.duration_s - load.warmup_s
    holds = [stage for stage in load.stages if stage.kind == "hold"]
    if not holds:
        return load.duration_s
    return load.duration_s - holds[0].start_s - min(_LEAST_S, _LEAST_SHARE * load.duration_s)


def requests_in(load: Load, objective: Objective) -> float | None:
    """About how many requests of ``objective`` a load makes in the time that is judged; None: nobody knows.

    Of one endpoint, it is the most there can be: as many as of all together.
    """
    if load.model is not LoadModel.OPEN:
        return None
    requests = _journeys(load) * REQUESTS_A_JOURNEY
    mix = load.mix or {}
    if objective.scenario is not None and mix:
        requests *= mix.get(objective.scenario, 0.0) / sum(mix.values())
    windows = judged_s(load) / objective.over_s if objective.over_s else 1.0
    return requests / max(windows, 1.0)


def _journeys(load: Load) -> float:
    """The arrivals that are due after the warm-up: the area below the line."""
    begin_s = load.duration_s - judged_s(load)
    due = 0.0
    for stage in load.stages:
        length_s = stage.end_s - stage.start_s
        start_s = max(stage.start_s, begin_s)
        if length_s <= 0 or start_s >= stage.end_s:
            continue
        level = stage.begin + (stage.end - stage.begin) * (start_s - stage.start_s) / length_s
        due += (level + stage.end) / 2 * (stage.end_s - start_s)
    return due
