"""The database that is backed up: read in one transaction that cannot write, and dumped from its snapshot."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Self

import psycopg
from psycopg import IsolationLevel

from preseason.campaign.drill.census import census, schema_digest, sequences
from preseason.campaign.drill.scratch import Identity, identity
from preseason.campaign.drill.tools import ToolFailedError, connection_environment, run_tool
from preseason.collectors.addresses import first_line, scrub
from preseason.collectors.preflight import check_postgres
from preseason.errors import BadInputError, Problem
from preseason.verdict.drill.facts import Untouched

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from preseason.campaign.drill.tools import Tools
    from preseason.lifeline import Lifeline
    from preseason.verdict.drill.facts import Census

_NAME = "preseason-drill"
#: No timeouts: a dump may take long. A lock that somebody else holds is not waited for long.
_OPTIONS = (
    "-c default_transaction_read_only=on -c statement_timeout=0 -c lock_timeout=10000"
    " -c idle_in_transaction_session_timeout=0 -c jit=off"
)
_LOCK_WAIT_MS = 10_000
_MOMENTS, _MOMENT_S = 20, 0.1
_CURE = "grant its role pg_read_all_data, or name a role that may read every table"


class Source:
    """Holds a snapshot from entering on until it is left."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn

    def __enter__(self) -> Self:
        self.address = check_postgres(self._dsn).address
        self._connection = self._connected()
        self._other = self._connected()  # sees what happens after the snapshot
        self.identity: Identity = identity(self._other)
        self._before = schema_digest(self._other), self._written()
        self._connection.isolation_level = IsolationLevel.REPEATABLE_READ
        self._connection.read_only = True
        self._connection.autocommit = False
        self._read_only = self._asked("SHOW transaction_read_only") == "on"
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()
        self._other.close()

    @property
    def major(self) -> int:
        return self._connection.info.server_version // 10_000

    @property
    def encoding(self) -> str:
        return str(self._asked("SHOW server_encoding"))

    @property
    def size_bytes(self) -> int:
        return int(self._asked("SELECT pg_database_size(current_database())"))

    def roles(self) -> list[str]:
        """Roles that policies speak of, without which they cannot be restored."""
        found = self._connection.execute(
            "SELECT DISTINCT rolname FROM pg_policy JOIN pg_roles r ON r.oid = ANY (polroles)"
        )
        return [name for (name,) in found]

    def extensions(self) -> list[str]:
        return [name for (name,) in self._connection.execute("SELECT extname FROM pg_extension")]

    def dump(self, lifeline: Lifeline, tools: Tools) -> Path:
        """A dump in the custom format, of the very moment that :meth:`census` counts."""
        snapshot = str(self._asked("SELECT pg_export_snapshot()"))
        dump = lifeline.folder("dump") / "database.dump"
        variables = connection_environment(self._connection.info, _OPTIONS)
        options = ["--format=custom", f"--snapshot={snapshot}", f"--lock-wait-timeout={_LOCK_WAIT_MS}"]
        try:
            run_tool(
                lifeline, tools, ["pg_dump", *options, "--no-subscriptions", f"--file={dump}"], variables
            )
        except ToolFailedError as failed:
            raise BadInputError(Problem(str(failed), f"--postgres {self.address}", _CURE)) from None
        return dump

    def census(self) -> Census:
        """Everything in it, as of the snapshot."""
        try:
            return census(self._connection)
        except psycopg.Error as error:
            reason = first_line(scrub(str(error), self._dsn))
            raise BadInputError(Problem(reason, f"--postgres {self.address}", _CURE)) from error

    def sequences_now(self) -> Mapping[str, int | None]:
        return sequences(self._other)

    def untouched(self) -> Untouched:
        """Whether it is as it was; ends the snapshot."""
        self._connection.close()
        written = self._written()
        before = self._before[1]
        return Untouched(
            read_only=self._read_only and self._still_read_only(),
            schema_same=schema_digest(self._other) == self._before[0],
            written=None if written is None or before is None else max(0, written - before),
            sessions_left=self._sessions_left(),
        )

    def _connected(self) -> psycopg.Connection[Any]:
        return psycopg.connect(
            self._dsn, autocommit=True, application_name=_NAME, options=_OPTIONS, client_encoding="utf8"
        )

    def _asked(self, query: str) -> Any:  # noqa: ANN401 - any column
        row = self._connection.execute(query.encode()).fetchone()
        return row[0] if row else None

    def _still_read_only(self) -> bool:
        row = self._other.execute("SHOW transaction_read_only").fetchone()
        return bool(row and row[0] == "on")

    def _written(self) -> int | None:
        """Rows that anybody wrote into this database since its statistics began."""
        self._other.execute("SELECT pg_stat_clear_snapshot()")
        row = self._other.execute(
            "SELECT tup_inserted + tup_updated + tup_deleted FROM pg_stat_database"
            " WHERE datname = current_database()"
        ).fetchone()
        return int(row[0]) if row and row[0] is not None else None

    def _sessions_left(self) -> int:
        """Ours that are still there; one that was just closed is given a moment."""
        for _ in range(_MOMENTS):
            if not (left := self._sessions_seen()):
                return 0
            time.sleep(_MOMENT_S)
        return left

    def _sessions_seen(self) -> int:
        row = self._other.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s AND pid <> pg_backend_pid()"
            " AND usename = current_user",
            [_NAME],
        ).fetchone()
        return int(row[0]) if row else 0
