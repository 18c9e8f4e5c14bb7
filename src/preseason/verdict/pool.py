"""Whether there were enough users for the journeys that were planned.

Users think between requests, and a user who thinks is not free. By Little's law, the thinking alone occupies
N = X Z users: journeys a second times the time a journey takes beside waiting for answers. Where that is
about as many as there are, journeys wait for a user although the target answers at once, and the run says
nothing about the target.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from preseason.run.columns import array_of
from preseason.run.histogram import BUCKETS, lower_edge_ms
from preseason.run.requests import Clock
from preseason.verdict.arrivals import arrivals_of
from preseason.verdict.statistics.products import inner_product

if TYPE_CHECKING:
    from preseason.run.histogram import Histogram
    from preseason.verdict.evidence import Evidence

#: Fewer journeys than this may wait for a free user by chance.
MOST_WAITING = 0.03
#: A target that errs loses some users before the load; with fewer left than this, it is not the load planned.
FEWEST_STAYING = 0.25


@dataclass(frozen=True, slots=True)
class Shortage:
    """A scenario whose users were too few even for a target that answers at once."""

    scenario: str
    users: int
    thinking: float

    @property
    def needed(self) -> int:
        """Users that would suffice: those who think on average, and twice the usual swing of a Poisson."""
        return math.ceil(self.thinking + 2 * math.sqrt(self.thinking))


def shortages(evidence: Evidence) -> tuple[Shortage, ...]:
    """Every scenario whose journeys waited for users who were thinking."""
    planned, staying = evidence.run.manifest.users, _staying(evidence)
    found = (_shortage(evidence, name, math.floor(planned[name] * staying)) for name in sorted(planned))
    return tuple(shortage for shortage in found if shortage is not None)


def deserted(evidence: Evidence) -> bool:
    """Whether journeys waited, and most users were gone before the load began (refused logins, say)."""
    due = arrivals_of(evidence.run, evidence.judged)
    return due.starved > MOST_WAITING * due.planned and _staying(evidence) < FEWEST_STAYING


def _staying(evidence: Evidence) -> float:
    """The share of the planned users that were still there when the load began."""
    for event in evidence.run.timeline:
        left, wanted = event.facts.get("users_left"), event.facts.get("users_wanted")
        if isinstance(left, int) and isinstance(wanted, int) and wanted:
            return 1 - left / wanted
    return 1.0


def _shortage(evidence: Evidence, scenario: str, users: int) -> Shortage | None:
    due = arrivals_of(evidence.run, evidence.judged, scenario)
    if due.starved <= MOST_WAITING * due.planned or not due.finished:
        return None
    thinking = due.planned / evidence.judged.length_s * _think_s(evidence, scenario)
    shortage = Shortage(scenario, users, thinking)
    return shortage if shortage.needed > users else None


def _think_s(evidence: Evidence, scenario: str) -> float:
    """The part of a journey that is spent neither waiting for a user nor for an answer, in seconds."""
    span, table = evidence.judged, evidence.run.arrivals
    second = array_of(table["second"])
    rows = (second >= span.start_s) & (second < span.end_s)
    rows &= np.array(table["scenario"].to_pylist(), dtype=object) == scenario
    finished = int(array_of(table["finished"])[rows].sum())
    journeys_ms = float(array_of(table["journey_sum_ms"])[rows].sum())
    requests = evidence.run.requests.of_scenario(scenario).between(span.start_s, span.end_s)
    answers_ms = (requests.mean_ms(Clock.SERVICE) or 0.0) * requests.total
    lag_ms = _mean_ms(arrivals_of(evidence.run, span, scenario).lags)
    return max(0.0, ((journeys_ms - answers_ms) / finished - lag_ms) / 1000)


def _mean_ms(histogram: Histogram) -> float:
    """The mean of what was counted, to half a bucket; 0 of nothing."""
    edges = lower_edge_ms(np.arange(BUCKETS + 1))
    middles = (edges[:-1] + edges[1:]) / 2
    total = histogram.total
    return inner_product(histogram.counts, middles) / total if total else 0.0
