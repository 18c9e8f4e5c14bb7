"""The admin console of a PgBouncer: a database that is not there, which answers ``SHOW`` and little else.

It speaks the simple query protocol alone, and what its tables are made of differs from version to version:
every column is taken by its name, and the ones that are not there are left out.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row, tuple_row

from preseason.collectors.addresses import first_line, scrub
from preseason.collectors.collector import LostError
from preseason.collectors.deadline import CONNECT_S, DeadlineConnection
from preseason.run.manifest import Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg.rows import TupleRow

NAME = "pgbouncer"
#: The name under which a PgBouncer offers its console.
DATABASE = "pgbouncer"
CLIENT_NAME = "preseason-collector"
#: What a console says of itself where a Postgres gives its version: ``1.18.0/bouncer``.
VERSION_SUFFIX = "/bouncer"
#: How users of the console are made, whichever way one was refused.
CURE = "add our user to stats_users in pgbouncer.ini (and to auth_file), then RELOAD"

Row = dict[str, Any]


def connect(dsn: str) -> psycopg.Connection[TupleRow]:
    """Open the console of the PgBouncer at ``dsn``, whatever database that names; raises as psycopg does."""
    return DeadlineConnection.connect(
        make_conninfo(dsn, dbname=DATABASE),
        autocommit=True,
        prepare_threshold=None,
        cursor_factory=psycopg.ClientCursor,
        row_factory=tuple_row,
        application_name=CLIENT_NAME,
        connect_timeout=CONNECT_S,
    )


def is_console(info: psycopg.ConnectionInfo) -> bool:
    """Whether a PgBouncer answers, and not a Postgres that has a database of that name."""
    return (info.parameter_status("server_version") or "").endswith(VERSION_SUFFIX)


def source(info: psycopg.ConnectionInfo) -> Source:
    """The PgBouncer at the other end of a connection."""
    version = (info.parameter_status("server_version") or "").removesuffix(VERSION_SUFFIX)
    return Source(name=NAME, address=f"postgresql://{info.host}:{info.port}/{info.dbname}", version=version)


class Console:
    """Asks one ``SHOW`` after the other; raises LostError where one is not answered."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._connection: psycopg.Connection[TupleRow] | None = None

    def open(self) -> Source:
        """Connect, and say where to."""
        with self._asking():
            self._connection = connect(self._dsn)
        if not is_console(self._connection.info):
            raise LostError("this is no PgBouncer")
        return source(self._connection.info)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def show(self, what: str) -> list[Row]:
        """The rows of ``SHOW what``, each by the names of its columns."""
        if self._connection is None:
            raise LostError("not connected")
        with self._asking(), self._connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(f"SHOW {what}".encode()).fetchall()

    @contextmanager
    def _asking(self) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            reason = first_line(scrub(str(error), self._dsn)).removeprefix("connection failed: ")
            cure = f"; {CURE}" if is_refusal(reason) else ""
            raise LostError(f"{reason}{cure}") from error


def is_refusal(reason: str) -> bool:
    """Whether a PgBouncer says that it will not have us; its messages are in English alone."""
    return any(words in reason for words in ("not allowed", "authentication failed", "no such user"))
