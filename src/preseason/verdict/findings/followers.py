"""Statements whose calls rose and fell with the requests of an endpoint: what it asks of the database."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from preseason.verdict import wording
from preseason.verdict.findings.comoving import holm, together
from preseason.verdict.findings.snapshots import snapshots_of
from preseason.verdict.findings.statement_text import named
from preseason.verdict.model import Finding, FindingKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from preseason.run.reading import Run
    from preseason.run.requests import Requests
    from preseason.verdict.evidence import Evidence
    from preseason.verdict.findings.snapshots import Snapshots

_MOST_NAMED = 3
_MOST_ENDPOINTS = 50
#: Chance would show any of them in fewer than one of twenty runs.
_P = 0.05
#: Below this, a statement may follow the load as everything does, and no endpoint in particular.
_LEAST_CORRELATION = 0.8
#: Endpoints of one journey are asked together: what one of them calls rises and falls with all of them.
#: A statement is told of the endpoint that explains its calls best, and of those that leave at most so many
#: times as much of their variance unexplained (about the 95 % quantile of F at the fewest intervals).
_RIVAL = 4.0
#: Snapshots cut seconds, so that even the calls of one's own are never told exactly.
_LEAST_UNEXPLAINED = 1e-3


@dataclass(frozen=True, slots=True)
class Follower:
    """A statement whose calls rose and fell with the requests of an endpoint."""

    queryid: str
    correlation: float
    calls_a_request: float
    p: float
    intervals: int

    @property
    def unexplained(self) -> float:
        """The part of the variance of its calls that the requests leave; not below what counts can tell."""
        return max(1 - self.correlation**2, _LEAST_UNEXPLAINED)


def followers(requests: Requests, snapshots: Snapshots) -> dict[str, tuple[Follower, ...]]:
    """By endpoint, the statements whose calls moved with its requests by snapshot, the closest first.

    None where there are fewer than six intervals: so few points move together by chance.
    """
    if not snapshots.queryids:
        return {}
    moved = {
        str(endpoint): _moved_with(chosen, snapshots)
        for endpoint, chosen in islice(requests.by_endpoint().items(), _MOST_ENDPOINTS)
    }
    best: dict[str, float] = {}
    for one in (one for found in moved.values() for one in found):
        best[one.queryid] = min(best.get(one.queryid, 1.0), one.unexplained)
    return {
        endpoint: tuple(one for one in found if one.unexplained <= _RIVAL * best[one.queryid])
        for endpoint, found in moved.items()
    }


def _moved_with(requests: Requests, snapshots: Snapshots) -> tuple[Follower, ...]:
    if len(snapshots.edges_s) < 2:  # noqa: PLR2004 - an interval has two ends
        return ()
    sent = _requests_between(requests, snapshots)
    rates, lengths_s = sent / snapshots.lengths_s, snapshots.lengths_s
    found = together(rates, snapshots.calls / lengths_s)
    known = [(row, one) for row, one in enumerate(found) if one is not None]
    adjusted = holm([one.p for _, one in known])
    told = [
        Follower(
            queryid=snapshots.queryids[row],
            correlation=one.correlation,
            calls_a_request=float(snapshots.calls[row].sum() / max(sent.sum(), 1.0)),
            p=p,
            intervals=len(sent),
        )
        for (row, one), p in zip(known, adjusted, strict=True)
        if p < _P and one.correlation >= _LEAST_CORRELATION
    ]
    return tuple(sorted(told, key=lambda one: (-round(one.correlation, 3), one.queryid)))


def callers(run: Run) -> dict[str, tuple[str, ...]]:
    """By query id, the endpoints with whose requests a statement's calls moved, the closest first."""
    start_s, end_s = run.manifest.load_started_s, run.manifest.load_ended_s
    if start_s is None or end_s is None:
        return {}
    snapshots = snapshots_of(run.samples, start_s, end_s)
    found: defaultdict[str, list[tuple[float, str]]] = defaultdict(list)
    for endpoint, moved in followers(run.requests, snapshots).items():
        for one in moved:
            calls = wording.significant(one.calls_a_request)
            found[one.queryid].append((-one.correlation, f"{endpoint} ({calls} a request)"))
    return {queryid: tuple(told for _, told in sorted(closest)) for queryid, closest in found.items()}


def of_endpoint(
    evidence: Evidence, moved: Mapping[str, tuple[Follower, ...]], endpoint: str
) -> Iterator[Finding]:
    """What an endpoint in trouble asks of the database, by what moved with its requests."""
    found = moved.get(endpoint, ())
    texts = evidence.run.statements
    close = [one for one in found if one.queryid in texts or not texts][:_MOST_NAMED]
    if not close:
        return
    names = [
        f"{wording.significant(one.calls_a_request)} a request: {named(evidence.run, one.queryid)}"
        for one in close
    ]
    evidence_of: dict[str, str | float | int | None] = {"intervals": close[0].intervals}
    for one in close:
        evidence_of[f"correlation of {one.queryid}"] = one.correlation
        evidence_of[f"calls a request of {one.queryid}"] = one.calls_a_request
        evidence_of[f"p of {one.queryid}"] = one.p
    yield Finding(
        kind=FindingKind.STATEMENTS_OF_ENDPOINT,
        title=f"calls that moved with {endpoint}: {'; '.join(names)}",
        subject=endpoint,
        evidence=evidence_of,
        coincides_with=(endpoint,),
    )


def _requests_between(requests: Requests, snapshots: Snapshots) -> NDArray[np.float64]:
    """Requests that ended in each interval; of a second cut by an edge, its part."""
    first, last = int(snapshots.edges_s[0]), int(snapshots.edges_s[-1]) + 1
    summed = np.concatenate(([0.0], np.cumsum(requests.per_second(first, last))))
    return np.diff(np.interp(snapshots.edges_s, np.arange(first, last + 1), summed))
