"""What became of the journeys that were planned, and whose doing it was that some never began."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from preseason.run import tables
from preseason.run.columns import array_of, in_one_piece, rows_where
from preseason.run.histogram import Histogram
from preseason.run.manifest import Status
from preseason.run.requests import Endpoint

if TYPE_CHECKING:
    from preseason.run.reading import Run
    from preseason.run.requests import Requests
    from preseason.slo.model import Objective
    from preseason.verdict.evidence import Evidence
    from preseason.verdict.statistics.intervals import Slices
    from preseason.verdict.statistics.steady import Span

#: With fewer of the planned journeys begun, or ended, too few answers are known for them to pass.
FEWEST_STARTED = 0.97

#: What the table of errors counts journeys that raised as, beside the requests that failed.
JOURNEY = Endpoint(tables.JOURNEY, "")


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What became of the journeys that were due in some seconds; ``lags`` of those that began."""

    planned: int
    started: int
    finished: int
    late: int
    starved: int
    dropped: int
    lags: Histogram

    @property
    def lost_to_target(self) -> int:
        return min(self.dropped, self.starved)

    def lost_to_generator(self, limit_ms: float) -> int:
        """Those that never began, or later than ``limit_ms``, although a user was free."""
        later = self.lags.total - self.lags.within(limit_ms).at_most
        return self.dropped - self.lost_to_target + max(0, later - self.starved)

    @property
    def unfinished(self) -> int:
        return max(0, self.started - self.finished)


def arrivals_of(run: Run, span: Span, scenario: str | None = None) -> Arrivals:
    """The arrivals due in ``span``, of one scenario or of all."""
    table = run.arrivals
    second = array_of(table["second"])
    rows = (second >= span.start_s) & (second < span.end_s)
    if scenario is not None:
        rows &= np.array(table["scenario"].to_pylist(), dtype=object) == scenario
    chosen = rows_where(table, rows)
    lags = (array_of(in_one_piece(chosen[name]).flatten()) for name in ("lag_bucket", "lag_count"))
    counts = {
        name: int(array_of(chosen[name]).sum())
        for name in ("planned", "started", "finished", "late", "starved", "dropped")
    }
    return Arrivals(**counts, lags=Histogram.from_pairs(*lags))


def missing_requests(evidence: Evidence, objective: Objective, requests: Requests) -> Slices:
    """The requests of journeys that never began because the target held every user, by second.

    Each counts as many as a journey that began sent on average: somebody waited for them in vain.
    """
    seconds = evidence.answered
    missing = np.zeros(seconds.length_s)
    table = evidence.run.arrivals
    if not table.num_rows:
        return missing
    second = array_of(table["second"])
    rows = (second >= seconds.start_s) & (second < seconds.end_s)
    if objective.scenario is not None:
        rows &= np.array(table["scenario"].to_pylist(), dtype=object) == objective.scenario
    started, starved, dropped = (array_of(table[name])[rows] for name in ("started", "starved", "dropped"))
    if not dropped.any():
        return missing
    each = requests.total / started.sum() if started.any() and requests.total else 1.0
    np.add.at(missing, second[rows] - seconds.start_s, np.minimum(starved, dropped) * each)
    return missing


def broken_off(evidence: Evidence, objective: Objective, failures: int) -> Slices:
    """Journeys that raised, by second, beyond those that ``failures`` of requests explain.

    A script that trips over an answer, though it came with a good status, was not served. No endpoint is to
    blame, so that an objective about one counts none.
    """
    seconds = evidence.answered
    broken = np.zeros(seconds.length_s)
    if objective.endpoint is not None:
        return broken
    table = evidence.run.errors
    table = rows_where(table, np.array(table["name"].to_pylist(), dtype=object) == JOURNEY.name)
    if objective.scenario is not None:
        table = rows_where(table, np.array(table["scenario"].to_pylist(), dtype=object) == objective.scenario)
    second, counts = array_of(table["second"]) - seconds.start_s, array_of(table["requests"])
    inside = (second >= 0) & (second < seconds.length_s)
    np.add.at(broken, second[inside], counts[inside])
    told_by_requests = min(1.0, failures / max(float(broken.sum()), 1.0))
    return broken * (1 - told_by_requests)


def all_accounted_for(evidence: Evidence, objective: Objective) -> str:
    """Why nothing about answers can pass: the target left too many journeys waiting. Empty if it did not."""
    due = arrivals_of(evidence.run, evidence.judged, objective.scenario)
    if due.planned and due.lost_to_target > (1 - FEWEST_STARTED) * due.planned:
        lost = f"{due.lost_to_target} of {due.planned} planned journeys never began"
        return f"{lost}: the target held every user"
    whole = arrivals_of(evidence.run, evidence.load_and_drain, objective.scenario)
    ended = evidence.run.manifest.status is Status.FINISHED and not evidence.ongoing
    if ended and whole.unfinished > (1 - FEWEST_STARTED) * whole.started:
        return f"{whole.unfinished} of {whole.started} journeys had not ended when the run did"
    return ""
