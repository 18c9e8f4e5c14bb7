"""Machines and processes: saturated, stolen from, held back, out of memory, or gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from preseason.run.samples import GENERATOR
from preseason.verdict import wording
from preseason.verdict.findings.gauges import High, stood_high
from preseason.verdict.findings.paces import Fast, ran_fast
from preseason.verdict.findings.scene import Cause
from preseason.verdict.model import Finding, FindingKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preseason.run.samples import Series
    from preseason.verdict.evidence import Evidence
    from preseason.verdict.findings.scene import Scene

_HELD_BACK_US = 100_000.0
#: Tasks that waited for a resource in so much of the time were slowed by it.
_STALLED = 0.3
#: A process that keeps half a processor more busy than it usually does, and half as many again.
_BUSIER_CORES, _BUSIER = 0.5, 1.5
#: Shares in use, from when on they slow whatever runs there, and how that is told.
_SHARES = (
    ("cpu", 0.9, FindingKind.CPU_SATURATED, "{} of the processors of MACHINE were busy"),
    ("cgroup_cpu", 0.95, FindingKind.CPU_SATURATED, "MACHINE used {} of the processor time it may use"),
    ("cpu_stolen", 0.1, FindingKind.CPU_STOLEN, "{} of the processor time of MACHINE was given to others"),
    ("memory", 0.95, FindingKind.MEMORY_FULL, "{} of the memory of MACHINE was in use"),
    ("cgroup_memory", 0.95, FindingKind.MEMORY_FULL, "MACHINE used {} of the memory it may use"),
)
#: A machine so busy in the mean, and so much of it by others than the run knows, slowed what was measured.
_FULL, _OTHERS = 0.9, 0.25
_OBSERVERS = frozenset({"collectors", GENERATOR})


def seen(scene: Scene) -> Iterator[Cause]:
    """By machine and by process, as far as they were sampled; the generator's have a module of their own."""
    for metric, share, kind, said in _SHARES:
        for label, series in _of_targets(scene, metric):
            sentence = said.replace("MACHINE", label or "the machine")
            high = High(kind, share, 6, sentence, wording.percent)
            yield from stood_high(scene, series, high, label or "host", _evidence_name(metric))
    for label, series in _of_targets(scene, "cgroup_throttled_us"):
        yield from ran_fast(scene, series, _held_back(label), label or "host", "throttled_us")
    for metric in ("pressure_us", "cgroup_pressure_us"):
        for label, series in _of_targets(scene, metric):
            yield from _pressure(scene, series, label)
    for label, series in _of_targets(scene, "process_cpu"):
        yield from _busier(scene, series, label)


def _evidence_name(metric: str) -> str:
    return "cpu" if "cpu" in metric else "share_of_memory"


def _of_targets(scene: Scene, metric: str) -> Iterator[tuple[str, Series]]:
    for label, series in scene.evidence.run.samples.labelled("host", metric).items():
        if label.partition(":")[0] not in _OBSERVERS:
            yield label, series


def _held_back(label: str) -> Fast:
    sentence = f"{label or 'the target'} was held back for {{}} by its CPU quota"
    return Fast(FindingKind.CPU_THROTTLED, _HELD_BACK_US, 3, sentence, _microseconds)


def _microseconds(duration_us: float) -> str:
    return wording.span(duration_us / 1e6)


def _pressure(scene: Scene, series: Series, label: str) -> Iterator[Cause]:
    """Microseconds a second that tasks waited for a resource, as a share of the time."""
    *machine, resource = label.split(":")
    pace = scene.pace(series)
    stalled, usual = pace.inside / 1e6, pace.outside / 1e6
    if not resource.endswith("some") or stalled < _STALLED or stalled - usual < _STALLED:
        return
    on = f" on {machine[0]}" if machine else ""
    what = {"cpu": "a processor", "io": "the disk", "memory": "memory"}[resource.partition(".")[0]]
    finding = Finding(
        kind=FindingKind.PRESSURE,
        title=f"for {wording.percent(min(1.0, stalled))} of the time, tasks{on} waited for {what}",
        subject=label,
        evidence={"share_stalled": stalled, "usual_share_stalled": usual},
        at_s=scene.start_s,
        until_s=scene.end_s,
    )
    yield Cause(min(1.0, stalled - usual), 7, finding)


def _busier(scene: Scene, series: Series, label: str) -> Iterator[Cause]:
    """A process that worked much harder than otherwise."""
    inside, outside = scene.inside(series).value, scene.outside(series)
    if not len(inside) or not len(outside):
        return
    cores, usual = float(np.mean(inside)), float(np.mean(outside))
    if cores < max(usual + _BUSIER_CORES, _BUSIER * usual):
        return
    busy = f"{wording.significant(cores)} processors busy, usually {wording.significant(usual)}"
    finding = Finding(
        kind=FindingKind.BUSY_PROCESS,
        title=f"{label} kept {busy}",
        subject=label,
        evidence={"processors": cores, "usual_processors": usual},
        at_s=scene.start_s,
        until_s=scene.end_s,
    )
    yield Cause(1 - usual / cores, 6, finding)


def shared(evidence: Evidence) -> Iterator[Finding]:
    """That others kept the machine busy on which the target was as well, as far as the run can tell.

    Of a target elsewhere, the machine of the generator has a label.
    """
    manifest, judged, samples = evidence.run.manifest, evidence.judged, evidence.run.samples
    busy = samples.get("host", "cpu").between(judged.start_s, judged.end_s).value
    processes = samples.labelled("host", "process_cpu").values()
    if not len(busy) or busy.mean() < _FULL or not processes:
        return
    known = (one.between(judged.start_s, judged.end_s).value for one in processes)
    ours = sum(float(used.mean()) for used in known if len(used))
    cores = manifest.generator.cores
    others = cores * float(busy.mean()) - ours
    if others < _OTHERS * cores:
        return
    whose = (
        "that are neither ours nor the target's, and compete with it"
        if manifest.target.kind == "embedded"
        else "that this run does not know: whether it was the target or somebody else, it cannot tell"
    )
    used = f"{wording.significant(others)} of its {cores} processors worked for processes"
    yield Finding(
        kind=FindingKind.CPU_SATURATED,
        title=f"the machine was {wording.percent(float(busy.mean()))} busy in the mean, and {used} {whose}",
        subject="host",
        evidence={"busy": float(busy.mean()), "processors": cores, "used_by_others": others},
    )
