"""The timeline of a run: what happened when, one JSON object a line, appended as it happens."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import TYPE_CHECKING

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


class Event(BaseModel):
    """One thing that happened at ``at_s`` (UTC epoch seconds), and until ``until_s`` where it lasted.

    ``source`` names what it happened to (``postgres``, ``redis``, ``generator`` …).
    """

    model_config = ConfigDict(frozen=True)

    at_s: float
    kind: EventKind
    text: str
    source: str = ""
    until_s: float | None = None
    facts: dict[str, str | float | int | bool | None] = Field(default_factory=dict)


def append_event(run_folder: Path, event: Event) -> None:
    """Append one event and see it onto the disk; lines are short enough to be written whole."""
    line = event.model_dump_json(exclude_defaults=True) + "\n"
    descriptor = os.open(run_folder / FILE, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(descriptor, line.encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_timeline(run_folder: Path) -> tuple[Event, ...]:
    """Every whole event, in time order; a line cut off by a crash is passed over."""
    path = run_folder / FILE
    lines = path.read_text(errors="replace").splitlines() if path.exists() else []
    events = [event for line in lines if (event := _parse(line)) is not None]
    return tuple(sorted(events, key=lambda event: event.at_s))


def _parse(line: str) -> Event | None:
    try:
        return Event.model_validate_json(line)
    except ValidationError:
        return None
