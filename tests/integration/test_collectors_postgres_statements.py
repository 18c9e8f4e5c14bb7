"""What statements cost beyond their time, their texts and plans, and the counters around them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from collecting import collecting
from patience import eventually
from postgres_sessions import new_database, session

from preseason.run.statements import FILE, read_statements

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from collecting import Collecting

BY_KEY = b"SELECT payload FROM parcels WHERE id = 17 AND payload <> 'a secret'"
PACE = {"texts_interval_s": 0.4, "server_counters_interval_s": 0.4}


@pytest.fixture
def dsn(any_postgres: str) -> Iterator[str]:
    own = new_database(any_postgres, "parcels")
    with session(own) as connection:
        connection.execute("CREATE EXTENSION pg_stat_statements")
        connection.execute("CREATE TABLE parcels (id int PRIMARY KEY, payload text)")
        connection.execute("INSERT INTO parcels SELECT i, 'x' FROM generate_series(1, 5000) i")
        connection.execute("ANALYZE parcels")
    yield own
    with session(any_postgres) as connection:
        connection.execute("DROP DATABASE parcels WITH (FORCE)")


def id_of(folder: Path, part: str) -> str:
    (queryid,) = (queryid for queryid, known in read_statements(folder).items() if part in known.text)
    return queryid


def is_known(folder: Path, part: str) -> bool:
    return any(part in known.text for known in read_statements(folder).values())


def grown(run: Collecting, metric: str, label: str = "") -> float:
    return run.samples.get("postgres", metric, label).deltas().total


def test_texts_are_written_while_the_run_goes_on(dsn: str, tmp_path: Path) -> None:
    with session(dsn) as connection, collecting(tmp_path, postgres_dsn=dsn, **PACE) as run:
        run.see_more_of("postgres", "statements")
        connection.execute(BY_KEY)
        eventually(lambda: is_known(tmp_path, "payload"))
        run.process.kill()
    assert "secret" not in (tmp_path / FILE).read_text()


def test_a_plan_is_shown_where_one_can_be_had_and_holds_no_literal(dsn: str, tmp_path: Path) -> None:
    with session(dsn) as connection, collecting(tmp_path, postgres_dsn=dsn, **PACE) as run:
        generic = connection.info.server_version >= 160_000
        run.see_more_of("postgres", "statements")
        connection.execute(BY_KEY)
        connection.execute("SELECT count(*) FROM parcels")
        connection.execute("UPDATE parcels SET payload = 'a secret' WHERE id = 3")
        run.see_more_of("postgres", "statements")
        assert run.finish() == 0
        (changed,) = connection.execute("SELECT count(*) FROM parcels WHERE payload <> 'x'").fetchone() or ()
        ours = connection.execute(
            "SELECT queryid::text FROM pg_stat_statements WHERE query LIKE 'EXPLAIN%'"
        ).fetchall()
    texts = read_statements(tmp_path)
    assert "Seq Scan on parcels" in texts[id_of(tmp_path, "count(*)")].plan
    assert ("Index Scan using parcels_pkey" in texts[id_of(tmp_path, "SELECT payload")].plan) is generic
    assert ("Update on parcels" in texts[id_of(tmp_path, "UPDATE")].plan) is generic
    assert changed == 1
    assert "secret" not in (tmp_path / FILE).read_text()
    assert ours
    assert not {queryid for (queryid,) in ours} & run.samples.labelled("postgres", "statement_calls").keys()


def test_a_plan_that_our_role_may_not_have_is_left_out_and_told_to_nobody(dsn: str, tmp_path: Path) -> None:
    with session(dsn) as connection:
        connection.execute("DROP ROLE IF EXISTS watcher")
        connection.execute("CREATE ROLE watcher LOGIN PASSWORD 'sekret' IN ROLE pg_monitor")
        weak = connection.info.dsn + " user=watcher password=sekret"
        with collecting(tmp_path, postgres_dsn=weak, **PACE) as run:
            run.see_more_of("postgres", "statements")
            connection.execute("SELECT count(*) FROM parcels")
            run.see_more_of("postgres", "statements")
            assert run.finish() == 0
    assert not read_statements(tmp_path)[id_of(tmp_path, "count(*)")].plan
    assert [note.text for note in run.notes("postgres") if "plan" in note.text] == []
    assert run.gaps("postgres") == []


def test_blocks_temporary_files_and_log_are_counted_for_statements_and_server(
    dsn: str, tmp_path: Path
) -> None:
    with session(dsn) as connection, collecting(tmp_path, postgres_dsn=dsn, **PACE) as run:
        run.see_more_of("postgres", "statements")
        run.see_more_of("postgres", "wal_bytes")
        connection.execute("SET work_mem = '64kB'")
        connection.execute("SELECT * FROM parcels ORDER BY payload, id")
        connection.execute("UPDATE parcels SET payload = 'y'")
        connection.execute("SELECT pg_stat_clear_snapshot(), pg_sleep(1.2)")
        connection.execute("CHECKPOINT")
        run.see_more_of("postgres", "statements")
        run.see_more_of("postgres", "wal_bytes")
        assert run.finish() == 0
    sort, update = id_of(tmp_path, "ORDER BY"), id_of(tmp_path, "UPDATE")
    assert grown(run, "statement_temp_blks", sort) > 0
    assert grown(run, "statement_wal_bytes", update) > 100_000
    assert grown(run, "statement_shared_blks_hit", update) > 0
    assert grown(run, "temp_files") >= 1
    assert grown(run, "tup_updated") >= 5000
    assert grown(run, "wal_bytes") >= grown(run, "statement_wal_bytes", update)
    assert grown(run, "checkpoints_requested") >= 1
    assert run.gaps("postgres") == []
    reads = run.samples.labelled("postgres", "io_reads")
    major = int(run.said[0]["sources"][-1]["version"].partition(".")[0])
    assert bool(reads) is (major >= 16)


def test_counters_of_one_view_that_somebody_resets_begin_anew_without_a_gap_of_the_rest(
    dsn: str, tmp_path: Path
) -> None:
    with session(dsn) as connection, collecting(tmp_path, postgres_dsn=dsn, **PACE) as run:
        run.see_more_of("postgres", "wal_bytes")
        connection.execute("SELECT pg_stat_reset_shared('wal')")
        run.see_more_of("postgres", "wal_bytes", 3)
        assert run.finish() == 0
    assert run.gaps("postgres") == []
    assert not run.samples.get("postgres", "wal_bytes").deltas().valid.all()
    assert run.samples.get("postgres", "temp_files").deltas().valid.all()
    (note,) = run.notes("postgres")
    assert "pg_stat_wal" in note.text
