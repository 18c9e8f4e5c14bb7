"""Slow statements by the log of real servers: each once, by whoever may read it, over rotations."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import psycopg
import pytest
from collecting import collecting
from patience import eventually
from postgres_sessions import VERSIONS, as_role, name_of, new_database, session
from psycopg.conninfo import make_conninfo

from preseason.embedded import servers
from preseason.lifeline import Lifeline
from preseason.run.statements import read_statements

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from collecting import Collecting
    from psycopg import Connection

    from preseason.run.samples import Series

#: A tenth of a second is slow here, so that tests are short.
LOGGED = {
    "log_destination": "csvlog,jsonlog",
    "log_filename": "postgresql-%H%M%S.log",
    "log_min_duration_statement": "100ms",
    "log_timezone": "Asia/Kathmandu",
}
SLOW_S = 0.2
READ = "pg_read_binary_file(text, bigint, bigint, boolean)"


@pytest.fixture(scope="module", params=VERSIONS, ids=name_of)
def server(request: pytest.FixtureRequest) -> Iterator[str]:
    with Lifeline() as lifeline:
        yield servers.start_postgres(lifeline, binaries=request.param, conf=LOGGED).url


@pytest.fixture
def dsn(server: str) -> Iterator[str]:
    yield new_database(server, "slow")
    with session(server) as connection:
        connection.execute("DROP DATABASE slow WITH (FORCE)")


def slow(connection: Connection[object], text: str = "SELECT pg_sleep(%s), 'a secret'") -> None:
    connection.execute(text.replace("%s", str(SLOW_S)).encode())


def of_all(run: Collecting, metric: str = "logged_statement_ms") -> list[Series]:
    return list(run.samples.labelled("postgres", metric).values())


def counted(run: Collecting, metric: str = "logged_statement_ms") -> int:
    """Of those that slept: what is quick is logged, too, where the machine stands still for long enough."""
    return sum(int((series.value >= SLOW_S * 1000).sum()) for series in of_all(run, metric))


def log_notes(run: Collecting) -> list[str]:
    return [str(it.facts["cure"]) for it in run.notes("postgres") if "server's log" in it.text]


def is_on_disk(folder: Path, text: bytes) -> bool:
    return any(text in path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_each_slow_statement_is_counted_with_its_duration_and_no_literal(dsn: str, tmp_path: Path) -> None:
    with session(dsn) as connection, collecting(tmp_path, postgres_dsn=dsn) as run:
        run.see_more_of("postgres", "log_complete_from_ms")
        for _ in range(3):
            slow(connection)
        connection.execute("SELECT pg_sleep(%s), %s::text", [SLOW_S, "a secret"])
        slow(connection, "SELECT pg_sleep(%s),\n'2026-11-30 13:11:44.184 UTC,\"a secret\"\n'")
        slow(connection, "DO $$ BEGIN PERFORM pg_sleep(%s), 'a secret'; END $$")
        connection.execute("DO $$ BEGIN RAISE LOG 'duration: 9000.0 ms  statement: SELECT 1'; END $$")
        connection.execute("SELECT 1")
        eventually(lambda: counted(run) >= 6)
        assert run.finish() == 0
    assert counted(run) == 6
    assert all(100 <= value < 9000 for series in of_all(run) for value in series.value)
    assert run.samples.get("postgres", "log_lost").value.sum() == 0
    assert set(run.samples.get("postgres", "log_complete_from_ms").value) == {100.0}
    assert log_notes(run) == []
    assert any("pg_sleep" in it.text for it in read_statements(tmp_path).values())
    assert not is_on_disk(tmp_path, b"secret")


def test_when_a_statement_ended_is_told_by_our_clock_whatever_the_time_zone_of_the_log(
    dsn: str, tmp_path: Path
) -> None:
    with session(dsn) as connection, collecting(tmp_path, postgres_dsn=dsn, statements_interval_s=2) as run:
        run.see_more_of("postgres", "log_complete_from_ms", 1)
        before_s = time.time()
        slow(connection)
        ended_s = time.time()
        eventually(lambda: run.samples.get("postgres", "connections").time_s[-1] > ended_s)
        after_s = run.samples.get("postgres", "connections").time_s[-1]
        assert run.finish() == 0
    (logged_s,) = (it.time_s[0] for it in of_all(run) if it.value[0] >= SLOW_S * 1000)
    assert before_s < logged_s <= after_s


def test_other_databases_and_our_own_session_are_left_out(dsn: str, server: str, tmp_path: Path) -> None:
    ours = make_conninfo(dsn, application_name="preseason-collector")
    with ExitStack() as opened:
        sessions = [opened.enter_context(session(it)) for it in (server, ours, dsn)]
        run = opened.enter_context(collecting(tmp_path, postgres_dsn=dsn))
        run.see_more_of("postgres", "log_complete_from_ms")
        for each in sessions:
            slow(each)
        eventually(lambda: counted(run) > 0)
        assert run.finish() == 0
    assert counted(run) == 1


def test_a_log_that_is_rotated_in_the_middle_of_a_run_is_read_on(dsn: str, tmp_path: Path) -> None:
    with session(dsn) as connection, collecting(tmp_path, postgres_dsn=dsn) as run:
        run.see_more_of("postgres", "log_complete_from_ms")
        for _ in range(3):
            slow(connection)
            rotated(connection)
            slow(connection)
        eventually(lambda: counted(run) >= 6)
        assert run.finish() == 0
    assert counted(run) == 6
    assert run.samples.get("postgres", "log_lost").value.sum() == 0


def rotated(connection: Connection[tuple[object, ...]]) -> None:
    """Let the server begin another file, and see it there; its name tells the second."""
    files = "SELECT count(*) FROM pg_ls_logdir()"
    before = connection.execute(files).fetchone()

    def has_more() -> bool:
        connection.execute("SELECT pg_rotate_logfile()")
        return connection.execute(files).fetchone() != before

    eventually(has_more)


def test_what_was_logged_while_nobody_was_connected_is_read_afterwards(dsn: str, tmp_path: Path) -> None:
    with session(dsn) as connection, collecting(tmp_path, postgres_dsn=dsn) as run:
        run.see_more_of("postgres", "log_complete_from_ms")
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'preseason-collector'"
        )
        slow(connection)
        run.see_gap("postgres")
        eventually(lambda: counted(run) >= 1)
        assert run.finish() == 0
    assert counted(run) == 1


def test_a_role_that_may_read_files_counts_as_its_superuser_does(dsn: str, tmp_path: Path) -> None:
    reader = as_role(dsn, "reader")
    with session(dsn) as connection:
        connection.execute("GRANT pg_monitor TO reader")
        connection.execute(f"GRANT EXECUTE ON FUNCTION {READ} TO reader".encode())
        try:
            with collecting(tmp_path, postgres_dsn=reader) as run:
                run.see_more_of("postgres", "log_complete_from_ms")
                slow(connection)
                eventually(lambda: counted(run) >= 1)
                assert run.finish() == 0
        finally:
            connection.execute("DROP OWNED BY reader")
    assert counted(run) == 1
    assert log_notes(run) == []


def test_a_role_that_may_not_is_told_the_grant_once_and_nothing_else_is_lost(
    dsn: str, tmp_path: Path
) -> None:
    monitor = as_role(dsn, "monitor")
    with session(dsn) as connection:
        connection.execute("GRANT pg_monitor TO monitor")
        with collecting(tmp_path, postgres_dsn=monitor) as run:
            run.see_more_of("postgres", "connections", 5)
            assert run.finish() == 0
        (cure,) = log_notes(run)
        granted = cure.partition(" (")[0]
        connection.execute(granted.encode())
        may = f"SELECT has_function_privilege('monitor', '{READ}', 'EXECUTE')".encode()
        assert connection.execute(may).fetchone() == (True,)
        connection.execute("DROP OWNED BY monitor")
    assert len(run.samples.get("postgres", "log_lost")) == 0
    assert run.gaps("postgres") == []


def test_a_role_that_has_its_own_limit_makes_the_log_a_part_of_the_truth(dsn: str, tmp_path: Path) -> None:
    with session(dsn) as connection:
        as_role(dsn, "quiet")
        connection.execute("ALTER ROLE quiet SET log_min_duration_statement = -1")
        with collecting(tmp_path, postgres_dsn=dsn) as run:
            run.see_more_of("postgres", "log_lost")
            slow(connection)
            eventually(lambda: counted(run) == 1)
            assert run.finish() == 0
        connection.execute("DROP ROLE quiet")
    assert len(run.samples.get("postgres", "log_complete_from_ms")) == 0
    assert len(log_notes(run)) == 1


def test_plans_are_counted_apart_where_only_they_are_logged(dsn: str, tmp_path: Path) -> None:
    with session(dsn) as connection:
        connection.execute("ALTER DATABASE slow SET log_min_duration_statement = -1")
        connection.execute("ALTER DATABASE slow SET session_preload_libraries = 'auto_explain'")
        connection.execute("ALTER DATABASE slow SET auto_explain.log_min_duration = 100")
    with session(dsn) as connection, collecting(tmp_path, postgres_dsn=dsn) as run:
        run.see_more_of("postgres", "log_lost")
        slow(connection)
        eventually(lambda: counted(run, "logged_plan_ms") == 1)
        assert run.finish() == 0
    assert counted(run) == 0
    assert not is_on_disk(tmp_path, b"secret")


@pytest.mark.parametrize(
    ("setting", "cure"),
    [
        ({"logging_collector": "off"}, "logging_collector = on"),
        ({"log_destination": "stderr"}, "log_destination = 'stderr', '"),
        ({"log_min_duration_statement": "-1"}, "log_min_duration_statement = '1s'"),
    ],
    ids=lambda it: next(iter(it)) if isinstance(it, dict) else "",
)
def test_a_server_that_does_not_log_them_is_told_the_setting_and_the_cure_is_one(
    tmp_path: Path, setting: dict[str, str], cure: str
) -> None:
    with Lifeline() as lifeline:
        closed = servers.start_postgres(lifeline, conf=setting)
        with collecting(tmp_path, postgres_dsn=closed.url) as run:
            run.see_more_of("postgres", "connections")
            assert run.finish() == 0
        with psycopg.connect(closed.url, autocommit=True) as connection:
            (told,) = log_notes(run)
            connection.execute(told.partition(";")[0].partition(" (")[0].encode())
    assert cure in told
    assert len(run.samples.get("postgres", "log_lost")) == 0
