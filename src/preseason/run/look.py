"""What one look at a target found: what those who look hand to those who judge. Nothing here is judged.

A check is no run: it makes no load, and everything it sees fits on a page. Times are UTC epoch seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from preseason.errors import ExitCode, PreseasonError

if TYPE_CHECKING:
    from collections.abc import Mapping


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True, slots=True)
class Unseen:
    """Something that could not be looked at, why, what would help, and what the process should say of it."""

    cause: str
    remedy: str = ""
    code: ExitCode = ExitCode.UNREACHABLE

    @classmethod
    def of(cls, error: PreseasonError) -> Unseen:
        """From what a preflight raised; its first problem is enough."""
        problem = error.problems[0]
        cause = f"{problem.place}: {problem.cause}" if problem.place else problem.cause
        return cls(cause, problem.remedy, error.exit_code)


class Miss(StrEnum):
    """Where a request failed, as far as it matters here."""

    NONE = ""
    #: Nobody was there: no name, no connection.
    AWAY = "away"
    #: Somebody was there, and did not answer as HTTP wants it.
    BROKEN = "broken"
    #: An answer came, with a status of 4xx or 5xx.
    STATUS = "status"
    #: A success by its status, with content that is wrong.
    CONTENT = "content"
    #: It was not asked: time was over, or this machine was the obstacle.
    UNASKED = "unasked"


class Answer(_Frozen):
    """One endpoint asked one or more times, one after the other, until the first failure.

    ``times_ms`` are those of the answers that did not fail. ``status`` and ``body`` (of health endpoints) are
    of the last; ``status`` is 0 without one. ``why`` says why the last one failed.
    """

    name: str
    miss: Miss = Miss.NONE
    why: str = ""
    status: int = 0
    location: str = ""
    times_ms: tuple[float, ...] = ()
    body: str = ""
    at_s: float = 0.0


class Entry(StrEnum):
    """How far a visitor came with logging in."""

    NOT_TRIED = "not tried"
    IN = "in"
    REFUSED = "refused"
    FAILED = "failed"
    #: There was a session, and the target no longer knows it.
    LOST = "lost"


class Visit(_Frozen):
    """All endpoints of a target, as one visitor found them; ``account_place`` says whose file he is from."""

    answers: tuple[Answer, ...]
    entry: Entry = Entry.NOT_TRIED
    account: str = ""
    account_place: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Hidden:
    """What keeps us from seeing a part, and what would cure it."""

    cause: str
    cure: str = ""


@dataclass(frozen=True, slots=True)
class IndexUse:
    """An index of the database that no scan has used since its counters began, or that is not valid."""

    name: str
    table: str
    size_bytes: float
    is_valid: bool


@dataclass(frozen=True, slots=True)
class StatementUse:
    """How often a statement has run, and how long all its executions took."""

    calls: float
    exec_ms: float


@dataclass(frozen=True, slots=True)
class StatementsSeen:
    """All statements of a database by query id; ``life`` names the life that they were counted in."""

    life: str
    use: Mapping[str, StatementUse]


@dataclass(frozen=True, slots=True)
class Activity:
    """What the sessions of a Postgres are doing.

    ``running_s`` is for how long each active one has been at its statement, the longest first.
    """

    waiting_for_locks: float
    oldest_transaction_s: float
    running_s: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class PostgresLook:
    """One look at a Postgres; ``counted_since_s`` is when its statistics were reset, None: never known to be.

    ``is_replica`` says that what counts there is what runs there.
    """

    at_s: float
    answer_ms: float
    version: str
    connections: float
    connections_limit: float
    activity: Activity | Hidden
    statements: StatementsSeen | Hidden
    indexes: tuple[IndexUse, ...] | Hidden
    counted_since_s: float | None = None
    is_replica: bool = False


@dataclass(frozen=True, slots=True)
class RedisLook:
    """One look at a Redis; ``memory_limit_bytes`` and ``clients_limit`` are None where there is no limit."""

    at_s: float
    ping_ms: float
    version: str
    memory_bytes: float
    memory_limit_bytes: float | None
    memory_policy: str
    clients: float
    clients_limit: float | None
    life: str
    hits: float
    misses: float
    evicted: float
    rejected: float


@dataclass(frozen=True, slots=True)
class PostgresSeen:
    """Postgres before and after a stretch of time; ``texts`` are shown statements by query id."""

    before: PostgresLook
    after: PostgresLook
    texts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RedisSeen:
    """Redis before and after a stretch of time; ``first`` is the earliest look to compare with."""

    before: RedisLook
    after: RedisLook
    first: RedisLook


@dataclass(frozen=True, slots=True)
class Look:
    """A target and its servers, looked at once; None was not asked for."""

    target: str
    began_s: float
    ended_s: float
    visit: Visit | Unseen
    postgres: PostgresSeen | Unseen | None = None
    redis: RedisSeen | Unseen | None = None
