"""Episodes: when an endpoint answered late, or failed, far more than it usually does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from preseason.run.requests import Clock
from preseason.slo.model import Kind
from preseason.verdict import wording
from preseason.verdict.findings.bursts import bursts
from preseason.verdict.findings.seconds import by_endpoint
from preseason.verdict.model import Finding, FindingKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from preseason.run.histogram import Histogram
    from preseason.run.requests import Endpoint
    from preseason.slo.model import Objective
    from preseason.verdict.evidence import Evidence
    from preseason.verdict.findings.seconds import EndpointRows

#: The probability of any false episode in a run whose endpoints all stay as they are.
CHANCE = 0.05
#: What part of the requests may fail before it is an episode where no objective says so.
_MAY_FAIL = 0.05
#: Episodes are one incident where they share this part of the time that they take together.
_ALIKE = 0.5
_MOST_INCIDENTS = 10
_P95 = 0.95


@dataclass(frozen=True, slots=True)
class Episode:
    """``endpoint`` was worse than usual from ``at_s`` (when the first request of it was due) to ``until_s``.

    ``bad`` of ``requests`` that ended then were late, or ``failures``. p95 are of what was answered, then
    and in the time that is no episode of this endpoint. ``waited_only`` where its requests were answered in
    time once they were sent (``service_p95_ms``), and came late because their journeys waited to begin.
    """

    endpoint: Endpoint
    failures: bool
    at_s: float
    until_s: float
    bad: int
    requests: int
    p95_ms: float | None
    usual_p95_ms: float | None
    service_p95_ms: float | None = None
    waited_only: bool = False

    @property
    def what(self) -> str:
        """The episode in half a sentence, without its time."""
        if self.failures:
            return f"{self.endpoint} failed {wording.percent(self.bad / self.requests)} of its requests"
        if self.p95_ms is not None and self.usual_p95_ms is not None and self.p95_ms <= self.usual_p95_ms:
            of_all = f"{wording.count(self.bad)} of {wording.count(self.requests)}"
            return f"{of_all} requests to {self.endpoint} came late"
        rose = "" if self.p95_ms is None else f" to {wording.milliseconds(self.p95_ms)}"
        usual = "" if self.usual_p95_ms is None else f" from {wording.milliseconds(self.usual_p95_ms)}"
        told = f"p95 of {self.endpoint} rose{usual}{rose}"
        if not self.waited_only or self.service_p95_ms is None:
            return told
        sent = wording.milliseconds(self.service_p95_ms)
        return f"{told}, only because its journeys waited to begin ({sent} from sending)"


@dataclass(frozen=True, slots=True)
class Incident:
    """Episodes at the same time, the costliest first; those whose journeys only waited come after others."""

    episodes: tuple[Episode, ...]
    at_s: float
    until_s: float

    @property
    def endpoints(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(str(episode.endpoint) for episode in self.episodes))

    @property
    def failed(self) -> float:
        """The share of requests that failed of the endpoint that it is told by; 0 where they came late."""
        first = self.episodes[0]
        return first.bad / first.requests if first.failures and first.requests else 0.0

    @property
    def waited_only(self) -> bool:
        """Whether nothing was slow to answer: then nothing on a server explains it."""
        return all(episode.waited_only for episode in self.episodes)

    def finding(self, explanation: str) -> Finding:
        """The incident in a sentence that ends with its ``explanation``."""
        first, others = self.episodes[0], self.endpoints[1:]
        lasted = f"at {wording.moment(self.at_s)} for {wording.span(self.until_s - self.at_s)}"
        too = f", and {wording.counted(len(others), 'other endpoint', 'other endpoints')} suffered" * bool(
            others
        )
        return Finding(
            kind=FindingKind.EPISODE,
            title=f"{first.what} {lasted}{too}; {explanation}",
            subject=str(first.endpoint),
            evidence={
                "p95_ms": first.p95_ms,
                "usual_p95_ms": first.usual_p95_ms,
                **({"service_p95_ms": first.service_p95_ms} if first.waited_only else {}),
                "failed" if first.failures else "late": first.bad,
                "requests": first.requests,
                **({"other_endpoints": ", ".join(others)} if others else {}),
            },
            at_s=self.at_s,
            until_s=self.until_s,
            coincides_with=self.endpoints,
        )


def incidents_of(evidence: Evidence, objectives: Sequence[Objective]) -> tuple[Incident, ...]:
    """What stands out in the judged time, in its order; of very many, those that cost most requests."""
    endpoints = list(by_endpoint(evidence.requests, evidence.answered))
    chance = CHANCE / max(1, 2 * len(endpoints))
    found = [episode for rows in endpoints for episode in _episodes(rows, objectives, chance)]
    incidents = _together(sorted(found, key=_costliest_first))
    costly = sorted(incidents, key=lambda one: -sum(episode.bad for episode in one.episodes))
    return tuple(sorted(costly[:_MOST_INCIDENTS], key=lambda one: one.at_s))


def _episodes(rows: EndpointRows, objectives: Sequence[Objective], chance: float) -> Iterator[Episode]:
    promise = _promise(rows.endpoint, objectives)
    if promise is not None:
        allowed = 1 - (promise.indicator.quantile or 0.0)
        late = _Bad(rows, rows.late(promise.limit), rows.answered, promise)
        yield from late.episodes(allowed, chance)
    failed = _Bad(rows, rows.failed, rows.answered + rows.failed)
    yield from failed.episodes(_MAY_FAIL, chance)


def _costliest_first(episode: Episode) -> tuple[bool, int, float, Endpoint]:
    return episode.waited_only, -episode.bad, episode.at_s, episode.endpoint


def _promise(endpoint: Endpoint, objectives: Sequence[Objective]) -> Objective | None:
    """The latency objective that speaks most closely of an endpoint: about itself, about its p95."""
    speaking = [
        objective
        for objective in objectives
        if objective.indicator.kind is Kind.LATENCY_QUANTILE and not objective.of_baseline
        if objective.scenario is None and _speaks_of(objective, endpoint)
    ]
    return min(speaking, key=_distance, default=None)


def _speaks_of(objective: Objective, endpoint: Endpoint) -> bool:
    about = objective.endpoint
    return about is None or (about.name == endpoint.name and about.method in {"", endpoint.method})


def _distance(objective: Objective) -> tuple[bool, float]:
    return objective.endpoint is None, abs((objective.indicator.quantile or 0.0) - _P95)


@dataclass(frozen=True, slots=True)
class _Bad:
    """Bad requests of an endpoint by second, of how many: later than was promised, or failed without one."""

    rows: EndpointRows
    bad: NDArray[np.float64]
    total: NDArray[np.float64]
    promise: Objective | None = None

    def episodes(self, allowed: float, chance: float) -> Iterator[Episode]:
        """What is usual is told of the time outside all of them."""
        stretches = bursts(self.bad, self.total, allowed, chance)
        if not stretches:
            return
        usual = np.ones(len(self.bad), dtype=np.bool_)
        for start, end in stretches:
            usual[start:end] = False
        usual_p95_ms = self.rows.histogram(usual).quantile_ms(_P95)
        for start, end in stretches:
            yield self._episode(start, end, usual_p95_ms)

    def _episode(self, start: int, end: int, usual_p95_ms: float | None) -> Episode:
        origin_s, here = self.rows.span.start_s, slice(start, end)
        then = np.zeros(len(self.bad), dtype=np.bool_)
        then[here] = True
        began_s = self.rows.began[here][self.bad[here] > 0]
        service = self.rows.histogram(then, Clock.SERVICE)
        return Episode(
            endpoint=self.rows.endpoint,
            failures=self.promise is None,
            at_s=float(np.rint(np.nanmin(began_s, initial=origin_s + start))),
            until_s=float(origin_s + end),
            bad=int(self.bad[here].sum()),
            requests=int(self.total[here].sum()),
            p95_ms=self.rows.histogram(then).quantile_ms(_P95),
            usual_p95_ms=usual_p95_ms,
            service_p95_ms=service.quantile_ms(_P95),
            waited_only=self.promise is not None and _is_kept(self.promise, service),
        )


def _is_kept(promise: Objective, times: Histogram) -> bool:
    found_ms = times.quantile_ms(promise.indicator.quantile or 0.0)
    return found_ms is not None and found_ms <= promise.limit


def _together(episodes: Sequence[Episode]) -> list[Incident]:
    """Each episode joins the first incident that it shares most of its time with, or begins another."""
    groups: list[list[Episode]] = []
    for episode in episodes:
        fitting = (group for group in groups if _shared(group[0], episode) >= _ALIKE)
        group = next(fitting, None)
        if group is None:
            groups.append([episode])
        else:
            group.append(episode)
    return [
        Incident(tuple(group), min(one.at_s for one in group), max(one.until_s for one in group))
        for group in groups
    ]


def _shared(one: Episode, other: Episode) -> float:
    both_s = min(one.until_s, other.until_s) - max(one.at_s, other.at_s)
    either_s = max(one.until_s, other.until_s) - min(one.at_s, other.at_s)
    return both_s / either_s if both_s > 0 else 0.0
