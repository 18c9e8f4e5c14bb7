"""What a drill says. The JSON document is these models; the table is rendered from them alone."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict

from preseason.errors import ExitCode


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Status(StrEnum):
    """What became of one point. What could not be looked at is never OK."""

    OK = "OK"
    #: Somebody should know it; decides nothing.
    NOTE = "NOTE"
    FAIL = "FAIL"
    NO_DATA = "NO DATA"
    #: Nothing here can prove it; the row says what can.
    ELSEWHERE = "ELSEWHERE"


class Row(_Frozen):
    """One point: what was found (``said``); ``value`` and ``limit`` in seconds where it is a time."""

    name: str
    status: Status
    said: str
    value_s: float | None = None
    limit_s: float | None = None
    remedy: str = ""


class Step(_Frozen):
    """A step and how long it took."""

    name: str
    took_s: float


class TableRows(_Frozen):
    """A table's rows: as they were at the moment of the dump (None: not known), and as restored."""

    table: str
    expected: int | None
    restored: int | None


class BackupSeen(_Frozen):
    """A backup that was found."""

    place: str
    format: str
    size_bytes: int
    age_s: float | None
    told_by: str
    fault: str
    said: str


class DrillReport(_Frozen):
    """Everything one drill found; ``exit_code`` and ``sentence`` follow from the rows."""

    version: Literal[1] = 1
    source: str
    scratch: str
    tools: str
    existing: bool
    steps: tuple[Step, ...]
    backups: tuple[BackupSeen, ...]
    rows: tuple[Row, ...]
    tables: tuple[TableRows, ...]
    exit_code: ExitCode
    sentence: str
