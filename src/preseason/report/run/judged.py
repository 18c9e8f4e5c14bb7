"""The part of a run that its verdict rests on, cut exactly as the verdict cut it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from preseason.report.charts.axes import TimeAxis
from preseason.verdict.evidence import evidence_of

if TYPE_CHECKING:
    from preseason.run.reading import Run
    from preseason.run.requests import Requests
    from preseason.verdict.model import Verdict


@dataclass(frozen=True, slots=True)
class Judged:
    """``requests`` are those that were judged, with the ones answered after the load had ended.

    ``in_time`` are those of them that ended within its ``seconds``: what a rate is made of. ``axis`` reaches
    from the start of the load to the last answer; None where there was no load.
    """

    requests: Requests
    in_time: Requests
    seconds: float
    axis: TimeAxis | None

    @property
    def per_second(self) -> float:
        return self.in_time.total / self.seconds


def judged_of(run: Run, verdict: Verdict) -> Judged:
    """Without a judged window, everything that was recorded."""
    window = verdict.window
    evidence = evidence_of(run, window.warmup_s if window else None)
    if evidence is None or evidence.load_and_drain.length_s <= 0:
        return Judged(run.requests, run.requests, 1.0, None)
    span = evidence.load_and_drain
    axis = TimeAxis(float(span.start_s), float(span.end_s))
    if window is None:
        return Judged(run.requests, run.requests, axis.length_s, axis)
    in_time = run.requests.between(window.start_s, window.end_s)
    return Judged(evidence.requests, in_time, max(window.end_s - window.start_s, 1.0), axis)
