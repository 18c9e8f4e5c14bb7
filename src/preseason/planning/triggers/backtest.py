"""Scaling triggers, asked of what happened: when each would have fired, and whether that was in time.

A trigger is an alert of level ``scaling``; when it fires is told by ``verdict.alerts``. New here is what it
is held against: the moment at which users began to suffer, and how long new instances take to come.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from preseason.planning.triggers.breaches import Suffering, suffering_of
from preseason.run.columns import array_of
from preseason.slo.alerts.grammar import renamed
from preseason.slo.alerts.model import AlertPolicy
from preseason.verdict.alerts import alerts_of
from preseason.verdict.evidence import evidence_of
from preseason.verdict.model import AlertState
from preseason.verdict.validity import validity_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from preseason.run.reading import Run
    from preseason.slo.alerts.model import AlertRule
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
    Timing.NOT_EVALUABLE: "the run cannot tell: too short, or what is watched or promised was not known",
}


@dataclass(frozen=True, slots=True)
class BackTest:
    """One trigger in one run. Moments are seconds since the load began.

    ``rule`` is what was asked, ``as_written`` what the file says, ``time_scale`` by what its times were
    divided. ``lead_s`` is how long before the first broken objective it fired, negative if after it. ``lost``
    counts the requests that missed an objective before new instances would have served, of ``lost_in_all``;
    ``lost_by_endpoint`` those of them that were sent. ``planned_rate`` (arrivals a second) and
    ``answered_rate`` (requests) are those of the moment it fired. ``needs_s`` is the shortest load in which
    it can fire.
    """

    run: str
    rule: str
    as_written: str
    time_scale: float
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
    lost_by_endpoint: tuple[tuple[str, int], ...] = ()
    planned_rate: float | None = None
    answered_rate: float | None = None


@dataclass(frozen=True)
class Rehearsal:
    """A run made ready to be asked about any number of triggers.

    ``invalid`` says why its figures are the load generator's doing and not the platform's; empty if not.
    """

    run: Run
    evidence: Evidence
    suffering: Suffering
    invalid: tuple[str, ...] = ()

    @property
    def length_s(self) -> float:
        return float(self.evidence.load.length_s)

    @property
    def broke_s(self) -> float | None:
        """When the first objective broke, in seconds since the load began."""
        broke = self.suffering.broke_s
        return None if broke is None else float(broke - self.evidence.load.start_s)

    @property
    def went_well(self) -> bool:
        """Whether something was promised of its requests, and kept: only there is a trigger a false alarm."""
        return bool(self.suffering.judged) and self.suffering.broke_s is None


def rehearsal_of(run: Run, slo: Slo) -> Rehearsal | None:
    """A run with its broken objectives; None where no load was begun."""
    warmup_s = run.manifest.warmup_s if slo.load.warmup_s is None else slo.load.warmup_s
    evidence = evidence_of(run, warmup_s)
    if evidence is None:
        return None
    invalid = validity_of(run, evidence, slo).reasons
    return Rehearsal(run, evidence, suffering_of(slo.objectives, evidence), invalid)


def compressed(rule: AlertRule, time_scale: float) -> AlertRule:
    """The trigger with its times divided by ``time_scale``, in whole seconds: for a rehearsal in short."""
    if time_scale == 1:
        return rule
    over_s = None if rule.over_s is None else max(1.0, round(rule.over_s / time_scale))
    lasting_s = max(1.0, round(rule.lasting_s / time_scale)) if rule.lasting_s else 0.0
    return renamed(replace(rule, over_s=over_s, lasting_s=lasting_s))


def backtest(
    written: AlertRule, rehearsal: Rehearsal, scale_up_s: float, time_scale: float = 1.0
) -> BackTest:
    """What a trigger would have done, its times divided by ``time_scale``, if new instances serve
    ``scale_up_s`` seconds after it fires.
    """
    rule = compressed(written, time_scale)
    (alert,) = alerts_of(AlertPolicy("", (rule,), ""), rehearsal.evidence, ())
    start_s, suffering = rehearsal.evidence.load.start_s, rehearsal.suffering
    fired = alert.firings[0].start_s if alert.firings else None
    broke_s = rehearsal.broke_s
    fired_s = None if fired is None else fired - start_s
    lead_s = None if fired_s is None or broke_s is None else broke_s - fired_s
    answered, planned = _rates_at(rehearsal, fired) if fired is not None else (None, None)
    helped_s = None if fired is None else fired + scale_up_s
    timing, reason = _timing(alert.state, lead_s, rehearsal, scale_up_s)
    return BackTest(
        run=rehearsal.run.manifest.run_id,
        rule=rule.name,
        as_written=written.name,
        time_scale=time_scale,
        timing=timing,
        reason=". ".join(filter(None, (reason, alert.reason, alert.needs and f"It needs {alert.needs}"))),
        needs_s=rule.needs_s,
        length_s=rehearsal.length_s,
        fired_s=fired_s,
        broke_s=broke_s,
        broken=suffering.objective,
        lead_s=lead_s,
        lost=suffering.lost(helped_s),
        lost_in_all=suffering.lost(None),
        lost_by_endpoint=suffering.lost_by_endpoint(helped_s),
        planned_rate=planned,
        answered_rate=answered,
    )


_NOTHING_PROMISED = (
    "No objective says how requests are to be answered, or there were too few of them, so that nobody knows "
    "when users began to suffer; name an SLO file with --slo"
)


def _timing(
    state: AlertState, lead_s: float | None, rehearsal: Rehearsal, scale_up_s: float
) -> tuple[Timing, str]:
    """What it comes to, and why that cannot be said where the run itself is at fault.

    An unknown moment is no silence: only what was known throughout was quiet.
    """
    if not rehearsal.suffering.judged:
        return Timing.NOT_EVALUABLE, _NOTHING_PROMISED
    if state is AlertState.NOT_EVALUABLE:
        return Timing.NOT_EVALUABLE, ""
    if state is AlertState.FIRED:
        if lead_s is None:
            return Timing.FALSE_ALARM, ""
        return (Timing.IN_TIME if lead_s >= scale_up_s else Timing.LATE), ""
    return (Timing.QUIET if rehearsal.broke_s is None else Timing.NEVER), ""


def _rates_at(rehearsal: Rehearsal, moment_s: float) -> tuple[float, float | None]:
    """Requests answered and journeys planned, a second, in the ten seconds before a moment."""
    end = int(moment_s)
    start = max(end - _RATE_OVER_S, rehearsal.evidence.load.start_s)
    seconds = max(end - start, 1)
    answered = rehearsal.run.requests.per_second(start, max(end, start + 1)).sum() / seconds
    arrivals = rehearsal.run.arrivals
    second = array_of(arrivals["second"])
    inside = (second >= start) & (second < end)
    planned = array_of(arrivals["planned"])[inside].sum() / seconds if arrivals.num_rows else None
    return float(answered), None if planned is None else float(planned)


class Answer(StrEnum):
    """Whether the triggers together would have served a run, the worst first."""

    INVALID = "invalid run"
    TOO_LATE = "too late"
    FALSE_ALARM = "false alarm"
    CANNOT_TELL = "cannot tell"
    IN_TIME = "in time"
    QUIET = "quiet"


@dataclass(frozen=True)
class Rehearsed:
    """A run, and what became of each trigger in it: ``rules`` as they are written, and ``found``."""

    rehearsal: Rehearsal
    rules: tuple[AlertRule, ...]
    found: tuple[BackTest, ...]

    @property
    def answer(self) -> Answer:
        """Where users suffered, one trigger in time is enough; where none did, all must have been quiet that
        can be told.
        """
        timings = {one.timing for one in self.found}
        if self.rehearsal.invalid:
            return Answer.INVALID
        if self.rehearsal.broke_s is None:
            if Timing.FALSE_ALARM in timings:
                return Answer.FALSE_ALARM
            return Answer.QUIET if Timing.QUIET in timings else Answer.CANNOT_TELL
        if Timing.IN_TIME in timings:
            return Answer.IN_TIME
        return Answer.CANNOT_TELL if Timing.NOT_EVALUABLE in timings else Answer.TOO_LATE


def rehearse(
    rules: Sequence[AlertRule], rehearsals: Sequence[Rehearsal], scale_up_s: float, time_scale: float = 1.0
) -> tuple[Rehearsed, ...]:
    """Every trigger asked of every run."""
    return tuple(
        Rehearsed(one, tuple(rules), tuple(backtest(rule, one, scale_up_s, time_scale) for rule in rules))
        for one in rehearsals
    )
