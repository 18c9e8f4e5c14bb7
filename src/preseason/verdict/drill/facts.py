"""What a drill saw: backups, steps with their times, and what is in a database."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Format(StrEnum):
    """How a backup is written."""

    CUSTOM = "custom"
    DIRECTORY = "directory"
    TAR = "tar"
    PLAIN = "plain SQL"
    UNKNOWN = "unknown"


class Fault(StrEnum):
    """Why a backup is none, before anybody tries to restore it."""

    NONE = ""
    EMPTY = "empty"
    TRUNCATED = "truncated"
    DAMAGED = "damaged"
    ENCRYPTED = "encrypted"
    WRONG_FILE = "no backup of Postgres"
    WHOLE_CLUSTER = "a dump of a whole cluster"
    SCHEMA_ONLY = "holds no data"
    UNREADABLE = "cannot be read"


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was found. ``made_s`` is when (UTC epoch seconds), ``told_by`` what says so.

    ``said`` is what a tool said of it where it has a ``fault``; ``tables`` how many it holds the data of.
    """

    place: str
    format: Format
    size_bytes: int
    made_s: float | None
    told_by: str = ""
    fault: Fault = Fault.NONE
    said: str = ""
    tables: int | None = None
    compressed: str = ""


@dataclass(frozen=True, slots=True)
class Timed:
    """A step of the drill and how long it took."""

    name: str
    took_s: float


@dataclass(frozen=True, slots=True)
class Census:
    """What is in a database, without what extensions brought. Names are qualified.

    ``rows`` counts by table; ``constraints`` say of each whether it is validated, ``indexes`` whether it is
    valid; ``sequences`` their last value (None: never asked, or not ours to read). ``others`` are views,
    functions, triggers and more by kind.
    """

    version: str
    rows: Mapping[str, int]
    constraints: Mapping[str, bool]
    indexes: Mapping[str, bool]
    sequences: Mapping[str, int | None]
    extensions: Mapping[str, str]
    others: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Untouched:
    """Whether the source is as it was. ``read_only`` says that the server held our sessions to reading;
    ``schema_same`` that its catalog says the same; ``written`` how many rows anybody wrote meanwhile (None:
    not told); ``sessions_left`` how many of ours are still there.
    """

    read_only: bool
    schema_same: bool
    written: int | None
    sessions_left: int


@dataclass(frozen=True, slots=True)
class Drilled:
    """A whole drill. ``expected`` is the source at the moment of the dump, None where only a backup was
    given; ``sequences_after`` its sequences once the dump was over. ``restored`` is None where nothing could
    be restored, and ``failure`` says why. ``backups`` come the newest first; ``now_s`` is when they were
    looked at; ``existing`` says that they were, and nothing was dumped. ``tried`` is the one that was to be
    restored: the newest that can be read.
    """

    source: str
    scratch: str
    tools: str
    steps: tuple[Timed, ...] = ()
    backups: tuple[Backup, ...] = ()
    now_s: float = 0.0
    expected: Census | None = None
    sequences_after: Mapping[str, int | None] = field(default_factory=dict)
    restored: Census | None = None
    failure: str = ""
    tried: Backup | None = None
    untouched: Untouched | None = None
    existing: bool = False
