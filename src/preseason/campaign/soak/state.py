"""Where a soak stands: why it was broken off, whether its time is over, and how it ended."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import psutil

from preseason.campaign.guardrails import STOPPED_BY_GUARDRAIL
from preseason.campaign.manifests import finished
from preseason.campaign.soak.supervision import TRAFFIC
from preseason.run.extent import last_samples_s
from preseason.run.manifest import Status
from preseason.run.samples import GENERATOR
from preseason.run.timeline import (
    Event,
    EventKind,
    append_event,
    load_ended_s,
    load_started_s,
    read_timeline,
)

if TYPE_CHECKING:
    from pathlib import Path

    from preseason.campaign.soak.record import SoakRecord
    from preseason.run.manifest import Manifest


def status_of(folder: Path) -> Status:
    """How a run ended whose schedule is over: one that was broken off on its way is RESUMED."""
    timeline = read_timeline(folder)
    broken = any(event.kind is EventKind.GAP and event.source == GENERATOR for event in timeline)
    return Status.RESUMED if broken else Status.FINISHED


def why_broken_off(folder: Path, manifest: Manifest) -> str:
    """What is known of why a run stands still."""
    last_s = max(last_samples_s(folder, TRAFFIC).values(), default=manifest.started_at.timestamp())
    if manifest.status is Status.INTERRUPTED:
        return "the soak was stopped"
    if psutil.boot_time() > last_s:
        return "the machine was restarted"
    return "preseason was killed"


def was_stopped(folder: Path) -> bool:
    """Whether a guardrail ended the load: to go on with it would harm the target again."""
    return any(
        event.kind is EventKind.STOPPED and event.text.startswith(STOPPED_BY_GUARDRAIL)
        for event in read_timeline(folder)
    )


def is_over(folder: Path, manifest: Manifest, record: SoakRecord) -> bool:
    """Whether the time of the schedule has passed, so that nothing is left to be made."""
    began_s = load_started_s(read_timeline(folder))
    ends = [latest_s(record), None if began_s is None else began_s + manifest.stages[-1].end_s]
    known = [end_s for end_s in ends if end_s is not None]
    return bool(known) and time.time() >= min(known)


def close(folder: Path, manifest: Manifest) -> None:
    """The end came while nobody made the load: what is missing is a gap until then."""
    timeline = read_timeline(folder)
    began_s, ended_s = load_started_s(timeline), load_ended_s(timeline)
    ends_s = (began_s or 0.0) + manifest.stages[-1].end_s
    if began_s is not None and (ended_s is None or ended_s < ends_s):
        since_s = float(int(min(last_samples_s(folder, TRAFFIC).values(), default=began_s)))
        reason = why_broken_off(folder, manifest)
        gap = Event(at_s=since_s, until_s=ends_s, kind=EventKind.GAP, source=GENERATOR, text=reason)
        append_event(folder, gap)
        append_event(folder, Event(at_s=ends_s, kind=EventKind.LOAD_ENDED, text="the load's time was over"))
    finished(folder, manifest, status_of(folder), manifest.sources)


def latest_s(record: SoakRecord) -> float | None:
    """When the load ends at the latest, UTC epoch seconds; None where only its length says so."""
    return None if record.ends_at is None else record.ends_at.timestamp()
