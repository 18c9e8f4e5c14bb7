"""One thing that could be cheaper, as it is told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What could be cheaper."""

    STATEMENT = "statement"
    INDEX = "index"
    CONNECTIONS = "connections"
    CACHE = "cache"
    FUNCTION = "function time"


@dataclass(frozen=True, slots=True)
class Saving:
    """One of them: ``spends`` and at most ``saves`` of it, both in ``unit``; ``share`` of all there is.

    ``how`` says how the saving follows. Times of requests are for 1 000 successful ones. ``saves`` None is
    not known.
    """

    kind: Kind
    subject: str
    spends: float
    saves: float | None
    unit: str
    share: float | None
    how: str


@dataclass(frozen=True, slots=True)
class Savings:
    """What was found, the largest of each kind first, and what could not be told and why."""

    found: tuple[Saving, ...]
    untold: tuple[str, ...]


MS_PER_THOUSAND = "ms of the database's time in 1 000 requests"
BYTES = "bytes"
CONNECTIONS = "connections"
FUNCTION_S = "s of function time in 1 000 requests"
