"""Back-tested triggers as rows and sentences, for the terminal and for pages alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from preseason.report import units

if TYPE_CHECKING:
    from preseason.planning.triggers import BackTest, Candidate, Timing


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
        rule=found.rule,
        timing=found.timing,
        fired=_clock(found.fired_s),
        load=_load(found),
        lead=_lead(found.lead_s),
        lost=f"{units.count(found.lost)} of {units.count(found.lost_in_all)}"
        if found.broke_s is not None
        else "–",
        reason=found.reason,
    )


def _clock(seconds: float | None) -> str:
    return units.UNKNOWN if seconds is None else units.clock(seconds)


def _load(found: BackTest) -> str:
    if found.planned_rate is not None:
        return f"{units.per_second(found.planned_rate)} begun"
    return units.per_second(found.answered_rate)


def _lead(lead_s: float | None) -> str:
    if lead_s is None:
        return units.UNKNOWN
    return f"{units.duration(abs(lead_s))} {'before' if lead_s >= 0 else 'after'}"


def suffering(found: BackTest) -> str:
    """Whether users suffered in a run, and from when on."""
    if found.broke_s is None:
        return f"{found.run}: no objective broke in {units.duration(found.length_s)} of load"
    when = f"{units.clock(found.broke_s)} into {units.duration(found.length_s)} of load"
    return f"{found.run}: {found.broken} broke {when}"


def advice(rule: str, chosen: Candidate | None, wanted_s: float) -> str:
    """What is recommended instead of a trigger, or that nothing of the kind would do."""
    wanted = units.duration(wanted_s)
    if chosen is None:
        return (
            f"{rule}: no threshold and no time of it gives {wanted} in these runs without failing another one"
        )
    lead = units.duration(chosen.lead_s or 0.0)
    return f"{rule}: {chosen.rule.name} would have given {lead} in every run that broke, and none elsewhere"
