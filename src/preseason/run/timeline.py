"""The timeline of a run: what happened when, one JSON object a line, appended as it happens."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

if TYPE_CHECKING:
    from pathlib import Path

FILE = "timeline.jsonl"


class EventKind(StrEnum):
    """What a line of the timeline tells."""

    PREPARING = "preparing"
    LOAD_STARTED = "load_started"
    STAGE = "stage"
    LOAD_ENDED = "load_ended"
    GAP = "gap"
    FAULT = "fault"
    WORKER_LOST = "worker_lost"
    CLOCK_JUMP = "clock_jump"
    NOTE = "note"
    STOPPED = "stopped"
    RESUMED = "resumed"


#: UTC epoch seconds that can be meant: before the year 5138.
Moment = Annotated[float, Field(ge=0, le=1e11)]


class Event(BaseModel):
    """One thing that happened at ``at_s`` (UTC epoch seconds), and until ``until_s`` where it lasted.

    ``source`` names what it happened to (``postgres``, ``redis``, ``generator`` …).
    """

    model_config = ConfigDict(frozen=True)

    at_s: Moment
    kind: EventKind
    text: str
    source: str = ""
    until_s: Moment | None = None
    facts: dict[str, str | float | int | bool | None] = Field(default_factory=dict)


def append_event(run_folder: Path, event: Event) -> None:
    """Append one event and see it onto the disk.

    Lines are short enough to be written whole, unless the disk is full: what was cut off then spoils no
    line but its own. Raises OSError where it cannot be written.
    """
    line = event.model_dump_json(exclude_defaults=True).encode() + b"\n"
    descriptor = os.open(run_folder / FILE, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        size = os.fstat(descriptor).st_size
        torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
        os.write(descriptor, b"\n" * torn + line)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_timeline(run_folder: Path) -> tuple[Event, ...]:
    """Every whole event, in time order; a line cut off by a crash is passed over."""
    path = run_folder / FILE
    lines = path.read_text(errors="replace").splitlines() if path.exists() else []
    events = [event for line in lines if (event := _parse(line)) is not None]
    return tuple(sorted(events, key=lambda event: event.at_s))


def load_started_s(timeline: tuple[Event, ...]) -> float | None:
    """When the schedule of the load began, however often it was gone on with; None where it never did."""
    return next((event.at_s for event in timeline if event.kind is EventKind.LOAD_STARTED), None)


def load_ended_s(timeline: tuple[Event, ...]) -> float | None:
    """The last time that the load ended; None where it went on afterwards, or never ended."""
    ends = {EventKind.LOAD_ENDED, EventKind.RESUMED}
    last = next((event for event in reversed(timeline) if event.kind in ends), None)
    return last.at_s if last is not None and last.kind is EventKind.LOAD_ENDED else None


def _parse(line: str) -> Event | None:
    try:
        return Event.model_validate_json(line)
    except ValidationError:
        return None
