"""What broke off: sources that could not be sampled, processes that ended, a target that said it was ill."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.run.samples import GENERATOR
from preseason.run.timeline import EventKind
from preseason.verdict import wording
from preseason.verdict.findings.scene import Cause
from preseason.verdict.model import Finding, FindingKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preseason.run.timeline import Event
    from preseason.verdict.evidence import Evidence
    from preseason.verdict.findings.scene import Scene

#: The words of the host source for a process that it watched and that is gone.
#: So large a part of an endpoint's requests fails, and a health page should know.
_NOBODY_MISSES = 0.25
_ENDED = "has ended"


def seen(scene: Scene) -> Iterator[Cause]:
    """Events of the timeline that overlap, and looks at the target's health that failed."""
    for event in scene.evidence.run.timeline:
        until_s = event.at_s if event.until_s is None else event.until_s
        if not scene.touches(event.at_s, until_s):
            continue
        if (finding := _told(event)) is not None:
            within_s = min(until_s, scene.end_s) - max(event.at_s, scene.start_s)
            lasted = event.until_s is not None and event.until_s - event.at_s > 0
            strength = max(0.0, min(1.0, within_s / max(scene.length_s, 1.0))) if lasted else 0.5
            yield Cause(strength, 0 if event.kind is EventKind.FAULT else 2, finding)
    yield from _ill(scene)


def _told(event: Event) -> Finding | None:
    match event.kind:
        case EventKind.GAP if event.source == GENERATOR:
            return _noted(FindingKind.GAP, f"no load was made: {event.text}", event)
        case EventKind.GAP:
            return _noted(FindingKind.GAP, f"{event.source} could not be sampled: {event.text}", event)
        case EventKind.FAULT:
            return _noted(FindingKind.FAULT, f"on purpose: {event.text}", event)
        case EventKind.NOTE if event.text.endswith(_ENDED):
            return _noted(FindingKind.PROCESS_ENDED, event.text, event)
        case _:
            return None


def _noted(kind: FindingKind, title: str, event: Event) -> Finding:
    return Finding(kind=kind, title=title, subject=event.source, at_s=event.at_s, until_s=event.until_s)


def _ill(scene: Scene) -> Iterator[Cause]:
    """Looks at the target's health that failed more than otherwise; some targets have no such page."""
    series = scene.evidence.run.samples.get("health", "up")
    inside, outside = scene.inside(series), scene.outside(series)
    down = inside.time_s[inside.value < 1]
    usual = float((outside < 1).mean()) if len(outside) else 0.0
    if not len(down) or not (series.value >= 1).any() or len(down) / len(inside) <= usual:
        return
    looks = wording.counted(len(inside), "look", "looks")
    finding = Finding(
        kind=FindingKind.HEALTH_DOWN,
        title=f"the target's health endpoint did not answer well at {wording.count(len(down))} of {looks}",
        subject="health",
        evidence={"looks": len(inside), "failed": len(down)},
        at_s=float(down[0]),
        until_s=float(down[-1]),
    )
    yield Cause(len(down) / len(inside) - usual, 3, finding)


def unseen(scene: Scene, failed: float) -> Iterator[Finding]:
    """That the target's health page, which others rely on, said nothing of what failed so much."""
    looks = scene.inside(scene.evidence.run.samples.get("health", "up"))
    if failed < _NOBODY_MISSES or not len(looks) or (looks.value < 1).any():
        return
    counted = wording.counted(len(looks), "look", "looks")
    yield Finding(
        kind=FindingKind.NOTE,
        title=f"the target's health endpoint answered well at {counted} while {wording.percent(failed)} of "
        f"the requests to {scene.endpoints[0]} failed: who watches it alone saw nothing",
        subject="health",
        evidence={"looks": len(looks), "failed": 0, "requests_failed": failed},
        at_s=scene.start_s,
        until_s=scene.end_s,
        coincides_with=scene.endpoints,
    )


def during_load(evidence: Evidence) -> Iterator[Finding]:
    """Gaps, faults and ended processes of the whole load."""
    load = evidence.load_and_drain
    for event in evidence.run.timeline:
        until_s = event.at_s if event.until_s is None else event.until_s
        if event.at_s <= load.end_s and until_s >= load.start_s and (finding := _told(event)) is not None:
            yield finding
