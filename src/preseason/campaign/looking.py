"""Looks at a run while it lasts, by the very judging that is done in the end, and says when it may end."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from preseason.campaign.baselines import baseline_for
from preseason.campaign.guardrails import GuardrailError
from preseason.run.manifest import Looks
from preseason.run.reading import read_run
from preseason.verdict import wording
from preseason.verdict.evidence import evidence_of
from preseason.verdict.foresight import judged_s
from preseason.verdict.statistics.sequential import Standing, broken_guardrail, look

if TYPE_CHECKING:
    from pathlib import Path

    from preseason.slo.model import Load, Slo
    from preseason.verdict.evidence import Evidence

#: What was recorded has been written within this time.
_WRITTEN_S = 6.0
#: No run is over sooner than this after judging begins: what has not happened yet is not seen.
_FIRST_S = 30.0
#: Guardrails are looked at this often at most, and at most so many times.
_GUARD_EVERY_S = 10.0
_GUARD_LOOKS = 20
#: Looks lie so much further from where judging begins than the one before: most error is left to the last.
_GROWTH = 1.5
#: At a smaller share of the longest time there is too little error to spend for anything to be decided.
_LEAST_SHARE = 1e-3


def looks_of(slo: Slo, *, until_decided: bool) -> Looks | None:
    """When a run of this question is looked at; None where nothing asks for it."""
    guarded = any(objective.guardrail for objective in slo.objectives)
    if not (guarded or until_decided):
        return None
    load = slo.load
    from_s = load.duration_s - judged_s(load)
    return Looks(
        from_s=from_s,
        guard_s=_guard_s(load, from_s) if guarded else (),
        decide_s=_decide_s(load, from_s) if until_decided else (),
    )


def _guard_s(load: Load, from_s: float) -> tuple[float, ...]:
    step_s = max(_GUARD_EVERY_S, (load.duration_s - from_s) / _GUARD_LOOKS)
    count = int((load.duration_s - from_s) / step_s)
    return tuple(round(from_s + step_s * number, 3) for number in range(1, count + 1))


def _decide_s(load: Load, from_s: float) -> tuple[float, ...]:
    """From the end backwards, none before the last stage has begun."""
    first_s = max(from_s, load.stages[-1].start_s) + _FIRST_S
    found, length_s = [load.duration_s], (load.duration_s - from_s) / _GROWTH
    fewest_s = _LEAST_SHARE * (load.duration_s - from_s)
    while from_s + length_s >= first_s and length_s >= fewest_s:
        found.append(round(from_s + length_s, 3))
        length_s /= _GROWTH
    return tuple(reversed(found))


@dataclass(slots=True)
class Looker:
    """Takes the looks that are due. ``enough`` says so once; GuardrailError where a guardrail broke."""

    folder: Path
    slo: Slo
    looks: Looks
    standing: Standing = field(default_factory=Standing)
    _guarded: int = 0
    _looked: int = 0

    def enough(self, elapsed_s: float) -> str:
        """Why the run may end, when its load has lasted ``elapsed_s``; empty while it may not."""
        written_s = elapsed_s - _WRITTEN_S
        if due := [number for number, at_s in enumerate(self.looks.guard_s) if at_s <= written_s][
            self._guarded :
        ]:
            self._guarded += len(due)
            self._guard(due[-1])  # it sees all that those before it would have seen
        while (number := self._looked) < len(self.looks.decide_s) and self.looks.decide_s[
            number
        ] <= written_s:
            self._looked += 1
            if self._decided(number):
                after = wording.duration(self.looks.decide_s[number])
                return f"every objective was decided after {after}"
        return ""

    def _guard(self, number: int) -> None:
        if (evidence := self._evidence()) is None:
            return
        broken = broken_guardrail(self.slo.objectives, evidence, self.looks, number)
        if broken is not None:
            raise GuardrailError(f"{broken.result.name} broke: {broken.result.reason}")

    def _decided(self, number: int) -> bool:
        if (evidence := self._evidence()) is not None:
            self.standing = look(self.slo.objectives, evidence, self.looks, number, self.standing)
        return self.standing.over

    def _evidence(self) -> Evidence | None:
        """Of a load that goes on as planned: what a look may see of it is cut by the look."""
        run = read_run(self.folder)
        started_s = run.manifest.load_started_s
        if started_s is None:
            return None
        planned = {"load_ended_s": started_s + run.manifest.stages[-1].end_s}
        run = replace(run, manifest=run.manifest.model_copy(update=planned))
        load = self.slo.load
        return evidence_of(run, load.warmup_s, baseline_for(run))
