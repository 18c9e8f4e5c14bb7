"""What a search has found: the SLO capacity and its bracket, what ended it, and what was noticed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from preseason.planning.search.next_step import Purpose, bracket, generator_limit, may_go_on
from preseason.verdict import wording
from preseason.verdict.model import Decision

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from preseason.planning.search.next_step import Bracket, Settings, Step


@dataclass(frozen=True, slots=True)
class SloCapacity:
    """What the search found. ``rate`` is the highest confirmed PASS; None where no rate passed.

    Capacity lies between ``rate`` and ``below``, which is None where nothing failed: then it is at least
    ``rate``, and ``limited_by`` says what ended the search. ``binds`` is the objective that fails first.
    """

    rate: float | None
    below: float | None
    binds: str
    confirmed: bool
    limited_by: str
    findings: tuple[str, ...]
    undecided: tuple[float, ...]


def capacity(settings: Settings, steps: Sequence[Step]) -> SloCapacity:
    """The answer that the steps made so far allow."""
    found = bracket(steps)
    soaks = [step for step in steps if step.purpose is Purpose.CONFIRM]
    confirmed = any(
        step.outcome is Decision.PASS and step.rate >= (found.low or 0) * settings.soak_share
        for step in soaks
    )
    binding = [step.binds for step in steps if step.rate == found.high and step.binds]
    return SloCapacity(
        rate=found.low,
        below=found.high,
        binds=binding[0] if binding else "",
        confirmed=confirmed,
        limited_by=_limited_by(settings, steps, found),
        findings=(*_findings(steps, found), *_unfinished(settings, steps, found)),
        undecided=found.undecided,
    )


def _limited_by(settings: Settings, steps: Sequence[Step], found: Bracket) -> str:
    limit = generator_limit(steps)
    if found.high is not None:
        return ""
    if limit is not None:
        return f"the load generator, which could not make {limit:.4g}/s: capacity is generator-bound"
    if found.low is not None and found.low >= settings.most_rate:
        return f"the highest rate that was allowed, {settings.most_rate:.4g}/s"
    if not may_go_on(settings, steps, found):
        return "the time that was given"
    return "the steps that were made"


def _findings(steps: Sequence[Step], found: Bracket) -> Iterator[str]:
    for number, step in enumerate(steps):
        yield from _told_by(step, steps[:number])
    for rate in found.undecided:
        yield f"{rate:.4g}/s could not be decided, even in a longer step"


def _told_by(step: Step, before: Sequence[Step]) -> Iterator[str]:
    passed = any(one.rate >= step.rate and one.outcome is Decision.PASS for one in before)
    failed = any(one.outcome is Decision.FAIL for one in before)
    if step.outcome is Decision.FAIL and passed and failed:
        yield (
            f"{step.rate:.4g}/s failed after an overload, although as much had passed before it: "
            "the target recovers slowly, or not at all (hysteresis)"
        )
    elif step.outcome is Decision.FAIL and passed:
        yield f"{step.rate:.4g}/s failed although as much had passed before: capacity is not constant"
    if step.purpose is Purpose.RETEST and step.outcome is Decision.PASS:
        yield f"{step.rate:.4g}/s failed, and passed when it was made again: it lies on the edge"
    if step.purpose is Purpose.LOWER and before and before[-1].outcome is Decision.FAIL:
        yield from _recovery(step)


def _recovery(step: Step) -> Iterator[str]:
    if step.recovered_s is not None:
        yield f"after the overload, {step.rate:.4g}/s was answered well again within {step.recovered_s:.0f} s"
    elif step.outcome is Decision.FAIL:
        yield f"after the overload, {step.rate:.4g}/s was not answered well again while that was sent"


def _unfinished(settings: Settings, steps: Sequence[Step], found: Bracket) -> Iterator[str]:
    """That time or steps ran out before the bracket was narrow."""
    if math.isinf(found.width) or found.width <= settings.width:
        return
    if len(steps) >= settings.most_steps or not may_go_on(settings, steps, found):
        what = "steps" if len(steps) >= settings.most_steps else "time"
        width, wanted = (wording.whole_percent(one) for one in (found.width, settings.width))
        yield f"the {what} ran out with a bracket {width} wide; {wanted} were wanted"
