"""Sessions, roles and databases on the Postgres servers that collectors are tried on."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.conninfo import make_conninfo

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The wheel's Postgres, and Debian's where it is installed: their catalogs differ.
VERSIONS = [None, *Path("/").glob("usr/lib/postgresql/*/bin")]


def name_of(binaries: Path | None) -> str:
    return f"debian-{binaries.parts[-2]}" if binaries else "wheel"


@contextmanager
def session(dsn: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield connection


def as_role(dsn: str, role: str) -> str:
    with session(dsn) as connection:
        connection.execute(f"DROP ROLE IF EXISTS {role}".encode())
        connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'sekret'".encode())
    return make_conninfo(dsn, user=role, password="sekret")


def new_database(dsn: str, name: str) -> str:
    with session(dsn) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}"'.encode())
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    return make_conninfo(dsn, dbname=name)
