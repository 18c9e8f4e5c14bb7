"""The load generator: busy, stalled, or sending again what a closed connection swallowed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.verdict import wording
from preseason.verdict.findings.gauges import High, stood_high
from preseason.verdict.model import Finding, FindingKind
from preseason.verdict.validity import generator_cpu

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preseason.verdict.evidence import Evidence
    from preseason.verdict.findings.scene import Cause, Scene

_BUSY_CPU = 0.7
_SATURATED = 0.9
_STALL_MS = 100.0


def seen(scene: Scene) -> Iterator[Cause]:
    """What may have delayed requests before the target ever saw them."""
    samples = scene.evidence.run.samples
    busy = High(
        FindingKind.GENERATOR_BUSY,
        _SATURATED,
        0,
        "the load generator itself was busy: {} of a core",
        wording.percent,
    )
    stalled = High(
        FindingKind.GENERATOR_BUSY,
        _STALL_MS,
        0,
        "the load generator itself stood still for up to {}",
        wording.milliseconds,
    )
    for process, series in samples.labelled("generator", "cpu").items():
        yield from stood_high(scene, series, busy, process, "cpu")
    for process, series in samples.labelled("generator", "loop_lag_ms").items():
        yield from stood_high(scene, series, stalled, process, "lag_ms")


def remarks(evidence: Evidence) -> Iterator[Finding]:
    """Of the whole load."""
    for process, share in generator_cpu(evidence).items():
        if share > _BUSY_CPU:
            yield Finding(
                kind=FindingKind.GENERATOR_BUSY,
                title=f"the load generator was busy: {wording.percent(share)} of a core",
                subject=process,
                evidence={"cpu": share},
            )
    yield from _sent_again(evidence)


def _sent_again(evidence: Evidence) -> Iterator[Finding]:
    """A time-out of idle connections crosses a request now and then, but mostly comes while nothing is sent.

    Where it is the other way round, requests were ended by something else, which sending again hides.
    """
    retries, idle = _counted(evidence, "stale_retries"), _counted(evidence, "closed_idle")
    if not retries:
        return
    sent = "request was" if retries == 1 else "requests were"
    title = (
        f"{wording.count(retries)} {sent} sent again, because the target ended a kept connection without an "
        "answer; they count from their first start"
    )
    if idle is not None and retries > idle:
        errors = f"{wording.count(retries)} {'error' if retries == 1 else 'errors'} more"
        title += (
            f". Of idle connections it closed {wording.count(idle) if idle else 'none'}, so that was no "
            f"time-out: who does not send again meets {errors}"
        )
    yield Finding(
        kind=FindingKind.NOTE, title=title, evidence={"sent_again": retries, "closed_while_idle": idle}
    )


def _counted(evidence: Evidence, metric: str) -> int | None:
    """How often, over all processes, by the end of the load; None where nothing counted it."""
    span = evidence.load_and_drain
    series = evidence.run.samples.labelled("generator", metric).values()
    inside = [one.between(span.start_s, span.end_s).value for one in series]
    return sum(int(values.max(initial=0)) for values in inside) if inside else None
