"""The manifest of a run: what was run, against what, with what, and when."""

from __future__ import annotations

import re
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from preseason.errors import BadInputError, Problem
from preseason.run.durable import replace_file
from preseason.run.timeline import Moment

if TYPE_CHECKING:
    from pathlib import Path

FILE = "run.json"
#: What names a version or a commit: short, on one line, and no markup.
VERSION = re.compile(r"[\w.+~:/@-]{1,100}")

#: Seconds since the load began; nobody loads anything for three years.
SinceStart = Annotated[float, Field(ge=0, le=1e8)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Status(StrEnum):
    """How far a run has come; ``running`` in a run nobody works on means that it was killed.

    A run that goes on after it was broken off is ``resumed``, until it ends and for ever after.
    """

    RUNNING = "running"
    FINISHED = "finished"
    INTERRUPTED = "interrupted"
    RESUMED = "resumed"


class Target(_Frozen):
    """What was loaded. ``url`` carries no credentials; ``kind`` says whether we started it ourselves.

    ``platform_version`` is what the platform calls itself, or was said to be; ``commit`` what was deployed.
    """

    url: str
    kind: Literal["embedded", "remote"]
    platform_version: str | None = None
    commit: str | None = None


class Generator(_Frozen):
    """Who made the load: our version, and the machine it ran on."""

    version: str
    locust: str
    python: str
    host: str
    cpu: str
    cores: int
    memory_bytes: int


class Stage(_Frozen):
    """A part of the load, in seconds from its start. ``unit`` says what ``begin`` and ``end`` count."""

    kind: str
    start_s: SinceStart
    end_s: SinceStart
    begin: float
    end: float
    unit: Literal["arrivals/s", "users"]


class Source(_Frozen):
    """A server that was sampled, without its credentials; ``absent`` says why one was not.

    ``facts`` are settings in words that its figures are read by (``maxmemory_policy``).
    """

    name: str
    address: str = ""
    version: str = ""
    absent: str = ""
    facts: dict[str, str] = {}


class Looks(_Frozen):
    """When a run is looked at while it lasts, in seconds of its load, ascending.

    At ``guard_s`` only its guardrails may fail and end it. At ``decide_s`` it ends once all is decided; the
    last of them is its longest time. ``from_s`` is when judging begins at the earliest.
    """

    from_s: float = 0.0
    guard_s: tuple[float, ...] = ()
    decide_s: tuple[float, ...] = ()


class Soak(_Frozen):
    """What is different about a run of hours.

    The target was sampled for ``rest_s`` before the load and for ``cool_down_s`` after it. A drift that comes
    to its limit within ``horizon_s`` fails it.
    """

    rest_s: float
    cool_down_s: float
    horizon_s: float


class Manifest(_Frozen):
    """``run.json``; its JSON schema is published as ``docs/reference/run.schema.json``."""

    format_version: Literal[1] = 1
    run_id: str
    status: Status
    target: Target
    generator: Generator
    started_at: datetime
    ended_at: datetime | None = None
    load_started_s: Moment | None = None
    load_ended_s: Moment | None = None
    model: Literal["open", "closed"]
    stages: Annotated[tuple[Stage, ...], Field(min_length=1)]
    warmup_s: float | None = None
    limits_ms: tuple[float, ...] = ()
    #: The share of journeys by scenario, and for an open load how many users there were for each.
    scenarios: dict[str, float] = {}
    users: dict[str, float] = {}
    seed: int
    #: None: it is judged once, when it is over.
    looks: Looks | None = None
    workload_hash: str
    #: What the SLO file is called; the copy beside this file has another name. Empty in older runs.
    slo_name: str = ""
    slo_hash: str
    sources: tuple[Source, ...] = ()
    command: str = ""
    faults: tuple[str, ...] = ()
    soak: Soak | None = None

    @property
    def is_complete(self) -> bool:
        """Whether its load was made to the end of the schedule, be it with gaps."""
        ended = self.status is Status.RESUMED and self.ended_at is not None
        return self.status is Status.FINISHED or ended


def write_manifest(run_folder: Path, manifest: Manifest) -> None:
    """Replace ``run.json`` as a whole; OSError where it cannot be written, and the old one then stays."""
    replace_file(run_folder / FILE, manifest.model_dump_json(indent=2) + "\n")


def read_manifest(run_folder: Path) -> Manifest:
    """The manifest of a run; BadInputError where there is none or it is not one of ours."""
    path = run_folder / FILE
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        problem = Problem("this folder holds no run", str(path), "name a run id, a run's folder, or 'latest'")
    except OSError as error:
        problem = Problem(f"cannot be read: {error.strerror}", str(path))
    else:
        return parse_manifest(content, str(path))
    raise BadInputError(problem)


def parse_manifest(content: bytes, place: str) -> Manifest:
    """The manifest in a file's content; BadInputError where it is not one of ours."""
    try:
        return Manifest.model_validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the document"
        cause = f"is not a manifest this version reads: {where}: {first['msg']}"
        remedy = "use the version of preseason that wrote the run"
        raise BadInputError(Problem(cause, place, remedy)) from None
