"""The one session we hold in an observed Postgres: read-only, short of patience, and known by its name."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import TupleRow, class_row, tuple_row

from preseason.collectors.addresses import first_line, scrub
from preseason.collectors.collector import LostError
from preseason.collectors.deadline import CONNECT_S, DeadlineConnection
from preseason.collectors.queries import query
from preseason.run.manifest import Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from psycopg.sql import SQL, Composed

NAME = "postgres"
APPLICATION_NAME = "preseason-collector"
#: ``jit`` would cost more than our queries; the other limits protect the server from us.
OPTIONS = (
    "-c statement_timeout=5000 -c lock_timeout=100 -c idle_in_transaction_session_timeout=10000"
    " -c default_transaction_read_only=on -c jit=off"
)

T = TypeVar("T")


class DeniedError(LostError):
    """Our role may not ask this; the session goes on."""


class TooSlowError(LostError):
    """The server cancelled our query at one of our own limits; the session goes on."""


def connect(dsn: str) -> psycopg.Connection[TupleRow]:
    """Open a session at ``dsn``; raises what psycopg raises."""
    options = conninfo_to_dict(dsn).get("options") or ""
    return DeadlineConnection.connect(
        dsn,
        autocommit=True,  # within a transaction, statistics would be read once and then repeated
        prepare_threshold=None,  # a pooler between us may not keep prepared statements
        row_factory=tuple_row,
        application_name=APPLICATION_NAME,
        connect_timeout=CONNECT_S,
        options=f"{options} {OPTIONS}".strip(),
        client_encoding="utf8",
    )


def source(info: psycopg.ConnectionInfo) -> Source:
    """The server at the other end of a connection."""
    return Source(
        name=NAME,
        address=f"postgresql://{info.host}:{info.port}/{info.dbname}",
        version=(info.parameter_status("server_version") or "").partition(" ")[0],
    )


class Session:
    """Asks queries one after the other; raises LostError where one is not answered."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._connection: psycopg.Connection[TupleRow] | None = None
        #: One transaction each, which the server counts among its own.
        self.queries_sent = 0
        self._texts_sent: set[str] = set()

    def open(self) -> psycopg.ConnectionInfo:
        """Connect, and say where to."""
        try:
            self._connection = connect(self._dsn)
        except psycopg.Error as error:
            raise self._lost(error) from error
        return self._connection.info

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @property
    def distinct_queries(self) -> int:
        """How many statements of different text were sent so far: each is an entry in pg_stat_statements."""
        return len(self._texts_sent)

    @property
    def is_open(self) -> bool:
        """Whether more can be asked."""
        return self._connection is not None and not self._connection.closed

    def rows(self, name: str, shape: type[T]) -> list[T]:
        """The rows of the query called ``name``, each a ``shape`` made from its columns by name."""
        asked = query(name)
        with self._asking(asked) as connection, connection.cursor(row_factory=class_row(shape)) as cursor:
            return cursor.execute(asked).fetchall()

    def tuples(self, composed: Composed, parameters: Sequence[object] | None = None) -> list[TupleRow]:
        """The rows of a composed query."""
        with self._asking(composed) as connection:
            return connection.execute(composed, parameters).fetchall()

    def plan(self, explaining: SQL) -> object:
        """What EXPLAIN answers."""
        with self._asking(explaining) as connection:
            (answer,) = connection.execute(explaining).fetchone() or (None,)
            return answer

    def columns(self, composed: Composed) -> frozenset[str]:
        """The names of the columns that a composed query gives."""
        with self._asking(composed) as connection:
            description = connection.execute(composed).description or []
            return frozenset(column.name for column in description)

    @contextmanager
    def _asking(self, asked: SQL | Composed) -> Iterator[psycopg.Connection[Any]]:
        if self._connection is None:
            raise LostError("not connected")
        self.queries_sent += 1
        self._texts_sent.add(asked.as_string())
        try:
            yield self._connection
        except psycopg.Error as error:
            raise self._lost(error) from error

    def _lost(self, error: psycopg.Error) -> LostError:
        reason = first_line(scrub(str(error), self._dsn))
        match error:
            case psycopg.errors.InsufficientPrivilege():
                return DeniedError(reason)
            case psycopg.errors.QueryCanceled() | psycopg.errors.LockNotAvailable():
                return TooSlowError(reason)
            case _:
                return LostError(reason)
