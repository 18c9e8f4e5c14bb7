"""What keeps us from seeing all of a Postgres, told apart, each with its cure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.collectors.collector import LostError, Note
from preseason.collectors.postgres.session import DeniedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preseason.collectors.postgres.rows import Server

NOT_PRELOADED = Note(
    "statements are not measured: pg_stat_statements is not loaded",
    "add pg_stat_statements to shared_preload_libraries, restart, then CREATE EXTENSION pg_stat_statements",
)
NOT_CREATED = Note(
    "statements are not measured: pg_stat_statements is loaded, but not created in this database",
    "CREATE EXTENSION pg_stat_statements",
)
NOT_TRACKED = Note(
    "statements are not measured: pg_stat_statements.track is none",
    "ALTER SYSTEM SET pg_stat_statements.track = 'top'; SELECT pg_reload_conf()",
)
NO_QUERY_ID = Note(
    "statements are not measured: compute_query_id is off",
    "ALTER SYSTEM SET compute_query_id = 'auto'; SELECT pg_reload_conf()",
)
OLD_EXTENSION = Note(
    "statements are not measured: this pg_stat_statements is older than 1.8",
    "ALTER EXTENSION pg_stat_statements UPDATE",
)
STATEMENTS_DENIED = Note(
    "statements are not measured: our role may not read pg_stat_statements",
    "GRANT EXECUTE ON FUNCTION pg_stat_statements TO our role",
)
EVICTED = Note(
    "statements were evicted from pg_stat_statements: what is measured of each is a lower bound",
    "raise pg_stat_statements.max (a restart is needed)",
)
NO_SIZE = Note(
    "the size of the database is not measured: our role may not ask for it, or it takes more than 5 s",
    "GRANT pg_monitor to our role",
)
NO_ACTIVITY = Note(
    "the states of sessions are not known: track_activities is off",
    "ALTER SYSTEM SET track_activities = on; SELECT pg_reload_conf()",
)
NO_COUNTS = Note(
    "the counters of this database are not kept: track_counts is off",
    "ALTER SYSTEM SET track_counts = on; SELECT pg_reload_conf()",
)
NO_IO_TIMES = Note(
    "how long reading and writing took is not measured: track_io_timing is off",
    "ALTER SYSTEM SET track_io_timing = on; SELECT pg_reload_conf()",
)
NO_TABLES = Note(
    "tables and indexes are not measured: listing them takes more than 5 s, or is denied to our role"
)


def view_denied(view: str) -> Note:
    """A view of counters that our role may not read."""
    return Note(
        f"our role may not read {view}: its counters are not measured", "GRANT pg_monitor to our role"
    )


def view_restarted(view: str) -> Note:
    """Counters of one view that began anew while the rest of the server's went on."""
    return Note(f"the counters of {view} began anew during the run: somebody reset them")


def unreadable(error: LostError) -> Note:
    """Why pg_stat_statements could not be read although it is there."""
    if isinstance(error, DeniedError):
        return STATEMENTS_DENIED
    return Note(f"statements are not measured: {error}", "ALTER EXTENSION pg_stat_statements UPDATE")


def of_server(server: Server) -> Iterator[Note]:
    """What this server's settings and our role's privileges hide from us."""
    if not server.sees_all:
        yield Note(
            f"role {server.role} may not see other sessions: their states and statements are hidden",
            f'GRANT pg_monitor TO "{server.role}"',
        )
    if not server.tracks_activities:
        yield NO_ACTIVITY
    if not server.tracks_counts:
        yield NO_COUNTS
    if not server.times_io:
        yield NO_IO_TIMES


def of_statements(server: Server) -> Note | None:
    """Why statements cannot be measured at all; None when they can."""
    if server.tracks_statements is None:
        return NOT_PRELOADED
    if server.statements_schema is None:
        return NOT_CREATED
    if server.tracks_statements == "none":
        return NOT_TRACKED
    return NO_QUERY_ID if server.computes_query_id == "off" else None
