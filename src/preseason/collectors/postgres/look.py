"""Looks at a Postgres once, or now and then, without a run: what a check wants to know of it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from preseason.collectors.collector import LostError, Note
from preseason.collectors.counters import CounterLife
from preseason.collectors.postgres import limits
from preseason.collectors.postgres.extension import Extension
from preseason.collectors.postgres.rows import Database, Server
from preseason.collectors.postgres.session import Session, source
from preseason.run.look import Activity, Hidden, IndexUse, PostgresLook, StatementsSeen, StatementUse

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class SessionsNow:
    """``look_sessions.sql``."""

    connections: float
    waiting_for_locks: float
    oldest_transaction_s: float
    running_s: list[float]


class PostgresLooker:
    """Looks through one session, opened when first needed; after a LostError the next look begins anew.

    Between two looks of one life, counters may be subtracted; who looks again after a loss may do so too.
    """

    def __init__(self, dsn: str) -> None:
        self._session = Session(dsn)
        self._life = CounterLife()
        self._version = ""
        self._own_ids: set[str] = set()

    def look(self) -> PostgresLook:
        """Everything at once, in a handful of short queries."""
        try:
            return self._look()
        except LostError:
            self.close()
            raise

    def _look(self) -> PostgresLook:
        if not self._session.is_open:
            self.close()
            self._version = source(self._session.open()).version
        asked_s = time.perf_counter()
        (server,) = self._session.rows("server", Server)
        answer_ms = (time.perf_counter() - asked_s) * 1000
        (sessions,) = self._session.rows("look_sessions", SessionsNow)
        (database,) = self._session.rows("database", Database)
        return PostgresLook(
            at_s=time.time(),
            answer_ms=answer_ms,
            version=self._version,
            connections=sessions.connections,
            connections_limit=server.connections_limit,
            activity=_activity(sessions, server),
            statements=self._statements(server, database),
            indexes=self._indexes(server),
            counted_since_s=database.reset_s or None,
            is_replica=database.in_recovery,
        )

    def texts(self, queryids: Iterable[str]) -> dict[str, str]:
        """The text of statements by query id, as far as it may be shown."""
        if not (wanted := list(queryids)):
            return {}
        (server,) = self._session.rows("server", Server)
        extension = Extension(self._session, server.statements_schema or "")
        return {statement.queryid: statement.text for statement in extension.texts(wanted)}

    def close(self) -> None:
        self._session.close()

    def _statements(self, server: Server, database: Database) -> StatementsSeen | Hidden:
        """Nothing of others' statements is seen without the right to: that would look like none at all."""
        if not server.sees_all:
            return _hidden(next(limits.of_server(server)))
        if (missing := limits.of_statements(server)) is not None:
            return _hidden(missing)
        try:
            extension = Extension(self._session, server.statements_schema or "")
            if not extension.is_readable:
                return _hidden(limits.OLD_EXTENSION)
            info = extension.info()
            self._own_ids |= extension.own_ids()
            counts = extension.counts()
        except LostError as error:
            if not self._session.is_open:
                raise
            return _hidden(limits.unreadable(error))
        identity = (server.started_s, database.in_recovery, info.reset_s if info else None)
        use = {
            queryid: StatementUse(one.calls, one.exec_ms)
            for queryid, one in counts.items()
            if queryid not in self._own_ids
        }
        return StatementsSeen(self._life.turn(time.time(), {"another life": identity}, {}).epoch, use)

    def _indexes(self, server: Server) -> tuple[IndexUse, ...] | Hidden:
        if not server.tracks_counts:
            return _hidden(limits.NO_COUNTS)
        try:
            return tuple(self._session.rows("look_indexes", IndexUse))
        except LostError as error:
            if not self._session.is_open:
                raise
            return Hidden(f"the indexes could not be listed: {error}")


def _activity(sessions: SessionsNow, server: Server) -> Activity | Hidden:
    if not server.sees_all:
        return _hidden(next(limits.of_server(server)))
    if not server.tracks_activities:
        return _hidden(limits.NO_ACTIVITY)
    return Activity(
        sessions.waiting_for_locks,
        sessions.oldest_transaction_s,
        tuple(max(0.0, running_s) for running_s in sessions.running_s if running_s is not None),
    )


def _hidden(note: Note) -> Hidden:
    return Hidden(note.text, note.cure)
