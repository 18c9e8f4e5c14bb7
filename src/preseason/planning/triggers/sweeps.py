"""Other thresholds and times of a trigger, tried on every run: which would have given the lead asked for?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from preseason.planning.triggers.backtest import Timing, backtest, compressed
from preseason.slo.alerts.grammar import renamed
from preseason.slo.alerts.model import AlertPolicy
from preseason.verdict.alerts import alerts_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from preseason.planning.triggers.backtest import Rehearsal
    from preseason.slo.alerts.model import AlertRule

#: Times that are tried beside the trigger's own, in seconds.
TIMES_S = (15.0, 30.0, 60.0, 120.0, 300.0)
_THRESHOLDS = 16


@dataclass(frozen=True, slots=True)
class Candidate:
    """A threshold and a time tried on every run: the worst lead over those that broke, and what else it did.

    ``rule`` is as it would be written; its times were divided for the runs. ``lead_s`` is in the runs' own
    time, and None where it missed one of them, or where none broke.
    """

    rule: AlertRule
    lead_s: float | None
    false_alarms: int
    missed: int
    not_evaluable: int

    @property
    def clean(self) -> bool:
        """Whether it fires in every run that broke, and in no other."""
        return self.lead_s is not None and not (self.false_alarms or self.missed or self.not_evaluable)

    def serves(self, wanted_s: float) -> bool:
        """Whether it is clean and gives the lead asked for."""
        return self.clean and (self.lead_s or 0.0) >= wanted_s

    @property
    def time_s(self) -> float:
        """The time that was varied: how long it must last, else what is taken together."""
        return self.rule.lasting_s or self.rule.over_s or 0.0


@dataclass(frozen=True, slots=True)
class Sweep:
    """What was tried of one trigger, to have it fire ``wanted_s`` before users suffer.

    ``healthy`` is how many of the runs went well: without any, nothing is known about false alarms.
    """

    written: AlertRule
    candidates: tuple[Candidate, ...]
    wanted_s: float
    healthy: int

    @property
    def chosen(self) -> Candidate | None:
        """The least eager that gives it; None where none does."""
        serving = [one for one in self.candidates if one.serves(self.wanted_s)]
        return max(serving, key=lambda one: (_reluctance(one.rule), one.rule.needs_s), default=None)

    @property
    def earliest(self) -> Candidate | None:
        """The clean one with the longest lead, whether that is enough or not."""
        clean = [one for one in self.candidates if one.clean]
        return max(clean, key=lambda one: (one.lead_s or 0.0, _reluctance(one.rule)), default=None)


def sweep(
    rule: AlertRule, rehearsals: Sequence[Rehearsal], wanted_s: float, time_scale: float = 1.0
) -> Sweep:
    """Thresholds between nothing and the worst that was seen, each over several times."""
    times = sorted({*TIMES_S, rule.lasting_s or rule.over_s or 0.0} - {0.0})
    momentary = (compressed(_momentary(rule, time_s), time_scale) for time_s in times)
    # Over the shortest time that holds requests enough to tell, most is seen.
    limits = next((found for one in momentary if (found := _thresholds(one, rehearsals))), [])
    tried = (
        _tried(_timed(replace(rule, limit=limit), time_s), rehearsals, time_scale)
        for time_s in times
        for limit in limits
    )
    return Sweep(rule, tuple(tried), wanted_s, sum(one.went_well for one in rehearsals))


def _timed(rule: AlertRule, time_s: float) -> AlertRule:
    """The rule over another time; what has to last goes on having to last."""
    if rule.lasting_s:
        return renamed(replace(rule, lasting_s=time_s))
    return renamed(replace(rule, over_s=time_s))


def _momentary(rule: AlertRule, time_s: float) -> AlertRule:
    """The rule over a time, with nothing that has to last."""
    return replace(rule, lasting_s=0.0, over_s=None if rule.over_s is None else time_s)


def _thresholds(rule: AlertRule, rehearsals: Sequence[Rehearsal]) -> list[float]:
    """Evenly from nothing to the worst that was seen in any run, and the rule's own."""
    seen = [
        alert.worst
        for one in rehearsals
        for alert in alerts_of(AlertPolicy("", (rule,), ""), one.evidence, ())
        if alert.worst is not None
    ]
    if not seen:
        return []
    ends = (0.0, max(seen)) if rule.fires_above else (min(seen), 1.0)
    steps = np.linspace(*ends, _THRESHOLDS + 2)[1:-1]
    return sorted({float(f"{step:.2g}") for step in steps} | {rule.limit})


def _tried(rule: AlertRule, rehearsals: Sequence[Rehearsal], time_scale: float) -> Candidate:
    found = [backtest(rule, one, 0.0, time_scale) for one in rehearsals]
    broken = [one for one in found if one.broke_s is not None and one.timing is not Timing.NOT_EVALUABLE]
    leads = [one.lead_s for one in broken if one.lead_s is not None]
    return Candidate(
        rule=rule,
        lead_s=min(leads) if leads and len(leads) == len(broken) else None,
        false_alarms=sum(one.timing is Timing.FALSE_ALARM for one in found),
        missed=sum(one.timing is Timing.NEVER for one in found),
        not_evaluable=sum(one.timing is Timing.NOT_EVALUABLE for one in found),
    )


def _reluctance(rule: AlertRule) -> float:
    return rule.limit if rule.fires_above else -rule.limit
