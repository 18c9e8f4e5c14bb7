"""What is in a database, read in one transaction that cannot write."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from psycopg import sql

from preseason.verdict.drill.facts import Census

if TYPE_CHECKING:
    from collections.abc import Mapping

    import psycopg
    from psycopg.sql import SQL, Composed

    Connection = psycopg.Connection[Any]


def _own(catalog: str, alias: str) -> sql.Composed:
    """Schemas that are a database's own, and objects that no extension brought."""
    return sql.SQL("""n.nspname NOT IN ('pg_catalog', 'information_schema')
        AND n.nspname NOT LIKE 'pg\\_toast%' AND n.nspname NOT LIKE 'pg\\_temp%' AND NOT EXISTS (
            SELECT FROM pg_depend d
            WHERE d.classid = {catalog}::regclass AND d.objid = {alias}.oid AND d.deptype = 'e')""").format(
        catalog=sql.Literal(catalog), alias=sql.Identifier(alias)
    )


_OF_CLASS = _own("pg_class", "c")
_TABLES = sql.SQL("""
    SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't' AND c.relispopulated AND {own}
    ORDER BY 1, 2""").format(own=_OF_CLASS)
#: Not-null constraints have become objects in Postgres 18 only.
_CONSTRAINTS = sql.SQL("""
    SELECT format('%I.%I.%I (%s)', n.nspname, c.relname, o.conname, o.contype), bool_and(o.convalidated)
    FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE o.contype IN ('c', 'f', 'p', 'u', 'x') AND {own} GROUP BY 1""").format(own=_OF_CLASS)
_INDEXES = sql.SQL("""
    SELECT format('%I.%I', n.nspname, c.relname), i.indisvalid AND i.indisready AND i.indislive
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relpersistence <> 't' AND {own}""").format(own=_OF_CLASS)
_SEQUENCES = sql.SQL("""
    SELECT format('%I.%I', n.nspname, c.relname),
        CASE WHEN has_sequence_privilege(c.oid, 'SELECT, USAGE') THEN pg_sequence_last_value(c.oid) END
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'S' AND c.relpersistence <> 't' AND {own}""").format(own=_OF_CLASS)
_EXTENSIONS = sql.SQL("SELECT extname, extversion FROM pg_extension WHERE extname <> 'plpgsql'")
_OTHERS = sql.SQL("""
    SELECT 'views', format('%I.%I', n.nspname, c.relname)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('v', 'm') AND {own}
    UNION ALL
    SELECT 'functions', format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid))
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE {own_function}
    UNION ALL
    SELECT 'triggers', format('%I.%I.%I', n.nspname, c.relname, t.tgname)
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE NOT t.tgisinternal AND {own}
    UNION ALL
    SELECT 'policies', format('%I.%I.%I', n.nspname, c.relname, p.polname)
    FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE {own}
    UNION ALL
    SELECT 'types', format('%I.%I', n.nspname, t.typname)
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.typtype IN ('e', 'd') AND {own_type}
    UNION ALL
    SELECT 'large objects', oid::text FROM pg_largeobject_metadata""").format(
    own=_OF_CLASS, own_function=_own("pg_proc", "p"), own_type=_own("pg_type", "t")
)
_SCHEMA = sql.SQL("""
    SELECT concat_ws(':', c.oid, c.relname, c.relkind, c.relnatts, c.relfilenode)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relpersistence <> 't' AND {own} ORDER BY c.oid""").format(own=_OF_CLASS)


def census(connection: Connection) -> Census:
    """Everything that can be told of the database at the other end, every row counted."""
    rows = {
        f"{schema}.{table}": _count(connection, schema, table)
        for schema, table in _asked(connection, _TABLES)
    }
    others: dict[str, set[str]] = {}
    for kind, name in _asked(connection, _OTHERS):
        others.setdefault(kind, set()).add(name)
    return Census(
        version=(connection.info.parameter_status("server_version") or "").partition(" ")[0],
        rows=rows,
        constraints=dict(_asked(connection, _CONSTRAINTS)),
        indexes=dict(_asked(connection, _INDEXES)),
        sequences=sequences(connection),
        extensions=dict(_asked(connection, _EXTENSIONS)),
        others={kind: frozenset(names) for kind, names in others.items()},
    )


def sequences(connection: Connection) -> Mapping[str, int | None]:
    """The last value of every sequence; None of one that was never asked, or that we may not read."""
    return dict(_asked(connection, _SEQUENCES))


def schema_digest(connection: Connection) -> str:
    """Changes when a table, an index or a sequence is made, dropped, rewritten or gets a column."""
    digest = hashlib.sha256()
    for (line,) in _asked(connection, _SCHEMA):
        digest.update(f"{line}\n".encode())
    return digest.hexdigest()


def _count(connection: Connection, schema: str, table: str) -> int:
    query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, table))
    (row,) = connection.execute(query).fetchall()
    return int(row[0])


def _asked(connection: Connection, query: SQL | Composed) -> list[Any]:
    return connection.execute(query).fetchall()
