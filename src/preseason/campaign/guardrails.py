"""Stops a step of a series at once when it does harm: to go on would only prove what is known already."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from preseason.verdict import wording

if TYPE_CHECKING:
    from preseason.campaign.observer import Observer, Progress

#: How the timeline begins to tell of a run that was not made to its end for the target's sake.
STOPPED_BY_GUARDRAIL = "stopped by a guardrail"
MOST_ERRORS = 0.05
#: Times the strictest latency limit of the objectives.
MOST_SLOWNESS = 5.0
#: So many looks in a row, about a second each: one bad second is none.
_LOOKS = 8
_FEWEST_REQUESTS = 5.0
#: What the traffic calls the time in which it makes the load: neither logging in nor draining.
_LOAD = "load"


class GuardrailError(Exception):
    """The target is harmed; the text says what was seen."""


@dataclass(slots=True)
class Guardrail:
    """An observer that passes everything on, and raises GuardrailError when it has seen enough.

    What happens in the first ``settle_s`` seconds is warm-up, and stops nothing. ``loading`` says whether the
    load is being made, which logging in beforehand is not.
    """

    observer: Observer
    settle_s: float
    limit_ms: float | None
    loading: bool = False
    _bad: int = 0

    def step(self, text: str) -> None:
        self.observer.step(text)

    def progress(self, progress: Progress) -> None:
        self.observer.progress(progress)
        self.loading = progress.phase == _LOAD
        harm = self._harm(progress)
        self._bad = self._bad + 1 if harm else 0
        if self._bad >= _LOOKS:
            raise GuardrailError(harm)

    def _harm(self, progress: Progress) -> str:
        requests = progress.requests_rate or 0.0
        if progress.elapsed_s < self.settle_s or requests < _FEWEST_REQUESTS:
            return ""
        if (progress.errors_rate or 0.0) > MOST_ERRORS * requests:
            return f"more than {wording.whole_percent(MOST_ERRORS)} of requests failed"
        if self.limit_ms and (progress.p95_ms or 0.0) > MOST_SLOWNESS * self.limit_ms:
            return f"p95 was above {MOST_SLOWNESS:g} times the limit of {self.limit_ms:g} ms"
        return ""
