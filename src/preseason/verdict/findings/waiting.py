"""Journeys that waited for a free user, and whose requests held the users meanwhile."""

from __future__ import annotations

from math import ceil, floor
from typing import TYPE_CHECKING

from preseason.run.requests import Clock
from preseason.verdict import wording
from preseason.verdict.arrivals import arrivals_of
from preseason.verdict.findings.scene import Cause
from preseason.verdict.model import Finding, FindingKind
from preseason.verdict.statistics.steady import Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from preseason.run.requests import Requests
    from preseason.verdict.findings.scene import Scene

_DIRECT = 0
#: An endpoint held the users that took more than this part of the time in which requests held any.
_MOST_OF_IT = 0.5


def seen(scene: Scene) -> Iterator[Cause]:
    """In the scenarios whose journeys waited: users are apart by scenario."""
    span = Span(floor(scene.start_s), ceil(scene.end_s))
    run = scene.evidence.run
    due = {name: arrivals_of(run, span, name).starved for name in sorted(run.manifest.scenarios)}
    waiting = [name for name, starved in due.items() if starved]
    if not waiting:
        return
    held = _held_most(scene.evidence.run.requests.between(span.start_s, span.end_s), waiting)
    many = sum(due.values())
    scenarios = ", ".join(waiting)
    evidence: dict[str, str | float | int | None] = {"waited_for_a_user": many, "scenarios": scenarios}
    by = ""
    if held is not None:
        name, mean_ms = held
        evidence |= {"held_by": name, "mean_service_ms": mean_ms}
        by = f", held most by {name}, {wording.milliseconds(mean_ms)} a request in the mean"
    yield Cause(
        1.0,
        _DIRECT,
        Finding(
            kind=FindingKind.ARRIVALS_LOST,
            title=f"{wording.counted(many, 'journey', 'journeys')} waited for a free user{by}",
            subject=scenarios,
            evidence=evidence,
            at_s=scene.start_s,
            until_s=scene.end_s,
        ),
    )


def _held_most(requests: Requests, scenarios: Sequence[str]) -> tuple[str, float] | None:
    """The endpoint whose requests, failed ones too, took most of the users' time, and the mean of them."""
    taken_ms: dict[str, float] = {}
    count: dict[str, int] = {}
    for scenario in scenarios:
        for endpoint, chosen in requests.of_scenario(scenario).by_endpoint().items():
            name = str(endpoint)
            taken_ms[name] = taken_ms.get(name, 0.0) + float(chosen.sums_ms[Clock.SERVICE][chosen.rows].sum())
            count[name] = count.get(name, 0) + chosen.total
    if not taken_ms:
        return None
    most = max(taken_ms, key=lambda name: taken_ms[name])
    if taken_ms[most] <= _MOST_OF_IT * sum(taken_ms.values()):
        return None
    return most, taken_ms[most] / count[most]
