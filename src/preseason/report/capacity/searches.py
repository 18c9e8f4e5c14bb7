"""The four numbers of a search, each with its interval and the run behind it, in words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from preseason.planning.scalability.assessing import ends
from preseason.planning.scalability.grading import Grade
from preseason.report import units

if TYPE_CHECKING:
    from preseason.planning.search.answer import Answer
    from preseason.planning.search.slo_capacity import SloCapacity


@dataclass(frozen=True, slots=True)
class Number:
    """One figure of a search: its name, value, interval, what else is to be said, and its source run."""

    name: str
    value: str
    interval: str = ""
    more: str = ""
    run: str = ""


def numbers(answer: Answer) -> tuple[Number, ...]:
    """SLO capacity, knee, peak throughput and collapse: four numbers, never one."""
    return (_capacity(answer), _knee(answer), _peak(answer), _collapse(answer))


def headline(answer: Answer) -> str:
    """What a search has found, in two sentences."""
    found = answer.capacity
    if found.rate is None:
        return f"No load was carried within the objectives. {_nothing(found)}"
    rate = f"{units.per_second(found.rate).removesuffix('/s')} arrivals a second"
    sure = "confirmed by a soak" if found.confirmed else "not confirmed by a soak"
    if found.below is None:
        return f"It carries at least {rate}. That is {sure}, and limited by {found.limited_by}."
    binds = f": {found.binds}" if found.binds else ""
    return f"It carries {rate}. That is {sure}; {units.per_second(found.below)} failed{binds}."


def _nothing(found: SloCapacity) -> str:
    least = units.per_second(found.below)
    return "No step was decided." if found.below is None else f"Even {least} failed."


def _capacity(answer: Answer) -> Number:
    found = answer.capacity
    if found.rate is None:
        return Number("SLO capacity", "none", more=f": {_nothing(found)}")
    sure = ", confirmed" if found.confirmed else ", not confirmed"
    run = answer.made_at(found.rate)
    rate = units.per_second(found.rate)
    if found.below is None:
        more = f"{sure}; limited by {found.limited_by}"
        return Number("SLO capacity", f"at least {rate} arrivals", "", more, run)
    binds = f"; {found.binds} binds" if found.binds else ""
    interval = f"{rate} passed, {units.per_second(found.below)} failed"
    return Number("SLO capacity", f"{rate} arrivals", interval, f"{sure}{binds}", run)


def _knee(answer: Answer) -> Number:
    marks = answer.landmarks
    if marks.knee is None:
        return Number("knee", "no step", more=": response times never left the ground")
    interval = _between(marks.knee_after, marks.knee)
    more = ": from there on p95 is more than twice that of the lightest step"
    return Number(
        "knee", f"{units.per_second(marks.knee)} arrivals", interval, more, answer.made_at(marks.knee)
    )


def _peak(answer: Answer) -> Number:
    marks = answer.landmarks
    if marks.peak is None or marks.peak_at is None:
        return Number("peak throughput", units.UNKNOWN)
    least = "" if marks.peaked else "at least "
    interval = "" if marks.peak_margin is None else f"± {units.per_second(marks.peak_margin)}"
    more = f", at {units.per_second(marks.peak_at)} arrivals"
    run = answer.made_at(marks.peak_at, succeeded=marks.peak)
    return Number("peak throughput", f"{least}{units.per_second(marks.peak)} requests", interval, more, run)


def _collapse(answer: Answer) -> Number:
    marks, below = answer.landmarks, f"{units.percent(0.1)} below its peak"
    if marks.collapse is None:
        return Number("collapse", "not reached", more=f": throughput never fell {below}")
    interval = _between(marks.collapse_after, marks.collapse)
    value = f"{units.per_second(marks.collapse)} arrivals"
    return Number("collapse", value, interval, f": throughput is {below}", answer.made_at(marks.collapse))


def _between(low: float | None, high: float) -> str:
    return f"{units.UNKNOWN if low is None else units.per_second(low)} … {units.per_second(high)}"


def law_sentences(answer: Answer) -> list[str]:
    """The grade of the scalability law, what it claims, and every reason."""
    law = answer.law
    if law is None:
        return ["USL: too few different concurrencies were measured"]
    low, high = (units.UNKNOWN if end is None else f"{end:.4g}" for end in ends(law.intervals.n_peak))
    peak = (
        "no peak is claimed"
        if law.n_peak is None
        else f"a peak at {law.n_peak:.4g} requests in flight ({low} … {high})"
    )
    claim = "another law is behind these steps" if law.grade is Grade.REJECTED else peak
    return [f"USL {law.grade}: {claim}", *(f"  {reason}" for reason in law.reasons)]


def rate_or_open(value: float) -> str:
    """A rate, or that there is no bound."""
    return units.per_second(value) if math.isfinite(value) else "no bound"
