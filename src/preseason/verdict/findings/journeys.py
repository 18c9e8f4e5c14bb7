"""Journeys that never began or had to wait, and series that did not stand still."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.slo.model import Unit
from preseason.verdict import wording
from preseason.verdict.arrivals import arrivals_of
from preseason.verdict.model import Finding, FindingKind
from preseason.verdict.pool import deserted, shortages

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from preseason.verdict.evidence import Evidence
    from preseason.verdict.findings.trouble import Judged

#: A change of a response time by less than this share of the strictest limit is nobody's news.
_NOTICED = 0.05


def lost(evidence: Evidence) -> Iterator[Finding]:
    """Journeys that never began, or waited for a free user."""
    due = arrivals_of(evidence.run, evidence.judged)
    counts: dict[str, str | float | int | None] = {
        "planned": due.planned,
        "started": due.started,
        "late": due.late,
        "waited_for_a_user": due.starved,
        "dropped": due.dropped,
    }
    too_few = deserted(evidence) or shortages(evidence)
    held = "there were too few users" if too_few else "the target held every user"
    if due.dropped:
        whose = held if due.lost_to_target else "the generator did not start them"
        never = f"{wording.count(due.dropped)} of {wording.count(due.planned)} planned journeys never began"
        yield Finding(kind=FindingKind.ARRIVALS_LOST, title=f"{never}: {whose}", evidence=counts)
    elif due.starved:
        waited = (
            f"{wording.count(due.starved)} of {wording.count(due.planned)} journeys waited for a free user"
        )
        yield Finding(kind=FindingKind.ARRIVALS_LOST, title=f"{waited}: {held}", evidence=counts)


def drifts(evidence: Evidence, judged: Sequence[Judged]) -> Iterator[Finding]:
    """Series that did not stand still; of response times only what a limit would notice."""
    limits = [result.limit for _, result in judged if result.unit == Unit.MS and result.limit is not None]
    for drift in evidence.drifts:
        noticed = _NOTICED * min(limits, default=0.0) if drift.series != "throughput" else 0.0
        if abs(drift.second - drift.first) < noticed:
            continue
        way = "rose" if drift.change > 0 else "fell"
        by = wording.percent(abs(drift.change))
        yield Finding(
            kind=FindingKind.NOTE,
            title=f"the {drift.series} {way} by {by} between the halves of the steady load",
            subject=drift.series,
            evidence={"first_half": drift.first, "second_half": drift.second},
        )
