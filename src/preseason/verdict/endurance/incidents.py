"""What broke during the load, when, and how bad that is by the operations manual's classification.

::

    P0  Critical   platform completely unavailable
    P1  High       core features unavailable, performance severely degraded, database connectivity issues
    P2  Medium     performance moderately degraded, some user workflows affected
    P3  Low        less than that: a probe that failed once

What overlaps is one incident, as severe as its worst part.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from preseason.run.timeline import EventKind
from preseason.verdict import wording
from preseason.verdict.endurance.availability import outages_of
from preseason.verdict.endurance.model import IncidentResult
from preseason.verdict.findings.episodes import incidents_of as episodes_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from preseason.slo.model import Objective
    from preseason.verdict.endurance.availability import Outage
    from preseason.verdict.evidence import Evidence
    from preseason.verdict.findings.episodes import Episode

    Severity = Literal["P0", "P1", "P2", "P3"]

#: Nearly every request fails: nobody is served.
_ALL = 0.9
#: Every second request of a feature fails: it is unavailable to its users.
_HALF = 0.5
#: Five times as slow as usual is severe.
_SEVERE = 5.0
_FEW_PROBES = 1
_NAMED = 3


@dataclass(frozen=True, slots=True)
class _Part:
    """One sign of an incident; ``until_s`` None: until the load ended."""

    severity: Severity
    at_s: float
    until_s: float | None
    what: str
    because: str


def incidents_of(evidence: Evidence, objectives: Sequence[Objective]) -> tuple[IncidentResult, ...]:
    """In the order of time."""
    parts = sorted(
        (*_outages(evidence), *_lost_servers(evidence), *_suffering(evidence, objectives)),
        key=lambda part: part.at_s,
    )
    groups: list[list[_Part]] = []
    for part in parts:
        if groups and part.at_s <= _end_s(groups[-1], evidence):
            groups[-1].append(part)
        else:
            groups.append([part])
    return tuple(_incident(group, evidence) for group in groups)


def _end_s(group: Sequence[_Part], evidence: Evidence) -> float:
    over_s = float(evidence.load_and_drain.end_s)
    return max(over_s if part.until_s is None else part.until_s for part in group)


def _incident(group: Sequence[_Part], evidence: Evidence) -> IncidentResult:
    worst = min(group, key=lambda part: (part.severity, part.at_s))
    told = list(dict.fromkeys([worst.what, *(part.what for part in group)]))
    more = f"; and {len(told) - _NAMED} more signs" if len(told) > _NAMED else ""
    lasts = any(part.until_s is None for part in group)
    return IncidentResult(
        severity=worst.severity,
        at_s=group[0].at_s,
        until_s=None if lasts else _end_s(group, evidence),
        what="; ".join(told[:_NAMED]) + more,
        because=worst.because,
    )


def _outages(evidence: Evidence) -> Iterator[_Part]:
    for outage in outages_of(evidence):
        what = f"the health endpoint did not answer well at {wording.counted(outage.probes, 'look', 'looks')}"
        severity, because = _of_outage(outage, evidence)
        yield _Part(severity, outage.at_s, outage.until_s, what, because)


def _of_outage(outage: Outage, evidence: Evidence) -> tuple[Severity, str]:
    """That the health page is down is no outage while requests are served."""
    until_s = evidence.load_and_drain.end_s if outage.until_s is None else outage.until_s
    meanwhile = evidence.run.requests.between(outage.at_s, until_s)
    total, failed = meanwhile.total, meanwhile.failures().total
    if outage.probes > _FEW_PROBES and failed >= _ALL * total:
        return "P0", "platform completely unavailable"
    if outage.probes > _FEW_PROBES:
        return "P2", "its health endpoint said so; users were served meanwhile"
    return "P3", "a single look failed"


def _lost_servers(evidence: Evidence) -> Iterator[_Part]:
    """Servers that did not answer us: what we could not reach, the platform may not have reached either."""
    load = evidence.load_and_drain
    for event in evidence.run.timeline:
        lost = event.kind is EventKind.GAP and event.facts.get("lost") is True
        if not lost or event.source not in {"postgres", "redis", "pgbouncer"}:
            continue
        until_s = event.at_s if event.until_s is None else event.until_s
        if event.at_s > load.end_s or until_s < load.start_s:
            continue
        database = event.source != "redis"
        severity: Severity = "P1" if database else "P2"
        because = "database connectivity issues" if database else "performance moderately degraded"
        yield _Part(severity, event.at_s, until_s, f"{event.source} did not answer: {event.text}", because)


def _suffering(evidence: Evidence, objectives: Sequence[Objective]) -> Iterator[_Part]:
    for incident in episodes_of(evidence, objectives):
        worst = incident.episodes[0]
        severity, because = _of_episode(worst)
        others = len(incident.endpoints) - 1
        too = (
            f", and {wording.counted(others, 'other endpoint', 'other endpoints')} suffered" if others else ""
        )
        yield _Part(severity, incident.at_s, incident.until_s, f"{worst.what}{too}", because)


def _of_episode(episode: Episode) -> tuple[Severity, str]:
    share = episode.bad / max(episode.requests, 1)
    if episode.failures:
        if share >= _HALF:
            return "P1", "core features unavailable"
        return "P2", "some user workflows affected"
    slow, usual = episode.p95_ms, episode.usual_p95_ms
    if slow is not None and usual is not None and slow >= _SEVERE * usual:
        return "P1", "performance severely degraded"
    return "P2", "performance moderately degraded"
