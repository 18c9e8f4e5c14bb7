"""Scaling triggers, asked of what happened: when each would have fired, and whether that was in time.

A trigger is an alert of level ``scaling``; when it fires is told by ``verdict.alerts``. New here is what it
is held against: the moment at which users began to suffer, and how long new instances take to come.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from preseason.planning.breaches import Suffering, suffering_of
from preseason.slo.alert_grammar import renamed
from preseason.slo.alert_model import AlertPolicy
from preseason.verdict.alerts import alerts_of
from preseason.verdict.evidence import evidence_of
from preseason.verdict.model import AlertState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from preseason.run.reading import Run
    from preseason.slo.alert_model import AlertRule
    from preseason.slo.model import Slo
    from preseason.verdict.evidence import Evidence

_RATE_OVER_S = 10


class Timing(StrEnum):
    """What a trigger did in a run."""

    IN_TIME = "in time"
    LATE = "late"
    NEVER = "never"
    FALSE_ALARM = "false alarm"
    QUIET = "quiet"
    NOT_EVALUABLE = "not evaluable"


MEANINGS = {
    Timing.IN_TIME: "new instances would have served before users began to suffer",
    Timing.LATE: "it fires, but users suffer before new instances serve",
    Timing.NEVER: "users suffered, and it stayed silent",
    Timing.FALSE_ALARM: "it fired, and no objective broke",
    Timing.QUIET: "nothing broke, and it stayed silent",
    Timing.NOT_EVALUABLE: "the run cannot tell: too short, or what it watches was not known throughout",
}


@dataclass(frozen=True, slots=True)
class BackTest:
    """One trigger in one run. Moments are seconds since the load began.

    ``lead_s`` is how long before the first broken objective it fired, negative if after it. ``lost`` counts
    the requests that missed an objective before new instances would have served, of ``lost_in_all``.
    ``planned_rate`` (arrivals a second) and ``answered_rate`` (requests) are those of the moment it fired.
    ``needs_s`` is the shortest load in which it can fire.
    """

    run: str
    rule: str
    timing: Timing
    reason: str
    needs_s: float
    length_s: float
    fired_s: float | None = None
    broke_s: float | None = None
    broken: str = ""
    lead_s: float | None = None
    lost: int = 0
    lost_in_all: int = 0
    planned_rate: float | None = None
    answered_rate: float | None = None


@dataclass(frozen=True)
class Rehearsal:
    """A run made ready to be asked about any number of triggers."""

    run: Run
    evidence: Evidence
    suffering: Suffering

    @property
    def length_s(self) -> float:
        return float(self.evidence.load.length_s)

    @property
    def broke_s(self) -> float | None:
        """When the first objective broke, in seconds since the load began."""
        broke = self.suffering.broke_s
        return None if broke is None else float(broke - self.evidence.load.start_s)


def rehearsal_of(run: Run, slo: Slo) -> Rehearsal | None:
    """A run with its broken objectives; None where no load was begun."""
    warmup_s = run.manifest.warmup_s if slo.load.warmup_s is None else slo.load.warmup_s
    evidence = evidence_of(run, warmup_s)
    return None if evidence is None else Rehearsal(run, evidence, suffering_of(slo.objectives, evidence))


def compressed(rule: AlertRule, time_scale: float) -> AlertRule:
    """The trigger with its times divided by ``time_scale``, in whole seconds: for a rehearsal in short."""
    if time_scale == 1:
        return rule
    over_s = None if rule.over_s is None else max(1.0, round(rule.over_s / time_scale))
    lasting_s = max(1.0, round(rule.lasting_s / time_scale)) if rule.lasting_s else 0.0
    return renamed(replace(rule, over_s=over_s, lasting_s=lasting_s))


def backtest(rule: AlertRule, rehearsal: Rehearsal, scale_up_s: float) -> BackTest:
    """What ``rule`` would have done, if new instances serve ``scale_up_s`` seconds after it fires."""
    (alert,) = alerts_of(AlertPolicy("", (rule,), ""), rehearsal.evidence, ())
    start_s, suffering = rehearsal.evidence.load.start_s, rehearsal.suffering
    fired = alert.firings[0].start_s if alert.firings else None
    broke_s = rehearsal.broke_s
    fired_s = None if fired is None else fired - start_s
    lead_s = None if fired_s is None or broke_s is None else broke_s - fired_s
    answered, planned = _rates_at(rehearsal, fired) if fired is not None else (None, None)
    return BackTest(
        run=rehearsal.run.manifest.run_id,
        rule=rule.name,
        timing=_timing(alert.state, lead_s, broke_s, scale_up_s),
        reason=". ".join(filter(None, (alert.reason, alert.needs and f"It needs {alert.needs}"))),
        needs_s=rule.needs_s,
        length_s=rehearsal.length_s,
        fired_s=fired_s,
        broke_s=broke_s,
        broken=suffering.objective,
        lead_s=lead_s,
        lost=suffering.bad_until(None if fired is None else fired + scale_up_s),
        lost_in_all=suffering.bad_until(None),
        planned_rate=planned,
        answered_rate=answered,
    )


def _timing(state: AlertState, lead_s: float | None, broke_s: float | None, scale_up_s: float) -> Timing:
    """An unknown moment is no silence: only what was known throughout was quiet."""
    if state is AlertState.NOT_EVALUABLE:
        return Timing.NOT_EVALUABLE
    if state is AlertState.FIRED:
        if lead_s is None:
            return Timing.FALSE_ALARM
        return Timing.IN_TIME if lead_s >= scale_up_s else Timing.LATE
    return Timing.QUIET if broke_s is None else Timing.NEVER


def _rates_at(rehearsal: Rehearsal, moment_s: float) -> tuple[float, float | None]:
    """Requests answered and journeys planned, a second, in the ten seconds before a moment."""
    end = int(moment_s)
    start = max(end - _RATE_OVER_S, rehearsal.evidence.load.start_s)
    seconds = max(end - start, 1)
    answered = rehearsal.run.requests.per_second(start, max(end, start + 1)).sum() / seconds
    arrivals = rehearsal.run.arrivals
    second = arrivals["second"].to_numpy()
    inside = (second >= start) & (second < end)
    planned = arrivals["planned"].to_numpy()[inside].sum() / seconds if arrivals.num_rows else None
    return float(answered), None if planned is None else float(planned)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A threshold and a time tried on every run: the worst lead over those that broke, and what else it did.

    ``lead_s`` is None where it missed one of them, or where none broke.
    """

    rule: AlertRule
    lead_s: float | None
    false_alarms: int
    missed: int
    not_evaluable: int

    def serves(self, wanted_s: float) -> bool:
        """Whether it gives the lead asked for in every run that broke, and is silent in all others."""
        enough = self.lead_s is not None and self.lead_s >= wanted_s
        return enough and not (self.false_alarms or self.missed or self.not_evaluable)


#: Times that are tried, in seconds of the run.
TIMES_S = (15.0, 30.0, 60.0, 120.0, 300.0)
_THRESHOLDS = 12


def sweep(rule: AlertRule, rehearsals: Sequence[Rehearsal], time_scale: float = 1.0) -> tuple[Candidate, ...]:
    """Thresholds between what runs showed before they broke and at worst, each over several times."""
    times = sorted({max(1.0, round(time_s / time_scale)) for time_s in TIMES_S})
    return tuple(
        _tried(_timed(replace(rule, limit=limit), time_s), rehearsals)
        for time_s in times
        for limit in _thresholds(rule, rehearsals)
    )


def _timed(rule: AlertRule, time_s: float) -> AlertRule:
    """The rule over another time; what has to last goes on having to last."""
    if rule.lasting_s:
        return renamed(replace(rule, lasting_s=time_s))
    return renamed(replace(rule, over_s=time_s))


def _thresholds(rule: AlertRule, rehearsals: Sequence[Rehearsal]) -> list[float]:
    """Evenly from nothing to the worst that was seen in any run, and the rule's own."""
    seen = [
        alert.worst
        for one in rehearsals
        for alert in alerts_of(AlertPolicy("", (replace(rule, lasting_s=0.0),), ""), one.evidence, ())
        if alert.worst is not None
    ]
    if not seen:
        return []
    worst = max(seen) if rule.fires_above else min(seen)
    steps = (
        np.linspace(0, worst, _THRESHOLDS + 1)[1:-1] if rule.fires_above else np.linspace(worst, 1, 12)[1:-1]
    )
    return sorted({float(f"{step:.2g}") for step in steps} | {rule.limit})


def _tried(rule: AlertRule, rehearsals: Sequence[Rehearsal]) -> Candidate:
    found = [backtest(rule, one, 0.0) for one in rehearsals]
    broken = [one for one in found if one.broke_s is not None and one.timing is not Timing.NOT_EVALUABLE]
    leads = [one.lead_s for one in broken if one.lead_s is not None]
    return Candidate(
        rule=rule,
        lead_s=min(leads) if leads and len(leads) == len(broken) else None,
        false_alarms=sum(one.timing is Timing.FALSE_ALARM for one in found),
        missed=sum(one.timing is Timing.NEVER for one in found),
        not_evaluable=sum(one.timing is Timing.NOT_EVALUABLE for one in found),
    )


def recommended(candidates: Sequence[Candidate], wanted_s: float) -> Candidate | None:
    """Of those that serve, the least eager: the threshold furthest out, then the longest time."""
    serving = [one for one in candidates if one.serves(wanted_s)]
    return max(serving, key=lambda one: (_reluctance(one.rule), one.rule.needs_s), default=None)


def _reluctance(rule: AlertRule) -> float:
    return rule.limit if rule.fires_above else -rule.limit
