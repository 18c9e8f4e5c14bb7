"""Where a backup is restored to: a database of its own, on a throw-away server or on one that was named."""

from __future__ import annotations

import secrets
import shutil
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from preseason.campaign.drill.tools import connection_environment, run_tool
from preseason.collectors.addresses import first_line, redact, scrub
from preseason.collectors.preflight import POSTGRES, check_postgres
from preseason.embedded.postgres import start_postgres
from preseason.errors import BadInputError, PreseasonError, Problem
from preseason.verdict.drill.facts import Format

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from preseason.campaign.drill.tools import Tools
    from preseason.lifeline import Lifeline
    from preseason.run.manifest import Source as RunSource

_PREFIX = "preseason_drill_"
#: A throw-away server as durable as a real one: the time it takes is to be a real one's.
_DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "max_wal_size": "4GB"}
#: What is said of a server that cannot hold a backup, good as it may be, and what leads out.
_UNFIT = {
    "No space left on device": "set TMPDIR to a folder with room, or name a server with --scratch",
    "is not available": "name a server that has the extension with --scratch",
    "permission denied to create extension": "name a superuser with --scratch, or leave it out",
    "must be superuser": "name a superuser with --scratch, or leave it out",
    "server closed the connection": "look at that server's log, and try again",
}
_RIGHTS = "give its user CREATEDB, or leave --scratch out for a throw-away server"


@dataclass(frozen=True, slots=True)
class Scratch:
    """A server to restore on. ``ours`` says that it was started for the drill."""

    dsn: str = field(repr=False)
    address: str
    ours: bool
    major: int


@dataclass(frozen=True, slots=True)
class Identity:
    """What tells servers apart, whatever names lead to them."""

    started: Any
    system: int | None


def identity(connection: psycopg.Connection[Any]) -> Identity:
    """Two servers do not start in the same microsecond; the cluster's number is asked where it is told."""
    row = connection.execute("SELECT pg_postmaster_start_time()").fetchone()
    system = None
    with suppress(psycopg.Error), connection.transaction():
        found = connection.execute("SELECT system_identifier FROM pg_control_system()").fetchone()
        system = int(found[0]) if found else None
    return Identity(row[0] if row else None, system)


def open_scratch(dsn: str | None, source: Identity | None, lifeline: Lifeline) -> Scratch:
    """The server to restore on. BadInputError where it is the source's own, or lets us make no database."""
    if dsn is None:
        server = start_postgres(lifeline, conf=_DURABLE)
        return Scratch(
            server.url,
            f"a throw-away Postgres {server.version}",
            ours=True,
            major=int(server.version.partition(".")[0]),
        )
    found = _answering(dsn)
    with psycopg.connect(dsn, autocommit=True) as connection:
        if source is not None and identity(connection) == source:
            cause = "this is the server that is backed up: a drill neither writes to it nor loads it"
            raise BadInputError(
                Problem(cause, f"--scratch {redact(dsn)}", "name another server, or leave it out")
            )
        allowed = connection.execute(
            "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        if not allowed or not allowed[0]:
            raise BadInputError(Problem("its user may make no database", f"--scratch {redact(dsn)}", _RIGHTS))
        major = connection.info.server_version // 10_000
    return Scratch(dsn, f"{redact(dsn)} (Postgres {found.version})", ours=False, major=major)


def _answering(dsn: str) -> RunSource:
    """What answers there; what is wrong is told of ``--scratch``."""
    try:
        return check_postgres(dsn)
    except PreseasonError as error:
        told = [
            replace(problem, place=problem.place.replace(POSTGRES, "--scratch")) for problem in error.problems
        ]
        raise type(error)(told) from None


@contextmanager
def fresh_database(scratch: Scratch, encoding: str) -> Iterator[str]:
    """The DSN of a new, empty database, which is dropped in the end."""
    name = _PREFIX + secrets.token_hex(6)
    create = sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING {} LC_COLLATE 'C' LC_CTYPE 'C'").format(
        sql.Identifier(name), sql.Literal(encoding)
    )
    with psycopg.connect(scratch.dsn, autocommit=True) as connection:
        try:
            connection.execute(create)
        except psycopg.Error as error:
            reason = first_line(scrub(str(error), scratch.dsn))
            raise BadInputError(Problem(reason, f"--scratch {scratch.address}", _RIGHTS)) from error
    try:
        yield make_conninfo(scratch.dsn, dbname=name)
    finally:
        with psycopg.connect(scratch.dsn, autocommit=True) as connection:
            connection.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )


@contextmanager
def roles_made(scratch: Scratch, names: Iterable[str]) -> Iterator[None]:
    """Roles that a backup speaks of and the server does not have, without any rights, until the end."""
    made = []
    with psycopg.connect(scratch.dsn, autocommit=True) as connection:
        for name in names:
            with suppress(psycopg.Error):  # there already, or not ours to make: restoring will say so
                connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(name)))
                made.append(name)
    try:
        yield
    finally:
        with psycopg.connect(scratch.dsn, autocommit=True) as connection:
            for name in made:
                connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(name)))


def missing_extensions(scratch: Scratch, wanted: Iterable[str]) -> list[str]:
    """Extensions that the scratch server does not have."""
    with psycopg.connect(scratch.dsn, autocommit=True) as connection:
        known = {name for (name,) in connection.execute("SELECT name FROM pg_available_extensions")}
    return sorted(set(wanted) - known)


def need_room(folder: Path, size_bytes: int) -> None:
    """BadInputError where the disk of the throw-away server could not hold the database."""
    free = shutil.disk_usage(folder).free
    if free < size_bytes:
        cause = f"{size_bytes >> 20} MiB are to be restored, and {free >> 20} MiB are free"
        raise BadInputError(Problem(cause, str(folder), "set TMPDIR to a folder with room, or use --scratch"))


def blame(scratch: Scratch, failure: str) -> None:
    """BadInputError where it is the scratch server that fails, not the backup."""
    for words, remedy in _UNFIT.items():
        if words in failure:
            raise BadInputError(Problem(failure, f"--scratch {scratch.address}", remedy))


def restore(lifeline: Lifeline, tools: Tools, contents: Path, *, kind: Format, dsn: str, jobs: int) -> None:
    """Restore a backup into the database at ``dsn``; ToolFailedError at its first error."""
    with psycopg.connect(dsn) as connection:
        variables = connection_environment(connection.info)
        database = connection.info.dbname
    if kind is Format.PLAIN:
        # pg_restore refuses plain text; psql goes on after errors unless it is told not to.
        arguments = ["psql", "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--file", "-"]
        run_tool(lifeline, tools, arguments, variables, stdin=contents)
        return
    parallel = [f"--jobs={jobs}"] if jobs > 1 and kind is not Format.TAR else []
    leaving_out = ["--no-owner", "--no-privileges", "--no-tablespaces", "--no-subscriptions"]
    options = ["--exit-on-error", *leaving_out, *parallel, f"--dbname={database}", str(contents)]
    run_tool(lifeline, tools, ["pg_restore", *options], variables)
