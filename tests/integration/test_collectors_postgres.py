"""What the collectors see of a real Postgres, on each version that this machine has."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import psycopg
import pytest
from collecting import collecting
from patience import eventually
from postgres_sessions import as_role, new_database, session
from psycopg.conninfo import make_conninfo

from preseason.collectors.postgres.session import connect
from preseason.embedded import servers
from preseason.lifeline import Lifeline
from preseason.run.statements import read_statements

if TYPE_CHECKING:
    from pathlib import Path

RELATIONS = "SELECT count(*) FROM pg_class WHERE relname = 'a secret'"


@pytest.fixture
def dsn(any_postgres: str) -> str:
    return any_postgres


def test_sessions_are_counted_by_state_and_ours_is_not(dsn: str, tmp_path: Path) -> None:
    with session(dsn), psycopg.connect(dsn) as unfinished, collecting(tmp_path, postgres_dsn=dsn) as run:
        unfinished.execute("SELECT 1")
        run.see_more_of("postgres", "connections", 3)
        assert run.finish() == 0
    states = run.samples.labelled("postgres", "connections_by_state")
    assert run.samples.get("postgres", "connections").value[-1] == 2
    assert {state: series.value[-1] for state, series in states.items() if series.value[-1]} == {
        "idle": 1,
        "idle in transaction": 1,
    }
    assert run.samples.get("postgres", "connections_limit").value[-1] == 97
    assert run.samples.get("postgres", "oldest_transaction_s").value[-1] > 0


def test_a_session_that_waits_for_a_lock_is_counted_by_what_it_waits_for(dsn: str, tmp_path: Path) -> None:
    with session(dsn) as waiter, ThreadPoolExecutor() as pool:
        with psycopg.connect(dsn) as holder, collecting(tmp_path, postgres_dsn=dsn) as run:
            holder.execute("SELECT pg_advisory_xact_lock(7)")
            waiting = pool.submit(waiter.execute, "SELECT pg_advisory_lock(7)")
            eventually(lambda: sum(run.samples.get("postgres", "waits", "Lock").value) > 0)
            assert run.finish() == 0
        waiting.result()


def test_transactions_grow_by_what_was_done_and_what_we_did(dsn: str, tmp_path: Path) -> None:
    with session(dsn) as connection, collecting(tmp_path, postgres_dsn=dsn) as run:
        run.see_more_of("postgres", "xact_commit")
        for _ in range(200):
            connection.execute("SELECT 1")
        connection.execute("SELECT pg_sleep(1.5)")  # a backend tells its counts at most once a second
        connection.execute("SELECT 1")
        run.see_more_of("postgres", "xact_commit")
        assert run.finish() == 0
    committed = run.samples.get("postgres", "xact_commit").deltas()
    ours = run.samples.get("postgres", "own_xact_commit").deltas()
    assert committed.valid.all()
    assert committed.total >= 200
    assert ours.total > 0
    assert run.gaps("postgres") == []


def test_the_size_of_the_database_is_measured_in_bytes(dsn: str, tmp_path: Path) -> None:
    with collecting(tmp_path, postgres_dsn=dsn) as run:
        eventually(lambda: len(run.samples.get("postgres", "size_bytes")) > 0)
        assert run.finish() == 0
    with session(dsn) as connection:
        size = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    assert size is not None
    assert run.samples.get("postgres", "size_bytes").value[0] == pytest.approx(size[0], rel=0.05)


def test_a_statement_grows_by_what_ran_and_its_literals_stay_in_the_database(
    dsn: str, tmp_path: Path
) -> None:
    with session(dsn) as connection, collecting(tmp_path, postgres_dsn=dsn) as run:
        run.see_more_of("postgres", "statements")
        for _ in range(5):
            connection.execute(RELATIONS.encode())
        connection.execute("CREATE ROLE leak PASSWORD 'a secret'")
        connection.execute("DROP ROLE leak")
        run.see_more_of("postgres", "statements")
        assert run.finish() == 0
    texts = read_statements(tmp_path)
    (queryid,) = (queryid for queryid, known in texts.items() if "relname" in known.text)
    assert run.samples.get("postgres", "statement_calls", queryid).deltas().total == 5
    assert run.samples.get("postgres", "statement_rows", queryid).deltas().total == 5
    assert run.samples.get("postgres", "statement_exec_ms", queryid).deltas().total > 0
    assert b"secret" not in b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_our_own_statements_are_not_among_those_measured(dsn: str, tmp_path: Path) -> None:
    with session(dsn) as connection, collecting(tmp_path, postgres_dsn=dsn) as run:
        run.see_more_of("postgres", "statements", 4)
        assert run.finish() == 0
        ours = connection.execute(
            "SELECT queryid::text FROM pg_stat_statements WHERE strpos(query, '/* preseason */') > 0"
        ).fetchall()
    measured = run.samples.labelled("postgres", "statement_calls")
    assert len(ours) >= 6
    assert not measured.keys() & {queryid for (queryid,) in ours}


def test_our_session_can_write_nothing_and_waits_for_nobody(dsn: str, tmp_path: Path) -> None:
    settings = "SELECT current_setting(name) FROM unnest(%s::text[]) name"
    with session(dsn) as connection, collecting(tmp_path, postgres_dsn=dsn) as run:
        sent = connection.execute(
            "SELECT query FROM pg_stat_activity WHERE application_name = 'preseason-collector'"
        ).fetchall()
        assert run.finish() == 0
    assert ["/* preseason */" in query for (query,) in sent] == [True]
    names = ["default_transaction_read_only", "statement_timeout", "lock_timeout", "jit"]
    with connect(dsn) as ours:
        assert [value for (value,) in ours.execute(settings, [names])] == ["on", "5s", "100ms", "off"]


def test_a_role_that_may_see_little_still_counts_everybody_and_says_what_it_lacks(
    dsn: str, tmp_path: Path
) -> None:
    weak = as_role(dsn, "weak")
    with session(dsn), session(dsn), collecting(tmp_path, postgres_dsn=weak) as run:
        run.see_more_of("postgres", "connections")
        run.see_more_of("postgres", "statements")
        assert run.finish() == 0
    assert run.samples.get("postgres", "connections").value[-1] == 2
    assert run.samples.get("postgres", "connections_by_state", "hidden").value[-1] == 2
    assert run.samples.get("postgres", "statements_hidden").value[-1] > 0
    note, log = run.notes("postgres")
    assert note.facts["cure"] == 'GRANT pg_monitor TO "weak"'
    assert "slow statements are told by the sums in pg_stat_statements, not by the server's log" in log.text
    assert "sekret" not in note.model_dump_json()


def test_a_database_without_the_extension_is_sampled_all_the_same(dsn: str, tmp_path: Path) -> None:
    with session(dsn) as connection:
        connection.execute("DROP DATABASE IF EXISTS plain")
        connection.execute("CREATE DATABASE plain")
    with collecting(tmp_path, postgres_dsn=make_conninfo(dsn, dbname="plain")) as run:
        run.see_more_of("postgres", "connections")
        assert run.finish() == 0
    (note,) = run.notes("postgres")
    assert note.facts["cure"] == "CREATE EXTENSION pg_stat_statements"
    assert len(run.samples.get("postgres", "statements")) == 0
    assert run.gaps("postgres") == []


def test_the_extension_is_found_in_another_schema(dsn: str, tmp_path: Path) -> None:
    with session(dsn) as connection:
        connection.execute("DROP DATABASE IF EXISTS moved")
        connection.execute("CREATE DATABASE moved")
    moved = make_conninfo(dsn, dbname="moved")
    with session(moved) as connection:
        connection.execute('CREATE SCHEMA "Some Where"')
        connection.execute('CREATE EXTENSION pg_stat_statements SCHEMA "Some Where"')
    with collecting(tmp_path, postgres_dsn=moved) as run:
        run.see_more_of("postgres", "statements")
        assert run.finish() == 0
    assert run.notes("postgres") == []


@pytest.mark.parametrize(("version", "is_measured"), [("1.4", False), ("1.8", True)])
def test_an_extension_that_was_never_updated_is_read_as_far_as_it_has_what_we_need(
    dsn: str, tmp_path: Path, version: str, is_measured: object
) -> None:
    old = new_database(dsn, "old")
    with session(old) as connection:
        connection.execute(f"CREATE EXTENSION pg_stat_statements VERSION '{version}'".encode())
        with collecting(tmp_path, postgres_dsn=old) as run:
            run.see_more_of("postgres", "connections")
            for _ in range(3):
                connection.execute("SELECT 4711 + 1")
            run.see_more_of("postgres", "connections")
            assert run.finish() == 0
    cures = [note.facts["cure"] for note in run.notes("postgres")]
    assert cures == ([] if is_measured else ["ALTER EXTENSION pg_stat_statements UPDATE"])
    calls = run.samples.labelled("postgres", "statement_calls").values()
    assert (3 in [series.deltas().total for series in calls]) is is_measured
    assert run.gaps("postgres") == []


def test_what_our_role_is_denied_leaves_the_rest_measured(dsn: str, tmp_path: Path) -> None:
    denied = as_role(dsn, "denied")
    with session(dsn) as connection:
        connection.execute("GRANT pg_monitor TO denied")
        connection.execute("REVOKE EXECUTE ON FUNCTION pg_stat_statements(boolean) FROM PUBLIC")
        connection.execute("REVOKE EXECUTE ON FUNCTION pg_control_system FROM PUBLIC")
        try:
            with collecting(tmp_path, postgres_dsn=denied) as run:
                run.see_more_of("postgres", "connections")
                assert run.finish() == 0
        finally:
            connection.execute("GRANT EXECUTE ON FUNCTION pg_stat_statements(boolean) TO PUBLIC")
            connection.execute("GRANT EXECUTE ON FUNCTION pg_control_system TO PUBLIC")
    note, log = run.notes("postgres")
    assert "GRANT EXECUTE ON FUNCTION pg_stat_statements" in str(note.facts["cure"])
    assert "slow statements are told by sessions sampled each second, not by" in log.text
    assert run.gaps("postgres") == []


def test_a_server_that_never_loaded_the_extension_is_told_from_one_that_did(tmp_path: Path) -> None:
    with Lifeline() as lifeline:
        bare = servers.start_postgres(lifeline, conf={"shared_preload_libraries": ""})
        with collecting(tmp_path, postgres_dsn=bare.url) as run:
            run.see_more_of("postgres", "connections")
            assert run.finish() == 0
    (note,) = run.notes("postgres")
    assert "shared_preload_libraries" in str(note.facts["cure"])
    assert len(run.samples.get("postgres", "xact_commit")) > 0


@pytest.mark.parametrize(
    ("setting", "value"), [("pg_stat_statements.track", "none"), ("compute_query_id", "off")]
)
def test_settings_that_stop_the_measuring_are_named(
    dsn: str, tmp_path: Path, setting: str, value: str
) -> None:
    with session(dsn) as connection:
        connection.execute(f"ALTER DATABASE postgres SET {setting} = {value}".encode())
        try:
            with collecting(tmp_path, postgres_dsn=dsn) as run:
                run.see_more_of("postgres", "connections")
                assert run.finish() == 0
        finally:
            connection.execute(f"ALTER DATABASE postgres RESET {setting}".encode())
    (note,) = run.notes("postgres")
    assert setting in note.text


def test_statements_that_are_evicted_are_noticed(tmp_path: Path) -> None:
    with Lifeline() as lifeline:
        small = servers.start_postgres(lifeline, conf={"pg_stat_statements.max": "100"})
        with session(small.url) as connection, collecting(tmp_path, postgres_dsn=small.url) as run:
            run.see_more_of("postgres", "dealloc")
            for width in range(1, 300):
                connection.execute(f"SELECT {', '.join('1' * width)}".encode())
            eventually(lambda: any("lower bound" in note.text for note in run.notes("postgres")))
            assert run.finish() == 0
    assert run.samples.get("postgres", "dealloc").deltas().total > 0
    assert run.gaps("postgres") == []
