"""Where a run came from, what it could not see, and how to repeat it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.report import plain, units
from preseason.report.page.parts import Absent, Code, Fact, Facts
from preseason.run.manifest import Status
from preseason.run.timeline import EventKind, load_ended_s

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preseason.report.page.parts import Part
    from preseason.run.manifest import Manifest, Source
    from preseason.run.reading import Run
    from preseason.run.timeline import Event
    from preseason.verdict.model import Verdict

#: As many digits of a hash as tell any two runs apart.
_HASH = 12
_ALL_SEEN = "everything that was asked for was collected, without a gap"

#: Happenings that tell what a run lacks, or what disturbed it.
_LOSSES = {
    EventKind.GAP: "gap",
    EventKind.WORKER_LOST: "worker lost",
    EventKind.CLOCK_JUMP: "clock jumped",
}


def unseen(run: Run) -> tuple[Fact, ...]:
    """Sources that were not sampled, and stretches in which they, or the load, were lost."""
    absent = [
        Fact(source.name, "not collected", source.absent) for source in run.manifest.sources if source.absent
    ]
    lost = [
        Fact(event.source or "run", _when(event.at_s, event.until_s, _LOSSES[event.kind]), event.text)
        for event in run.timeline
        if event.kind in _LOSSES
    ]
    ended_s = load_ended_s(run.timeline)
    limits = [
        Fact(event.source or "run", event.text, _remark(event, ended_s))
        for event in run.timeline
        if event.kind is EventKind.NOTE
    ]
    return (*absent, *lost, *limits)


def _remark(note: Event, ended_s: float | None) -> str:
    """What would cure it; where nothing has to, that the load no longer was in need of it."""
    is_late = ended_s is not None and note.at_s >= ended_s
    return str(note.facts.get("cure", "after the load had ended" if is_late else ""))


def unseen_parts(run: Run) -> tuple[Part, ...]:
    """The same on a page."""
    missing = unseen(run)
    return (Facts(missing) if missing else Absent(_ALL_SEEN),)


def parts(run: Run, verdict: Verdict) -> tuple[Part, ...]:
    """The command and all it takes to say which run this was, on a page."""
    command = (Code(run.manifest.command),) if run.manifest.command else ()
    objectives = Fact("Objectives", verdict.slo, f"hash {run.manifest.slo_hash[:_HASH]}")
    return (*command, Facts((*facts(run), objectives)))


def facts(run: Run) -> tuple[Fact, ...]:
    """All it takes to say which run this was."""
    manifest, made_by = run.manifest, run.manifest.generator
    return (
        Fact("Run", manifest.run_id, manifest.status),
        Fact("Target", manifest.target.url, _target_remark(manifest)),
        Fact("Started", units.utc(manifest.started_at.timestamp())),
        Fact("Load", _load(manifest), f"{manifest.model} model"),
        Fact("Traffic", _mix(manifest)),
        Fact("Seed", str(manifest.seed)),
        Fact("Workload", manifest.workload_hash[:_HASH], "hash of scenarios and load"),
        Fact("Generator", f"preseason {made_by.version}, Locust {made_by.locust}, Python {made_by.python}"),
        Fact("Machine", made_by.host, f"{made_by.cores} × {made_by.cpu}, {units.size(made_by.memory_bytes)}"),
        *(
            Fact(source.name.capitalize(), _version(source, manifest) or "version not told", source.address)
            for source in manifest.sources
            if not source.absent
        ),
        *([Fact("Faults", ", ".join(manifest.faults), "injected on purpose")] if manifest.faults else []),
    )


#: How a run that was not finished is told, before anything else is.
_INCOMPLETE = {
    Status.RUNNING: "The run was killed, or still goes on",
    Status.INTERRUPTED: "The run was interrupted",
    Status.RESUMED: "The run was resumed and not finished",
}


def caveats(run: Run) -> Iterator[str]:
    """What a reader of the verdict has to know with it, a sentence each."""
    if told := _INCOMPLETE.get(run.manifest.status):
        yield f"{told}: only what it had recorded is judged."
    if faults := run.manifest.faults:
        yield f"The platform was degraded on purpose: {', '.join(faults)}."


def window_text(verdict: Verdict) -> str:
    """What part of the load was judged, and why not all of it."""
    window = verdict.window
    if window is None:
        return "No part of the load could be judged."
    length = units.duration(window.end_s - window.start_s)
    warmup = units.duration(window.warmup_s)
    left_out = {
        "given": f"The first {warmup} are left out as warm-up, as the SLO file says.",
        "data": f"The first {warmup} are left out as warm-up: only then did the response times settle.",
        "none": "No warm-up was left out.",
    }[window.warmup_found_by]
    return f"{length} were judged, from {units.utc(window.start_s)} on. {left_out}"


def _when(at_s: float, until_s: float | None, what: str) -> str:
    if until_s is None:
        return f"{what} at {units.utc_time(at_s)}"
    return f"{what} of {units.duration(until_s - at_s)} at {units.utc_time(at_s)}"


def _version(source: Source, manifest: Manifest) -> str:
    """A health endpoint has no version of its own: it tells that of the platform."""
    return source.version or (manifest.target.platform_version or "" if source.name == "health" else "")


def _target_remark(manifest: Manifest) -> str:
    version = manifest.target.platform_version
    told = f"version {version}" if version else "version not told"
    commit = f", commit {manifest.target.commit}" if manifest.target.commit else ""
    return f"{manifest.target.kind}, {told}{commit}"


def _load(manifest: Manifest) -> str:
    return ", then ".join(
        stage_text(stage.kind, stage.begin, stage.end, stage.unit) for stage in manifest.stages
    )


def stage_text(kind: str, begin: float, end: float, unit: str) -> str:
    """``hold 40/s``, ``ramp 0 to 40/s``, ``hold 25 users``."""
    tail = "/s" if unit == "arrivals/s" else f"{plain.THIN_SPACE}users"
    if begin == end:
        return f"{kind} {begin:g}{tail}"
    return f"{kind} {begin:g} to {end:g}{tail}"


def _mix(manifest: Manifest) -> str:
    shares = sum(manifest.scenarios.values())
    if not shares:
        return "as the Locust files weigh it"
    return ", ".join(
        f"{name} {units.percent(weight / shares)}" for name, weight in manifest.scenarios.items()
    )
