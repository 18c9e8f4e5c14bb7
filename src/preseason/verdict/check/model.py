"""What a check says. The JSON document is these models; the table is rendered from them alone."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict

from preseason.errors import ExitCode, worst
from preseason.slo.model import Unit
from preseason.verdict.check.topics import Topic

if TYPE_CHECKING:
    from collections.abc import Iterable


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Status(StrEnum):
    """What became of one check. A probe that could not be made is never OK."""

    OK = "OK"
    #: Somebody should look at it; lets the command pass.
    WARN = "WARN"
    FAIL = "FAIL"
    #: Not asked for, or of no use here; the row says which.
    SKIPPED = "SKIPPED"
    NO_DATA = "NO DATA"


#: By how much they ask of the reader.
URGENCY = (Status.FAIL, Status.NO_DATA, Status.WARN, Status.OK, Status.SKIPPED)


class Row(_Frozen):
    """One check: what was found (``said``, and ``value`` in ``unit``) against its ``limit``.

    ``source`` says whose limit it is. ``cause`` says in a sentence why the status is not OK, ``remedy`` what
    leads out. ``exit_code`` is this row's share in that of the command; None has none.
    """

    topic: Topic
    name: str
    status: Status
    said: str = ""
    value: float | None = None
    unit: Unit = Unit.COUNT
    limit: float | None = None
    bound: Literal["<", ">"] = "<"
    source: str = ""
    cause: str = ""
    remedy: str = ""
    failed_as: ExitCode = ExitCode.FAILED

    @property
    def exit_code(self) -> ExitCode | None:
        match self.status:
            case Status.SKIPPED:
                return None
            case Status.FAIL:
                return self.failed_as
            case Status.NO_DATA:
                return ExitCode.UNDECIDED
            case Status.OK | Status.WARN:
                return ExitCode.PASS

    @property
    def key(self) -> str:
        """Tells the rows of a report apart, and finds the same one in the next."""
        return f"{self.topic}: {self.name}"


class MissingField(_Frozen):
    """A field of the manual's health format that an endpoint lacks, or fills with something else."""

    endpoint: str
    field: str
    fault: str


class CheckReport(_Frozen):
    """Everything one check found; ``exit_code`` and ``sentence`` follow from the rows."""

    version: Literal[1] = 1
    target: str
    began_s: float
    ended_s: float
    platform_version: str = ""
    uptime_s: float | None = None
    rows: tuple[Row, ...]
    lacking: tuple[MissingField, ...] = ()
    exit_code: ExitCode
    sentence: str


class WatchedRow(_Frozen):
    """One check over all rounds of a watch.

    ``share`` (0-1) is how many of the rounds that decided it did not fail; ``low`` and ``high`` are its
    one-sided bounds. ``row`` is the worst that was seen.
    """

    row: Row
    status: Status
    last: Status
    rounds: int
    failed: int
    warned: int
    unknown: int
    share: float | None = None
    low: float | None = None
    high: float | None = None
    cause: str = ""
    exit_code: ExitCode | None = None


class WatchReport(_Frozen):
    """A watch: what its rounds said together."""

    version: Literal[1] = 1
    target: str
    began_s: float
    ended_s: float
    rounds: int
    interrupted: bool
    restarts: int
    rows: tuple[WatchedRow, ...]
    lacking: tuple[MissingField, ...] = ()
    exit_code: ExitCode
    sentence: str


def exit_code_of(codes: Iterable[ExitCode | None]) -> ExitCode:
    """The one that is told; where every row was skipped, nothing was decided."""
    return worst(code for code in codes if code is not None)


def summary_of(statuses: Iterable[Status]) -> str:
    """``2 FAIL, 1 WARN, 12 OK``, the most urgent first."""
    counts = Counter(statuses)
    return ", ".join(f"{counts[status]} {status}" for status in URGENCY if counts[status])
