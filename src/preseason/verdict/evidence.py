"""What a verdict may look at: the judged part of a run, cut to size once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

from preseason.run.columns import array_of
from preseason.run.samples import GENERATOR
from preseason.run.timeline import EventKind, load_ended_s, load_started_s
from preseason.verdict.model import Window
from preseason.verdict.statistics.steady import Drift, Span, drifts, warmup_length_s

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from preseason.run.manifest import Stage
    from preseason.run.reading import Run
    from preseason.run.requests import Requests
    from preseason.run.timeline import Event
    from preseason.slo.model import Objective

FoundBy = Literal["given", "data", "none"]

#: Beside its ramp, a load of unknown warm-up is not judged in its first tenth, or half minute.
_LEAST_SHARE, _LEAST_S = 0.1, 30.0


@dataclass(frozen=True)
class Baseline:
    """The past runs that a run may be compared with; where there are none, why."""

    runs: tuple[Run, ...] = ()
    absent: str = "there is no baseline to compare with: preseason baseline set RUN makes one"


NO_BASELINE = Baseline()


@dataclass(frozen=True)
class Evidence:
    """A run and the seconds of it that are judged.

    ``judged`` is the load after its warm-up. Requests are counted until ``drained_s``: what was under way
    when the load ended belongs to it, or a target that stalls in the end would escape. ``baseline`` are the
    past runs it may be compared with; ``no_baseline`` says why where there are none. ``ongoing``
    says that the load went on after what may be looked at.
    """

    run: Run
    load: Span
    judged: Span
    drained_s: int
    warmup_found_by: FoundBy = "none"
    holds: tuple[Span, ...] = ()
    baseline: tuple[Evidence, ...] = ()
    no_baseline: str = ""
    ongoing: bool = False

    @cached_property
    def drifts(self) -> tuple[Drift, ...]:
        """What did not stand still in the constant stages that are judged, parts of them or not."""
        return drifts(self.run.requests, self.holds)

    @cached_property
    def requests(self) -> Requests:
        return self.run.requests.between(self.judged.start_s, self.answered.end_s).outside(
            (gap.start_s, gap.end_s) for gap in self.unloaded
        )

    @cached_property
    def unloaded(self) -> tuple[Span, ...]:
        """The seconds in which nobody made the load, though it was not over."""
        gaps = (_gap_span(event) for event in self.run.timeline if _is_gap_of_load(event))
        inside = (_overlap(gap, self.answered) for gap in gaps)
        return tuple(span for span in inside if span.length_s)

    @cached_property
    def loaded(self) -> NDArray[np.bool_]:
        """For each second in which judged requests may have ended, whether the load was made in it."""
        made = np.ones(self.answered.length_s, dtype=np.bool_)
        for gap in self.unloaded:
            made[gap.start_s - self.answered.start_s : gap.end_s - self.answered.start_s] = False
        return made

    @property
    def loaded_share(self) -> float:
        """The share of the judged time in which the load was made; 1 of no time."""
        made = self.loaded[: self.judged.length_s]
        return float(made.mean()) if len(made) else 1.0

    @property
    def answered(self) -> Span:
        """The seconds in which the judged requests ended."""
        return Span(self.judged.start_s, max(self.judged.end_s, self.drained_s))

    @property
    def load_and_drain(self) -> Span:
        return Span(self.load.start_s, max(self.load.end_s, self.drained_s))

    @property
    def window(self) -> Window:
        warmup_s = float(self.judged.start_s - self.load.start_s)
        start_s, end_s = float(self.judged.start_s), float(self.judged.end_s)
        return Window(start_s=start_s, end_s=end_s, warmup_s=warmup_s, warmup_found_by=self.warmup_found_by)

    def about(self, objective: Objective) -> Requests:
        """The judged requests that an objective speaks of."""
        chosen = self.requests
        if objective.endpoint is not None:
            chosen = chosen.of_endpoint(objective.endpoint)
        return chosen if objective.scenario is None else chosen.of_scenario(objective.scenario)

    def during(self, part: Span) -> Evidence:
        """The evidence of a part of what is judged; only the last part has the requests that came late."""
        drained_s = self.drained_s if part.end_s >= self.judged.end_s else part.end_s
        return replace(self, judged=part, drained_s=drained_s)


def evidence_of(run: Run, warmup_s: float | None, baseline: Baseline = NO_BASELINE) -> Evidence | None:
    """The judged part of a run; None where no load was begun. ``warmup_s`` None finds it from the data.

    The runs of a ``baseline`` are cut by the same warm-up, or each by its own where that is to be found.
    """
    load = _load_span(run)
    if load is None:
        return None
    warmup, found_by = _warmup_s(run, load, warmup_s)
    judged = Span(load.start_s + min(warmup, load.length_s), load.end_s)
    holds = tuple(part for hold in _holds(run, load) if (part := _overlap(hold, judged)).length_s > 0)
    past = tuple(one for other in baseline.runs if (one := evidence_of(other, warmup_s)) is not None)
    return Evidence(run, load, judged, _drained_s(run, load), found_by, holds, past, baseline.absent)


def as_of(evidence: Evidence, elapsed_s: float) -> Evidence:
    """What was known when the load had lasted for so long; all of it where that was not shorter."""
    run, end_s = evidence.run, evidence.load.start_s + int(elapsed_s)
    if end_s >= evidence.load.end_s:
        return evidence
    load = Span(evidence.load.start_s, end_s)
    warmup = evidence.judged.start_s - load.start_s
    if evidence.warmup_found_by == "data":
        warmup, _ = _warmup_s(run, load, None)
    judged = Span(min(load.start_s + warmup, end_s), end_s)
    holds = tuple(part for hold in _holds(run, load) if (part := _overlap(hold, judged)).length_s > 0)
    return replace(evidence, load=load, judged=judged, drained_s=end_s, holds=holds, ongoing=True)


def _load_span(run: Run) -> Span | None:
    started_s = _load_started_s(run)
    if started_s is None:
        return None
    stated_s = run.manifest.load_ended_s
    ended_s = load_ended_s(run.timeline) if stated_s is None else stated_s
    if ended_s is None:
        ended_s = _last_second(run) + 1
    # However the moment was spoiled: a load lasts no longer than it was planned.
    ended_s = min(ended_s, started_s + run.manifest.stages[-1].end_s)
    start_s = int(np.ceil(started_s))
    return Span(start_s, max(start_s, int(np.floor(ended_s))))


def _load_started_s(run: Run) -> float | None:
    stated_s = run.manifest.load_started_s
    return load_started_s(run.timeline) if stated_s is None else stated_s


def _last_second(run: Run) -> float:
    return float(run.requests.second.max(initial=0))


def _drained_s(run: Run, load: Span) -> int:
    """When the last journey ended; an interrupted run was not given the time."""
    if not run.manifest.is_complete:
        return load.end_s
    finished = array_of(run.arrivals["second"])[array_of(run.arrivals["finished"]) > 0]
    return max(load.end_s, int(finished.max(initial=0)) + 1)


def _is_gap_of_load(event: Event) -> bool:
    return event.kind is EventKind.GAP and event.source == GENERATOR and event.until_s is not None


def _gap_span(event: Event) -> Span:
    until_s = event.at_s if event.until_s is None else event.until_s
    return Span(int(np.floor(event.at_s)), int(np.ceil(until_s)))


def _warmup_s(run: Run, load: Span, given_s: float | None) -> tuple[int, FoundBy]:
    if given_s is not None:
        return int(np.ceil(given_s)), "given" if given_s > 0 else "none"
    holds = _holds(run, load)
    if not holds:
        return 0, "none"
    ramp_s = holds[0].start_s - load.start_s
    # What may end early is no reason to begin judging earlier.
    length_s = load.length_s if run.manifest.looks is None else run.manifest.stages[-1].end_s
    least_s = ramp_s + int(min(_LEAST_S, _LEAST_SHARE * length_s))
    return max(least_s, ramp_s + warmup_length_s(run.requests, holds[0])), "data"


def _holds(run: Run, load: Span) -> list[Span]:
    """The constant stages as far as they were run."""
    return [
        _overlap(_span(stage, load.start_s), load) for stage in run.manifest.stages if stage.kind == "hold"
    ]


def _span(stage: Stage, origin_s: int) -> Span:
    return Span(origin_s + int(np.ceil(stage.start_s)), origin_s + int(stage.end_s))


def _overlap(one: Span, other: Span) -> Span:
    start_s = max(one.start_s, other.start_s)
    return Span(start_s, max(start_s, min(one.end_s, other.end_s)))
