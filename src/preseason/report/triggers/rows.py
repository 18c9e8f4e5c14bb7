"""Back-tested triggers as rows and sentences, for the terminal and for pages alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from preseason.planning.triggers.backtest import Answer, Timing
from preseason.report import units

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from preseason.planning.triggers.backtest import BackTest, Rehearsal, Rehearsed
    from preseason.planning.triggers.sweeps import Candidate, Sweep
    from preseason.report.triggers.report import TriggerReport

#: How triggers and users' suffering are read, for whoever asks.
SENSE = (
    "what must last is asked of every sample: nine tenths of them, and no hole of more than two intervals",
    "what is taken over a time is one value of all its requests: a mean weighs every request alike",
    "a limit that is met is kept",
    "users suffer once a required objective about requests is missed for sure, from its first bad second on",
    "requests lost are those that missed an objective from then on until new instances would have served",
    "what came later is taken to be served, which no run of one size can show",
)
#: Endpoints that are named where requests were lost.
_MOST_ENDPOINTS = 3


@dataclass(frozen=True, slots=True)
class TriggerRow:
    """One trigger in one run, all of it text."""

    run: str
    rule: str
    timing: Timing
    fired: str
    load: str
    lead: str
    lost: str
    reason: str


def row(found: BackTest) -> TriggerRow:
    """A dash stands where there is nothing to tell."""
    return TriggerRow(
        run=found.run,
        rule=named(found.as_written, found.time_scale),
        timing=found.timing,
        fired=units.UNKNOWN if found.fired_s is None else units.clock(found.fired_s),
        load=_load(found),
        lead=lead(found.lead_s),
        lost=_lost(found),
        reason=found.reason,
    )


def named(rule: str, time_scale: float) -> str:
    """A trigger as it is written, and by what its times were divided."""
    return rule if time_scale == 1 else f"{rule}, times ÷ {time_scale:g}"


def _load(found: BackTest) -> str:
    if found.planned_rate is not None:
        return f"{units.per_second(found.planned_rate)} begun"
    return units.per_second(found.answered_rate)


def _lost(found: BackTest) -> str:
    """Of a run that cannot tell whether it would have fired, nobody knows."""
    if found.broke_s is None or found.timing is Timing.NOT_EVALUABLE:
        return units.UNKNOWN
    return f"{units.count(found.lost)} of {units.count(found.lost_in_all)}"


def lead(lead_s: float | None) -> str:
    """How long before or after users suffered."""
    if lead_s is None:
        return units.UNKNOWN
    return f"{units.duration(abs(lead_s))} {'before' if lead_s >= 0 else 'after'}"


def suffering_of(rehearsal: Rehearsal) -> str:
    """Whether users suffered in a run, and from when on."""
    run, length = rehearsal.run.manifest.run_id, units.duration(rehearsal.length_s)
    if not rehearsal.suffering.judged:
        return f"{run}: nothing was promised of its requests, or they were too few, in {length} of load"
    if rehearsal.broke_s is None:
        return f"{run}: no objective broke in {length} of load"
    broken, when = rehearsal.suffering.objective, units.clock(rehearsal.broke_s)
    return f"{run}: {broken} broke {when} into {length} of load"


def sentences(report: TriggerReport) -> Iterator[str]:
    """The whole answer, without the last full stop."""
    broken = sum(one.rehearsal.broke_s is not None for one in report.runs)
    served = sum(one.answer is Answer.IN_TIME for one in report.runs)
    alarms = [one for one in report.runs if one.answer is Answer.FALSE_ALARM]
    if broken:
        yield f"A trigger fired in time in {served} of {_runs(broken)} in which users suffered"
    else:
        yield f"Users suffered in none of {_runs(len(report.runs))}"
    if alarms:
        yield f"{_runs(len(alarms))} that went well would have raised a false alarm"
    unknown = sum(one.answer is Answer.CANNOT_TELL for one in report.runs)
    if unknown:
        yield f"{_runs(unknown)} cannot tell"
    useless = [one.rule for one in standings(report.found) if one.broken and not one.counts[Timing.IN_TIME]]
    if useless and served:
        yield f"Never in time: {', '.join(useless)}"


def whose_requests(found: BackTest) -> str:
    """Which requests would have been lost before help came; empty where none."""
    named_ones = found.lost_by_endpoint[:_MOST_ENDPOINTS]
    told = [f"{units.count(count)} of {endpoint}" for endpoint, count in named_ones]
    others = sum(count for _, count in found.lost_by_endpoint[_MOST_ENDPOINTS:])
    unsent = max(0, found.lost - sum(count for _, count in found.lost_by_endpoint))
    told += [f"{units.count(others)} of others"] if others else []
    told += [f"{units.count(unsent)} that were never sent"] if unsent else []
    return ", ".join(told)


@dataclass(frozen=True, slots=True)
class Standing:
    """What becomes of one trigger over all runs: in how many it was in time, late, silent, a false alarm."""

    rule: str
    broken: int
    healthy: int
    counts: dict[Timing, int]
    worst_lead: str
    words: str


def standings(found: Sequence[BackTest]) -> tuple[Standing, ...]:
    """Triggers in the order in which they were asked."""
    by_rule: dict[str, list[BackTest]] = {}
    for one in found:
        by_rule.setdefault(named(one.as_written, one.time_scale), []).append(one)
    return tuple(_standing(rule, ones) for rule, ones in by_rule.items())


def _standing(rule: str, ones: Sequence[BackTest]) -> Standing:
    counts = {timing: sum(one.timing is timing for one in ones) for timing in Timing}
    broken = sum(counts[timing] for timing in (Timing.IN_TIME, Timing.LATE, Timing.NEVER))
    healthy = counts[Timing.QUIET] + counts[Timing.FALSE_ALARM]
    leads = [one.lead_s for one in ones if one.lead_s is not None]
    worst = lead(min(leads)) if leads and not counts[Timing.NEVER] else units.UNKNOWN
    return Standing(rule, broken, healthy, counts, worst, ". ".join(_words(counts, broken, healthy)))


def _words(counts: dict[Timing, int], broken: int, healthy: int) -> Iterator[str]:
    """What one must know of a trigger before relying on it."""
    if broken and not counts[Timing.IN_TIME]:
        silent = counts[Timing.NEVER] == broken
        yield "Never fires when users suffer" if silent else "Never fires early enough before users suffer"
    elif broken:
        yield f"In time in {counts[Timing.IN_TIME]} of {_runs(broken)} in which users suffered"
    if counts[Timing.FALSE_ALARM]:
        yield f"False alarm in {counts[Timing.FALSE_ALARM]} of {_runs(healthy)} that went well"
    elif healthy:
        yield f"Quiet in {_runs(healthy)} that went well"
    if counts[Timing.NOT_EVALUABLE]:
        yield f"{_runs(counts[Timing.NOT_EVALUABLE])} cannot tell"


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"{count} runs"


def advice(found: Sweep, time_scale: float) -> str:
    """What is recommended instead of a trigger, or that nothing of the kind would do, and why."""
    written, wanted = named(found.written.name, time_scale), units.duration(found.wanted_s)
    chosen, earliest = found.chosen, found.earliest
    if chosen is not None:
        given = units.duration(chosen.lead_s or 0.0)
        gives = f"{chosen.rule.name} would have given {given} in every run that broke"
        return f"instead of {written}: {gives}, {_alarms(found)}"
    if earliest is not None:
        gives = f"the earliest of them, {earliest.rule.name}, gives {lead(earliest.lead_s)}"
        return f"instead of {written}: {_none_of(found)} gives {wanted}; {gives}"
    why = _why(found)
    return f"instead of {written}: {_none_of(found)} fires wherever users suffered and nowhere else{why}"


def _none_of(found: Sweep) -> str:
    """Thresholds and times lie in steps: one between them was not tried."""
    return f"none of {len(found.candidates)} others tried" if found.candidates else "none of its kind"


def _alarms(found: Sweep) -> str:
    if not found.healthy:
        return "but none of these runs went well, so that false alarms were not tried"
    return f"and no false alarm in {_runs(found.healthy)} that went well"


def _why(found: Sweep) -> str:
    """What keeps all of them from it."""
    tried: Sequence[Candidate] = found.candidates
    if not tried:
        return ": what it watches was not recorded"
    if all(one.not_evaluable for one in tried):
        return ": there is always a run that cannot tell"
    if all(one.lead_s is None and not one.missed for one in tried):
        return ": no objective broke in any of these runs"
    return ""


def assumptions(scale_up_s: float, time_scale: float) -> tuple[str, ...]:
    """What every figure rests on."""
    divided = f"times of triggers are divided by {time_scale:g}: every figure is a rehearsal's"
    serve = (
        "new instances are taken to serve at once; say how long they take with --scale-up"
        if scale_up_s == 0
        else f"new instances serve {units.duration(scale_up_s)} after a trigger"
    )
    return (serve,) if time_scale == 1 else (divided, serve)


def remarks(found: Sequence[BackTest]) -> Iterator[str]:
    """What the table has no room for: why a run cannot tell, whose requests were lost, and over several runs
    what became of each trigger.
    """
    yield from not_evaluable(found)
    for one in found:
        if one.lost and one.timing is Timing.LATE:
            yield f"{one.run}: {named(one.as_written, one.time_scale)} loses {whose_requests(one)}"
    if len({one.run for one in found}) > 1:
        yield from (f"of {one.rule}: {one.words}" for one in standings(found))


def not_evaluable(found: Sequence[BackTest]) -> Iterator[str]:
    """Why runs cannot tell of triggers, and what it would take."""
    for one in found:
        if one.timing is Timing.NOT_EVALUABLE:
            yield f"{one.run}: {named(one.as_written, one.time_scale)}: {one.reason}"


def invalid(runs: Sequence[Rehearsed]) -> Iterator[str]:
    """What makes figures of a run the load generator's doing."""
    for one in runs:
        for reason in one.rehearsal.invalid:
            yield f"{one.rehearsal.run.manifest.run_id} is an invalid run: {reason}"
