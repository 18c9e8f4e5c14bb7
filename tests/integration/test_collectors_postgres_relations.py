"""Tables and indexes of a schema of nobody's in particular, as a run sees them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from collecting import collecting
from patience import PATIENCE_S, eventually
from postgres_sessions import new_database, session

from preseason.run.indexes import Index, read_indexes
from preseason.verdict.relations import tables_of
from preseason.verdict.slow_executions import slow_executions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from collecting import Collecting

CATALOGS = json.loads((Path(__file__).parents[1] / "unit" / "postgres_catalogs.json").read_text())
PACE = {"tables_interval_s": 0.4}
SCHEMA = """
CREATE SCHEMA depot;
CREATE TABLE depot.crates (id int PRIMARY KEY, shelf int UNIQUE, weight int);
CREATE INDEX crates_weight ON depot.crates (weight);
CREATE INDEX crates_heavy ON depot.crates (weight, shelf);
CREATE TABLE depot.labels (crate int, text text) WITH (autovacuum_vacuum_threshold = 7);
INSERT INTO depot.crates SELECT i, i, i % 90 FROM generate_series(1, 20000) i;
INSERT INTO depot.labels VALUES (1, 'fragile');
ANALYZE;
"""


@pytest.fixture
def dsn(any_postgres: str) -> Iterator[str]:
    own = new_database(any_postgres, "depot")
    with session(own) as connection:
        connection.execute(SCHEMA.encode())
        connection.execute("CREATE EXTENSION pg_stat_statements")
        counted(connection)
    yield own
    with session(any_postgres) as connection:
        connection.execute("DROP DATABASE depot WITH (FORCE)")


def counted(connection: psycopg.Connection[Any]) -> None:
    """See to it that what this session did is in the statistics: it tells at most once a second."""
    if connection.info.server_version >= 150_000:
        connection.execute("SELECT pg_stat_force_next_flush()")
    connection.execute("SELECT 1")


def index(folder: Path, name: str) -> Index | None:
    return next((found for found in read_indexes(folder) if found.name == name), None)


def grown(run: Collecting, metric: str, label: str) -> float:
    return run.samples.get("postgres", metric, label).deltas().total


def test_the_catalogs_that_are_recorded_are_those_of_the_servers_here(any_postgres: str) -> None:
    with session(any_postgres) as connection:
        major = str(connection.info.server_version // 10_000)
        rows = connection.execute(
            "SELECT table_name::text, column_name::text FROM information_schema.columns"
            " WHERE table_schema = 'pg_catalog' AND table_name = ANY (%s)",
            [list(CATALOGS["18"])],
        ).fetchall()
    here: dict[str, set[str]] = {}
    for view, column in rows:
        here.setdefault(view, set()).add(column)
    assert here == {view: set(columns) for view, columns in CATALOGS[major].items()}


def test_tables_grow_by_what_was_read_and_written(dsn: str, tmp_path: Path) -> None:
    with session(dsn) as connection, collecting(tmp_path, postgres_dsn=dsn, **PACE) as run:
        run.see_more_of("postgres", "table_live_rows", 0)
        eventually(lambda: len(run.samples.get("postgres", "table_bytes", "depot.crates")) > 0)
        for _ in range(20):
            connection.execute("SELECT count(*) FROM depot.crates WHERE shelf + 1 = 7")
        connection.execute("DELETE FROM depot.labels")
        counted(connection)
        eventually(lambda: grown(run, "table_seq_scans", "depot.crates") >= 20)
        assert run.finish() == 0
    used = tables_of(run.samples)[0]
    assert (used.name, used.seq_scans, used.rows_a_scan) == ("depot.crates", 20, 20_000)
    assert used.may_lack_index
    assert grown(run, "table_rows_deleted", "depot.labels") == 1
    assert run.samples.get("postgres", "table_live_rows", "depot.crates").value[-1] == 20_000
    assert run.samples.get("postgres", "table_bytes", "depot.crates").value[-1] > 1_000_000
    allowed = run.samples.get("postgres", "table_dead_rows_allowed", "depot.labels").value[-1]
    assert 7 <= allowed <= 8
    assert run.notes("postgres") == []


def test_unused_indexes_are_named_until_they_are_used_and_constraints_never(dsn: str, tmp_path: Path) -> None:
    with session(dsn) as connection, collecting(tmp_path, postgres_dsn=dsn, **PACE) as run:
        eventually(lambda: len(read_indexes(tmp_path)) == 2)
        connection.execute("SET enable_seqscan = off")
        connection.execute("SELECT id FROM depot.crates WHERE weight = 3 AND shelf = 3")
        connection.execute("SELECT sum(weight) FROM depot.crates WHERE weight BETWEEN 3 AND 4 AND id > 0")
        counted(connection)
        eventually(lambda: not all(found.is_unused for found in read_indexes(tmp_path)))
        assert run.finish() == 0
    found = {index.name: index for index in read_indexes(tmp_path)}
    assert found.keys() == {"depot.crates_weight", "depot.crates_heavy"}
    assert all(index.table == "depot.crates" and index.size_bytes > 0 for index in found.values())
    used = {name for name, one in found.items() if not one.is_unused}
    assert used
    assert all(grown(run, "index_scans", name) >= 1 for name in used)


def test_an_index_that_failed_to_be_built_is_invalid(dsn: str, tmp_path: Path) -> None:
    with session(dsn) as connection:
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("CREATE UNIQUE INDEX CONCURRENTLY broken ON depot.crates (weight)")
        with collecting(tmp_path, postgres_dsn=dsn, **PACE) as run:
            eventually(lambda: index(tmp_path, "depot.broken") is not None)
            assert run.finish() == 0
    broken = index(tmp_path, "depot.broken")
    assert broken is not None
    assert (broken.is_valid, broken.enforces, broken.is_unused) == (False, True, False)


def test_a_table_that_somebody_holds_shut_costs_its_size_and_nothing_else(dsn: str, tmp_path: Path) -> None:
    with psycopg.connect(dsn) as holder:
        holder.execute("LOCK TABLE depot.crates IN ACCESS EXCLUSIVE MODE")
        with collecting(tmp_path, postgres_dsn=dsn, **PACE) as run:
            eventually(lambda: len(run.samples.get("postgres", "table_live_rows", "depot.crates")) > 1)
            assert run.finish() == 0
    assert len(run.samples.get("postgres", "table_bytes", "depot.crates")) == 0
    assert run.gaps("postgres") == []


def test_one_slow_execution_among_many_quick_ones_is_seen_by_sums_alone(dsn: str, tmp_path: Path) -> None:
    with session(dsn) as connection, collecting(tmp_path, postgres_dsn=dsn) as run:
        run.see_more_of("postgres", "statements")
        for pause in [0.001] * 200 + [0.51] + [0.001] * 200:
            connection.execute("SELECT pg_sleep(%s)", [pause])
        run.see_more_of("postgres", "statements", 3)
        assert run.finish() == 0
    seen = slow_executions(run.samples, 500.0, 0, float("inf"))
    assert (seen.low, seen.high) == (1, 1)
    assert 500 < seen.longest_ms < PATIENCE_S * 1000
    assert slow_executions(run.samples, 5000.0, 0, float("inf")).high == 0
