"""When users began to suffer: the moment from which a run missed what was promised."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from preseason.slo.model import Kind
from preseason.verdict.model import Outcome
from preseason.verdict.requests import latency_share, success_share
from preseason.verdict.shares import Share, judge_share

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from preseason.slo.model import Objective
    from preseason.verdict.evidence import Evidence

    Values = NDArray[np.float64]

#: Stretches that are judged; shorter ones hold too few requests to tell bad luck from a bad platform.
WINDOW_S = 30
_STEP_S = 5
_FEWEST_EVENTS = 20
_RATIOS = {Kind.LATENCY_QUANTILE, Kind.ERRORS, Kind.AVAILABILITY}


@dataclass(frozen=True, slots=True)
class Suffering:
    """What was missed in a run: ``objective`` broke first, at ``broke_s`` (epoch); None where none did.

    ``bad`` counts, for each second from ``start_s`` (epoch), the requests that missed any objective.
    ``judged`` says how many objectives about requests there were to ask.
    """

    start_s: int
    bad: Values
    judged: int
    objective: str = ""
    broke_s: int | None = None

    def bad_until(self, end_s: float | None) -> int:
        """How many requests missed an objective before ``end_s``; in all, without an end."""
        end = len(self.bad) if end_s is None else max(0, int(end_s) - self.start_s)
        return round(float(self.bad[:end].sum()))


def suffering_of(objectives: Sequence[Objective], evidence: Evidence) -> Suffering:
    """Asks every required objective that is a share of requests, after the warm-up."""
    asked = [one for one in objectives if one.required and _about_requests(one)]
    shares = [(one, _share(one, evidence)) for one in asked]
    seconds = evidence.answered
    bad = np.zeros(seconds.length_s)
    for _, share in shares:
        bad = np.maximum(bad, share.total - share.at_least)
    moments = [(moment, one.name) for one, share in shares for moment in _first_break(one, share)]
    if not moments:
        return Suffering(seconds.start_s, bad, len(asked))
    first, name = min(moments)
    return Suffering(seconds.start_s, bad, len(asked), name, seconds.start_s + first)


def _about_requests(objective: Objective) -> bool:
    return objective.indicator.kind in _RATIOS and not objective.of_baseline and objective.waiver is None


def _share(objective: Objective, evidence: Evidence) -> Share:
    requests = evidence.about(objective)
    if objective.indicator.kind is Kind.LATENCY_QUANTILE:
        return latency_share(objective, evidence, requests)
    return success_share(objective, evidence, requests)


def _target(objective: Objective) -> float:
    match objective.indicator.kind:
        case Kind.LATENCY_QUANTILE:
            return objective.indicator.quantile or 0.0
        case Kind.ERRORS:
            return 1 - objective.limit
        case _:
            return objective.limit


def _first_break(objective: Objective, share: Share) -> Iterator[int]:
    """The first bad second of the first stretch that fails for sure, counted from the first judged second."""
    target, length_s = _target(objective), len(share.total)
    stretches = [
        slice(start, start + WINDOW_S) for start in range(0, max(1, length_s - WINDOW_S + 1), _STEP_S)
    ]
    for part in (
        *stretches,
        slice(0, length_s),
    ):  # what is missed as a whole was missed, if by little at a time
        stretch = Share(share.at_least[part], share.at_most[part], share.total[part])
        missed = stretch.at_most < target * stretch.total
        if stretch.events < _FEWEST_EVENTS or stretch.at_most.sum() >= target * stretch.total.sum():
            continue
        if judge_share(stretch, target, objective.confidence).outcome is Outcome.FAIL:
            yield part.start + int(np.argmax(missed))
            return
