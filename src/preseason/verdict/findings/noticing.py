"""Everything that was noticed about a run, in one list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.verdict.findings import (
    cache,
    commands,
    connections,
    database,
    endpoints,
    errors,
    followers,
    generator,
    host,
    interruptions,
    journeys,
    relations,
    statements,
)
from preseason.verdict.findings.causes import NOTHING, causes_of, in_a_sentence
from preseason.verdict.findings.episodes import incidents_of
from preseason.verdict.findings.scene import Scene
from preseason.verdict.findings.snapshots import snapshots_of
from preseason.verdict.model import Finding, FindingKind, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from preseason.verdict.evidence import Evidence
    from preseason.verdict.findings.snapshots import Snapshots
    from preseason.verdict.findings.trouble import Judged

#: Endpoints whose statements are told.
_MOST = 3


def findings_of(evidence: Evidence, judged: Sequence[Judged]) -> tuple[Finding, ...]:
    """Everything noticed, the most telling first; what is told of an incident is not told again."""
    load = evidence.load_and_drain
    snapshots = snapshots_of(evidence.run.samples, load.start_s, load.end_s)
    suffering = tuple(endpoints.in_trouble(evidence, judged))
    heavy = tuple(statements.heavy(evidence, snapshots, judged))
    incidents = tuple(_incidents(evidence, snapshots, judged))
    steady = _steadily_slow(suffering, incidents) if endpoints.missed(judged) else ()
    explained = (*incidents, *(_throughout(evidence, snapshots, steady, heavy) if steady else ()))
    episodes = (one for one in explained if one.kind is FindingKind.EPISODE)
    names = dict.fromkeys(one.subject for one in (*suffering, *episodes))
    moved = followers.followers(evidence.run.requests, snapshots) if names else {}
    return (
        *suffering,
        *explained,
        *errors.commonest(evidence),
        *cache.low_hit_rates(evidence, judged),
        *cache.not_counted(evidence, judged),
        *journeys.lost(evidence),
        *_not_collected(judged),
        *heavy,
        *(one for name in list(names)[:_MOST] for one in followers.of_endpoint(evidence, moved, name)),
        *_untold(_servers(evidence), explained),
        *relations.wanted(evidence, judged),
        *generator.remarks(evidence),
        *host.shared(evidence),
        *_untold(interruptions.during_load(evidence), explained),
        *journeys.drifts(evidence, judged),
    )


def _incidents(evidence: Evidence, snapshots: Snapshots, judged: Sequence[Judged]) -> Iterator[Finding]:
    """Each incident, followed by what was seen at the same time."""
    for incident in incidents_of(evidence, [objective for objective, _ in judged]):
        scene = Scene(evidence, snapshots, incident.at_s, incident.until_s, incident.endpoints)
        causes = causes_of(scene, waited_only=incident.waited_only)
        yield incident.finding(in_a_sentence(causes))
        yield from causes
        yield from interruptions.unseen(scene, incident.failed)


def _steadily_slow(suffering: Sequence[Finding], incidents: Sequence[Finding]) -> tuple[str, ...]:
    """The slow endpoints that had no better times to tell their slow ones from."""
    told = {name for incident in incidents for name in incident.coincides_with}
    slow = (one.subject for one in suffering if one.kind is FindingKind.SLOW_ENDPOINT)
    return tuple(name for name in slow if name not in told)


def _throughout(
    evidence: Evidence, snapshots: Snapshots, steady: tuple[str, ...], heavy: Sequence[Finding]
) -> tuple[Finding, ...]:
    """What was seen all along."""
    span = evidence.judged
    causes = causes_of(Scene(evidence, snapshots, float(span.start_s), float(span.end_s), steady))
    if causes or heavy:
        return causes
    title = f"{steady[0]} was slow all along; {NOTHING}"
    kind = FindingKind.UNEXPLAINED
    return (Finding(kind=kind, title=title, subject=steady[0], coincides_with=steady),)


def _servers(evidence: Evidence) -> Iterator[Finding]:
    yield from connections.near_limit(evidence)
    yield from database.deadlocks(evidence)
    yield from cache.evictions(evidence)
    yield from commands.keys_lost(evidence)


def _untold(findings: Iterator[Finding], told: Sequence[Finding]) -> Iterator[Finding]:
    """Those that no incident was explained by already."""
    known = {(one.kind, one.subject, one.title) for one in told}
    return (one for one in findings if (one.kind, one.subject, one.title) not in known)


def _not_collected(judged: Sequence[Judged]) -> Iterator[Finding]:
    told: set[str] = set()
    for objective, result in judged:
        source = objective.indicator.source
        if result.outcome is Outcome.NO_DATA and source and source not in told:
            told.add(source)
            yield Finding(kind=FindingKind.NOT_COLLECTED, title=result.reason, subject=source)
