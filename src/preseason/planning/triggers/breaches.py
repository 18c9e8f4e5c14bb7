"""When users began to suffer: the moment from which a run missed what was promised, and whose requests."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from preseason.slo.model import Kind
from preseason.verdict.means import judge_mean
from preseason.verdict.model import Outcome
from preseason.verdict.requests import latency_share, success_share
from preseason.verdict.shares import Share, judge_share

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from preseason.run.requests import Endpoint, Requests
    from preseason.slo.model import Objective
    from preseason.verdict.evidence import Evidence

    Values = NDArray[np.float64]

#: Stretches that are judged; shorter ones hold too few requests to tell bad luck from a bad platform.
WINDOW_S = 30
_STEP_S = 5
_FEWEST_EVENTS = 20
_RATIOS = {Kind.LATENCY_QUANTILE, Kind.ERRORS, Kind.AVAILABILITY}
_TIMES = {Kind.LATENCY_QUANTILE, Kind.LATENCY_MEAN}


@dataclass(frozen=True, slots=True)
class Suffering:
    """What was missed in a run: ``objective`` broke first, at ``broke_s`` (epoch); None where none did.

    ``bad`` counts, for each second from ``start_s`` (epoch), the requests that missed any objective, those
    that were never sent among them; ``bad_by_endpoint`` those that were. ``judged`` says how many objectives
    there were that requests could be held against: without any, nobody knows whether users suffered.
    """

    start_s: int
    bad: Values
    judged: int
    objective: str = ""
    broke_s: int | None = None
    bad_by_endpoint: Mapping[Endpoint, Values] = field(default_factory=dict)

    def lost(self, end_s: float | None) -> int:
        """How many requests missed an objective from the break on and before ``end_s``; without, in all."""
        return round(float(self.bad[self._between(end_s)].sum()))

    def lost_by_endpoint(self, end_s: float | None) -> tuple[tuple[str, int], ...]:
        """The same by endpoint, the most first; what was never sent stands under no endpoint."""
        part = self._between(end_s)
        counts = ((str(one), round(float(bad[part].sum()))) for one, bad in self.bad_by_endpoint.items())
        return tuple(sorted((pair for pair in counts if pair[1]), key=lambda pair: (-pair[1], pair[0])))

    def _between(self, end_s: float | None) -> slice:
        if self.broke_s is None:
            return slice(0, 0)
        first = self.broke_s - self.start_s
        return slice(first, len(self.bad) if end_s is None else max(first, int(end_s) - self.start_s))


def suffering_of(objectives: Sequence[Objective], evidence: Evidence) -> Suffering:
    """Asks every required objective about how requests were answered, after the warm-up."""
    asked = [one for one in objectives if _asked(one)]
    judged = [one for one in asked if _share(one, evidence, evidence.about(one)).events >= _FEWEST_EVENTS]
    by_endpoint = _by_endpoint(judged, evidence)
    whole = [_missed(_share(one, evidence, evidence.about(one))) for one in judged]
    nothing = np.zeros(evidence.answered.length_s)
    bad = np.maximum.reduce([nothing, sum(by_endpoint.values(), nothing), *whole])
    found = Suffering(evidence.answered.start_s, bad, len(judged), bad_by_endpoint=by_endpoint)
    moments = [(moment, one.name) for one in judged for moment in _first_break(one, evidence)]
    if not moments:
        return found
    first, name = min(moments)
    return replace(found, objective=name, broke_s=found.start_s + first)


def _asked(objective: Objective) -> bool:
    about_requests = objective.indicator.kind in _RATIOS | _TIMES
    return about_requests and objective.required and not objective.of_baseline and objective.waiver is None


def _share(objective: Objective, evidence: Evidence, requests: Requests) -> Share:
    """Requests that kept to the objective, by second; of a mean, those that were no slower than its limit."""
    if objective.indicator.kind in _TIMES:
        return latency_share(objective, evidence, requests)
    return success_share(objective, evidence, requests)


def _missed(share: Share) -> Values:
    return share.total - share.at_least


def _by_endpoint(objectives: Sequence[Objective], evidence: Evidence) -> dict[Endpoint, Values]:
    """Requests that missed an objective, by the endpoint that they asked."""
    found = {}
    for endpoint in evidence.requests.present_endpoints():
        missed = [_missed_of(endpoint, one, evidence) for one in objectives]
        found[endpoint] = np.maximum.reduce([np.zeros(evidence.answered.length_s), *missed])
    return found


def _missed_of(endpoint: Endpoint, objective: Objective, evidence: Evidence) -> Values:
    seconds, sent = evidence.answered, evidence.about(objective).of_endpoint(endpoint)
    if objective.indicator.kind not in _TIMES:
        return sent.failures().per_second(seconds.start_s, seconds.end_s).astype(np.float64)
    total = sent.per_second(seconds.start_s, seconds.end_s)
    good, _ = sent.successes().within_per_second(objective.limit, seconds.start_s, seconds.end_s)
    return (total - good).astype(np.float64)


def _first_break(objective: Objective, evidence: Evidence) -> Iterator[int]:
    """The first bad second of the first stretch that fails for sure, counted from the first judged second."""
    if objective.indicator.kind is Kind.LATENCY_MEAN:
        yield from _first_break_of_mean(objective, evidence)
        return
    target, share = _target(objective), _share(objective, evidence, evidence.about(objective))
    for part in _stretches(objective, len(share.total)):
        stretch = Share(share.at_least[part], share.at_most[part], share.total[part])
        if stretch.events < _FEWEST_EVENTS or stretch.at_most.sum() >= target * stretch.total.sum():
            continue
        if judge_share(stretch, target, objective.confidence).outcome is Outcome.FAIL:
            yield part.start + int(np.argmax(stretch.at_most < target * stretch.total))
            return


def _first_break_of_mean(objective: Objective, evidence: Evidence) -> Iterator[int]:
    seconds, answered = evidence.answered, evidence.about(objective).successes()
    sums = answered.sums_per_second(seconds.start_s, seconds.end_s)
    counts = answered.per_second(seconds.start_s, seconds.end_s).astype(np.float64)
    for part in _stretches(objective, len(sums)):
        events = float(counts[part].sum())
        if events < _FEWEST_EVENTS or sums[part].sum() <= objective.limit * events:
            continue
        judged = judge_mean(objective, sums[part], counts[part], events, "requests")
        if judged.outcome is Outcome.FAIL:
            yield part.start + int(np.argmax(sums[part] > objective.limit * counts[part]))
            return


def _stretches(objective: Objective, length_s: int) -> Iterator[slice]:
    """Half minutes, or the windows that the objective names; last the whole, of which little at a time may
    be missed.
    """
    window_s = min(int(objective.over_s or WINDOW_S), length_s)
    for start in range(0, max(1, length_s - window_s + 1), _STEP_S):
        yield slice(start, start + window_s)
    if objective.over_s is None:
        yield slice(0, length_s)


def _target(objective: Objective) -> float:
    match objective.indicator.kind:
        case Kind.LATENCY_QUANTILE:
            return objective.indicator.quantile or 0.0
        case Kind.ERRORS:
            return 1 - objective.limit
        case _:
            return objective.limit
