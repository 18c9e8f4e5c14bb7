"""What the queries answer: one frozen shape each, columns by name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cluster:
    """``cluster.sql``."""

    system_identifier: int


@dataclass(frozen=True, slots=True)
class Server:
    """``server.sql``: constant for the life of a connection. Settings are None where they do not exist."""

    started_s: float
    connections_limit: int
    role: str
    sees_all: bool
    tracks_activities: bool
    tracks_counts: bool
    tracks_statements: str | None
    computes_query_id: str | None
    statements_schema: str | None


@dataclass(frozen=True, slots=True)
class Sessions:
    """``activity.sql``: client sessions of one state that wait for one type of event ('' for none)."""

    state: str
    waits_for: str
    sessions: float
    oldest_transaction_s: float


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
class Size:
    """``size.sql``."""

    size_bytes: float
