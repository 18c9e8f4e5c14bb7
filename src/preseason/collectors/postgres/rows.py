"""What the queries answer: one frozen shape each, columns by name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cluster:
    """``cluster.sql``."""

    system_identifier: int


@dataclass(frozen=True, slots=True)
class ViewColumns:
    """``catalog.sql``: what columns a view has."""

    view: str
    columns: list[str]


@dataclass(frozen=True, slots=True)
class Server:
    """``server.sql``: constant for the life of a connection. Settings are None where they do not exist."""

    started_s: float
    connections_limit: int
    role: str
    sees_all: bool
    tracks_activities: bool
    tracks_counts: bool
    times_io: bool
    tracks_statements: str | None
    computes_query_id: str | None
    statements_schema: str | None
    version: int

    @property
    def sees_sessions(self) -> bool:
        """Whether the states, waits and ages of other sessions are known."""
        return self.sees_all and self.tracks_activities


@dataclass(frozen=True, slots=True)
class Sessions:
    """``activity.sql``: client sessions of one state that wait for one event (type and event '' for none).

    ``slow_active`` of them have been at one statement for over a second, ``slowest_active_s`` is the longest.
    ``oldest_snapshot_age`` is how many transactions began since the oldest snapshot that one of them holds:
    what died since then cannot be vacuumed.
    """

    state: str
    waits_for: str
    event: str
    sessions: float
    oldest_transaction_s: float
    oldest_snapshot_age: float
    slowest_active_s: float
    slow_active: float


@dataclass(frozen=True, slots=True)
class Edge:
    """``blocking.sql``: one session behind another; ``blocked`` is how many sessions are behind some other.

    None is what could not be told; of a prepared transaction (blocker 0) that is everything.
    """

    waiting_pid: int
    waiting_application: str | None
    waiting_state: str | None
    waiting_state_s: float | None
    waiting_transaction_s: float | None
    waiting_queryid: str | None
    blocker_pid: int
    blocker_application: str | None
    blocker_state: str | None
    blocker_state_s: float | None
    blocker_transaction_s: float | None
    blocker_queryid: str | None
    waited_s: float | None
    lock_kind: str | None
    lock_mode: str | None
    relation: str | None
    blocked: float


@dataclass(frozen=True, slots=True)
class Database:
    """``database.sql``: the counters of this database; ``reset_s`` is 0 where they never were reset."""

    reset_s: float
    in_recovery: bool
    xact_commit: float
    xact_rollback: float
    blks_hit: float
    blks_read: float
    deadlocks: float
    temp_bytes: float


@dataclass(frozen=True, slots=True)
class Prepared:
    """``prepared.sql``: transactions that wait for their second phase, the oldest for ``oldest_s``."""

    transactions: float
    oldest_s: float


@dataclass(frozen=True, slots=True)
class Size:
    """``size.sql``."""

    size_bytes: float
