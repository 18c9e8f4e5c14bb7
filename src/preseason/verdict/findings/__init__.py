"""What is worth knowing beside the outcomes: who suffers, when and from what, and what else was seen.

::

    endpoints      who keeps an objective from holding
    episodes       when an endpoint was worse than usual (``bursts``, ``normal``, ``seconds``)
    causes         what was seen at such a time, by source: ``locks``, ``connections``, ``statements``,
                   ``cache``, ``database``, ``host``, ``generator``, ``errors``, ``interruptions``
    followers      the statements that an endpoint calls
    journeys       what became of the load

The sentences a reader meets stand here, and only here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.verdict.findings import (
    cache,
    connections,
    database,
    endpoints,
    errors,
    followers,
    generator,
    interruptions,
    journeys,
    statements,
)
from preseason.verdict.findings.causes import NOTHING, causes_of, in_a_sentence
from preseason.verdict.findings.episodes import incidents_of
from preseason.verdict.findings.scene import Scene
from preseason.verdict.model import Finding, FindingKind, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from preseason.verdict.evidence import Evidence
    from preseason.verdict.findings.trouble import Judged

__all__ = ["findings_of"]

_MOST_STATEMENTS = 3


def findings_of(evidence: Evidence, judged: Sequence[Judged]) -> tuple[Finding, ...]:
    """Everything noticed, the most telling first; what is told of an incident is not told again."""
    suffering = tuple(endpoints.in_trouble(evidence, judged))
    incidents = _incidents(evidence, judged)
    heavy = tuple(statements.heavy(evidence, judged))
    throughout = _throughout(evidence, judged, suffering, incidents, heavy)
    explained = (*incidents, *throughout)
    return (
        *suffering,
        *explained,
        *errors.commonest(evidence),
        *cache.low_hit_rates(evidence, judged),
        *journeys.lost(evidence),
        *_not_collected(judged),
        *heavy,
        *_statements_of(evidence, suffering, incidents),
        *_untold(_servers(evidence), explained),
        *generator.remarks(evidence),
        *_untold(interruptions.during_load(evidence), explained),
        *journeys.drifts(evidence, judged),
    )


def _incidents(evidence: Evidence, judged: Sequence[Judged]) -> tuple[Finding, ...]:
    """Each incident, followed by what was seen at the same time."""
    found: list[Finding] = []
    for incident in incidents_of(evidence, [objective for objective, _ in judged]):
        causes = causes_of(incident.scene(evidence))
        found += (incident.finding(in_a_sentence(causes)), *causes)
    return tuple(found)


def _throughout(
    evidence: Evidence,
    judged: Sequence[Judged],
    suffering: Sequence[Finding],
    incidents: Sequence[Finding],
    heavy: Sequence[Finding],
) -> tuple[Finding, ...]:
    """What was seen all along, where a latency objective failed and its endpoints had no better times."""
    with_episode = {name for incident in incidents for name in incident.coincides_with}
    slow = [one.subject for one in suffering if one.kind is FindingKind.SLOW_ENDPOINT]
    steady = tuple(name for name in slow if name not in with_episode)
    if not steady or not endpoints.missed(judged):
        return ()
    span = evidence.judged
    causes = causes_of(Scene(evidence, float(span.start_s), float(span.end_s), steady))
    if causes or heavy:
        return causes
    title = f"{steady[0]} was slow all along; {NOTHING}"
    unexplained = Finding(kind=FindingKind.UNEXPLAINED, title=title, subject=steady[0], coincides_with=steady)
    return (unexplained,)


def _statements_of(
    evidence: Evidence, suffering: Sequence[Finding], incidents: Sequence[Finding]
) -> Iterator[Finding]:
    episodes = [one.subject for one in incidents if one.kind is FindingKind.EPISODE]
    names = dict.fromkeys([*(one.subject for one in suffering), *episodes])
    for name in list(names)[:_MOST_STATEMENTS]:
        yield from followers.of_endpoint(evidence, name)


def _servers(evidence: Evidence) -> Iterator[Finding]:
    yield from connections.near_limit(evidence)
    yield from database.deadlocks(evidence)
    yield from cache.evictions(evidence)


def _untold(findings: Iterator[Finding], told: Sequence[Finding]) -> Iterator[Finding]:
    """Those that no incident was explained by already."""
    known = {(one.kind, one.subject, one.title) for one in told}
    kinds = {(one.kind, one.subject) for one in told if one.until_s is None}
    for finding in findings:
        if (finding.kind, finding.subject, finding.title) not in known and (
            finding.kind,
            finding.subject,
        ) not in kinds:
            yield finding


def _not_collected(judged: Sequence[Judged]) -> Iterator[Finding]:
    told: set[str] = set()
    for objective, result in judged:
        source = objective.indicator.source
        if result.outcome is Outcome.NO_DATA and source and source not in told:
            told.add(source)
            yield Finding(kind=FindingKind.NOT_COLLECTED, title=result.reason, subject=source)
