"""Brings a world into Postgres, unless it is there already."""

from __future__ import annotations

import csv
import io
import os
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import psycopg
from psycopg import sql

from preseason.astral_field.database import APPLICATION, script
from preseason.astral_field.passwords import hashed
from preseason.astral_field.seeding.rows import emails, tables
from preseason.astral_field.seeding.world import PASSWORD, build
from preseason.errors import BadInputError, Problem, UnreachableError

if TYPE_CHECKING:
    from pathlib import Path

    from preseason.astral_field.seeding.rows import Rows

#: Counts up whenever schema or data of the same seed change, so that old databases are seeded anew.
SEEDING: Final = 1
#: Two platforms that start on one database seed it one after the other.
_LOCK: Final = 0x_A57_2A1
TABLES: Final = (
    *("installation", "users", "leagues", "teams", "players", "player_stats", "player_projections"),
    *("roster_players", "matchups", "trade_proposals", "trade_players", "trade_history", "waiver_claims"),
    *("team_waiver_priority", "notifications"),
)


@dataclass(frozen=True, slots=True)
class Installation:
    """A seeded database: its own id, and the key its sessions are signed with."""

    id: str
    signing_key: bytes = field(repr=False)


def install(dsn: str, *, leagues: int, seed: int) -> Installation:
    """Seed the database, or find it seeded with the same numbers; a different seeding of ours is replaced.

    Raises UnreachableError without Postgres, BadInputError for a database with somebody else's tables.
    """
    try:
        with psycopg.connect(dsn, application_name=APPLICATION, connect_timeout=5) as connection:
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
            found = _installed(connection, leagues, seed) or _seed(connection, leagues, seed)
            connection.execute(script("indexes.sql"))
    except psycopg.OperationalError as error:
        said = str(error).strip().splitlines()[-1]
        raise UnreachableError(Problem(said, "--postgres", "start Postgres, or name another")) from None
    except psycopg.errors.InsufficientPrivilege as error:
        raise BadInputError(Problem(str(error), "--postgres", "name a role that may create tables")) from None
    _want_statement_statistics(dsn)
    return found


def write_accounts(path: Path, leagues: int) -> None:
    """Every account as CSV with the header ``email,password``, readable by its owner only."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("email", "password"))
    writer.writerows((email, PASSWORD) for email in emails(leagues))
    try:
        path.touch(mode=0o600)
        path.write_text(text.getvalue())
    except OSError as error:
        remedy = "name a file you can write"
        raise BadInputError(Problem(os.strerror(error.errno or 0), f"--users-file {path}", remedy)) from None


def _installed(connection: psycopg.Connection, leagues: int, seed: int) -> Installation | None:
    """The installation with these numbers. Ours with others is dropped; anybody else's tables are refused."""
    existing = {name for name in TABLES if _exists(connection, name)}
    if "installation" in existing:
        wanted = "SELECT id, signing_key FROM installation WHERE (leagues, seed, seeding) = (%s, %s, %s)"
        if row := connection.execute(wanted, (leagues, seed, SEEDING)).fetchone():
            return Installation(*row)
        _drop(connection)
    elif existing:
        cause = f"the database holds tables of another application ({', '.join(sorted(existing))})"
        raise BadInputError(Problem(cause, "--postgres", "name an empty database"))
    return None


def _exists(connection: psycopg.Connection, table: str) -> bool:
    row = connection.execute("SELECT to_regclass(%s) IS NOT NULL", (table,)).fetchone()
    return bool(row and row[0])


def _drop(connection: psycopg.Connection) -> None:
    connection.execute("DROP FUNCTION IF EXISTS player_card, slot_order")
    names = sql.SQL(", ").join(map(sql.Identifier, TABLES))
    connection.execute(sql.SQL("DROP TABLE IF EXISTS {} CASCADE").format(names))


def _seed(connection: psycopg.Connection, leagues: int, seed: int) -> Installation:
    connection.execute(script("schema.sql"))
    for rows in tables(build(leagues, seed), seed, hashed(PASSWORD)):
        _copy(connection, rows)
    made = Installation(secrets.token_hex(4), secrets.token_bytes(32))
    connection.execute(
        "INSERT INTO installation (id, leagues, seed, seeding, signing_key) VALUES (%s, %s, %s, %s, %s)",
        (made.id, leagues, seed, SEEDING, made.signing_key),
    )
    connection.execute(sql.SQL("ANALYZE {}").format(sql.SQL(", ").join(map(sql.Identifier, TABLES))))
    return made


def _copy(connection: psycopg.Connection, rows: Rows) -> None:
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(rows.table), sql.SQL(", ").join(map(sql.Identifier, rows.columns))
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows.rows:
            copy.write_row(row)


def _want_statement_statistics(dsn: str) -> None:
    """Create pg_stat_statements where the server has it; whoever watches us likes to read it."""
    try:
        with psycopg.connect(
            dsn, autocommit=True, application_name=APPLICATION, connect_timeout=5
        ) as connection:
            connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
    except psycopg.Error:
        return  # the server lacks it, or does not let us: nothing here needs it
