"""What a check sees of real servers."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import psycopg
import pytest
from astral_process import AstralField
from patience import eventually
from postgres_sessions import as_role, session

from preseason.astral_field.seeding.world import PASSWORD
from preseason.collectors.collector import LostError
from preseason.collectors.postgres.look import PostgresLooker
from preseason.collectors.redis_look import RedisLooker
from preseason.embedded.servers import start_redis
from preseason.lifeline import Lifeline
from preseason.run.look import Activity, Entry, Hidden, Miss, StatementsSeen, Visit
from preseason.traffic.visit_model import VisitQuestion

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

INDEXES = """
    CREATE SCHEMA look;
    SET search_path = look;
    CREATE TABLE drafts (id int PRIMARY KEY, pick int UNIQUE, team int, round int NOT NULL, note text,
                         EXCLUDE USING btree (note WITH =));
    CREATE INDEX drafts_team ON drafts (team);
    CREATE INDEX drafts_used ON drafts (lower(note));
    CREATE UNIQUE INDEX drafts_unique ON drafts (round, pick);
    CREATE TABLE scores (week int, points int) PARTITION BY RANGE (week);
    CREATE TABLE scores_1 PARTITION OF scores FOR VALUES FROM (1) TO (2);
    CREATE TABLE scores_2 PARTITION OF scores FOR VALUES FROM (2) TO (3);
    CREATE INDEX scores_points ON scores (points);
    CREATE INDEX scores_week ON scores (week);
    INSERT INTO drafts SELECT n, n, n % 10, n, n::text FROM generate_series(1, 2000) n;
    INSERT INTO scores SELECT 1 + n % 2, n FROM generate_series(1, 2000) n;
    ANALYZE;
    SET enable_seqscan = off;
    SELECT count(*) FROM drafts WHERE lower(note) = '7';
    SELECT count(*) FROM scores WHERE week = 1;
"""


@contextmanager
def looking_at(dsn: str) -> Iterator[PostgresLooker]:
    looker = PostgresLooker(dsn)
    try:
        yield looker
    finally:
        looker.close()


@pytest.fixture
def indexed(any_postgres: str) -> Iterator[str]:
    with session(any_postgres) as connection:
        connection.execute(INDEXES)
    yield any_postgres
    with session(any_postgres) as connection:
        connection.execute("DROP SCHEMA look CASCADE")


def unused(looker: PostgresLooker) -> set[str]:
    indexes = looker.look().indexes
    assert not isinstance(indexes, Hidden)
    return {index.name.removeprefix("look.") for index in indexes if index.is_valid}


def test_indexes_are_unused_that_no_scan_needs_and_that_enforce_nothing(indexed: str) -> None:
    """Of a partitioned table, one scan of any part is a scan of the whole index."""
    with looking_at(indexed) as looker:
        eventually(lambda: unused(looker) == {"drafts_team", "scores_points"})


def test_an_index_whose_building_failed_is_invalid(indexed: str) -> None:
    with session(indexed) as connection:
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("CREATE UNIQUE INDEX CONCURRENTLY broken ON look.drafts (team)")
        with looking_at(indexed) as looker:
            indexes = looker.look().indexes
    assert not isinstance(indexes, Hidden)
    assert [index.name for index in indexes if not index.is_valid] == ["look.broken"]


def test_sessions_are_seen_with_what_they_do_and_ours_is_not(any_postgres: str) -> None:
    with (
        session(any_postgres) as holder,
        psycopg.connect(any_postgres) as waiter,
        looking_at(any_postgres) as looker,
    ):
        eventually(lambda: looker.look().connections == 2)  # those of the test before may just be ending
        assert looker.look().connections_limit == 97
        holder.execute("SELECT pg_advisory_lock(11)")
        waiting = threading.Thread(target=waiter.execute, args=("SELECT pg_advisory_lock(11)",))
        waiting.start()

        def waits() -> bool:
            activity = looker.look().activity
            assert isinstance(activity, Activity)
            return activity.waiting_for_locks == 1 and len(activity.running_s) == 1

        eventually(waits)
        holder.execute("SELECT pg_advisory_unlock(11)")
        waiting.join()


def test_statements_grow_in_one_life_and_a_reset_begins_another(any_postgres: str) -> None:
    with session(any_postgres) as connection, looking_at(any_postgres) as looker:
        connection.execute("SELECT 1 AS looked_for")
        before = looker.look().statements
        for _ in range(3):
            connection.execute("SELECT 1 AS looked_for")
        after = looker.look().statements
        assert isinstance(before, StatementsSeen)
        assert isinstance(after, StatementsSeen)
        grown = {
            queryid
            for queryid, use in after.use.items()
            if queryid in before.use and use.calls - before.use[queryid].calls == 3
        }
        assert list(looker.texts(grown).values()) == ["SELECT $1 AS looked_for"]
        assert after.life == before.life
        connection.execute("SELECT pg_stat_statements_reset()")
        anew = looker.look().statements
        assert isinstance(anew, StatementsSeen)
        assert anew.life != after.life


def test_a_role_that_may_see_nothing_is_told_so_and_what_would_cure_it(any_postgres: str) -> None:
    with looking_at(as_role(any_postgres, "stranger")) as looker:
        look = looker.look()
    for part in (look.activity, look.statements):
        assert isinstance(part, Hidden)
        assert part.cure == 'GRANT pg_monitor TO "stranger"'
    assert not isinstance(look.indexes, Hidden)


def test_a_session_that_was_ended_is_lost_once_and_opened_anew(any_postgres: str) -> None:
    with session(any_postgres) as connection, looking_at(any_postgres) as looker:
        looker.look()
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE application_name LIKE 'preseason-collector%'"
        )
        with pytest.raises(LostError):
            looker.look()
        assert looker.look().version


@contextmanager
def silent() -> Iterator[int]:
    """A port that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_servers_that_never_answer_are_lost_and_hold_nobody() -> None:
    with silent() as port:
        with looking_at(f"postgresql://a:b@127.0.0.1:{port}/c") as looker, pytest.raises(LostError):
            looker.look()
        with pytest.raises(LostError):
            RedisLooker(f"redis://127.0.0.1:{port}").look()


def test_a_redis_that_began_anew_counts_in_another_life() -> None:
    with Lifeline() as lifeline:
        server = start_redis(lifeline)
        looker = RedisLooker(server.url)
        try:
            first, second = looker.look(), looker.look()
            assert (first.life, first.hits, first.misses) == (second.life, second.hits, second.misses)
            assert second.clients == 0
            server.child.stop()
            with pytest.raises(LostError):
                looker.look()
        finally:
            looker.close()


def visits(question: VisitQuestion, number: int = 1, between: Callable[[], object] = str) -> list[Visit]:
    """What the visitor's process says of so many visits; ``between`` is called after each."""
    process = subprocess.Popen(
        [sys.executable, "-m", "preseason.traffic.visit"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    assert process.stdout
    said = []
    try:
        process.stdin.write(question.model_dump_json() + "\n")
        for _ in range(number):
            process.stdin.write("\n")
            process.stdin.flush()
            said.append(Visit.model_validate_json(process.stdout.readline()))
            between()
        process.stdin.close()
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        with suppress(BrokenPipeError):
            process.stdin.close()
    return said


def users(folder: Path, password: str = PASSWORD) -> Path:
    path = folder / "users.csv"
    path.write_text(f"email,password\nmanager3@astral.example,{password}\n")
    return path


def test_a_visitor_goes_through_everything_and_logs_in_once(
    astral_field: AstralField, tmp_path: Path
) -> None:
    question = VisitQuestion(host=astral_field.url, users_file=users(tmp_path), asks=2)
    first, second = visits(question, 2)
    assert first.entry is second.entry is Entry.IN
    names = {answer.name for answer in first.answers}
    assert names - {answer.name for answer in second.answers} == {
        "GET /api/auth/csrf",
        "POST /api/auth/callback/credentials",
    }
    assert {
        "GET /api/health/external",
        "GET /api/players",
        "GET /api/league",
        "GET /api/teams",
        "GET /api/leagues/{id}/data",
        "GET /api/matchups",
        "GET /api/waivers",
        "GET /api/trades",
    } <= names
    assert not [answer for answer in (*first.answers, *second.answers) if answer.miss]
    assert {len(answer.times_ms) for answer in first.answers if "/auth/" not in answer.name} == {2}


def test_a_refused_login_is_not_tried_again(astral_field: AstralField, tmp_path: Path) -> None:
    question = VisitQuestion(host=astral_field.url, users_file=users(tmp_path, "wrong"))
    found = visits(question, 3)
    assert [one.entry for one in found] == [Entry.REFUSED] * 3
    tried = [answer for one in found for answer in one.answers if answer.name.startswith("POST")]
    assert len(tried) == 1
    assert found[0].account_place == f"{tmp_path / 'users.csv'}:2"
    assert "wrong" not in "".join(one.model_dump_json() for one in found)


def test_without_an_account_nobody_logs_in(astral_field: AstralField) -> None:
    (visit,) = visits(VisitQuestion(host=astral_field.url))
    assert visit.entry is Entry.NOT_TRIED
    assert not [answer for answer in visit.answers if "/auth/" in answer.name]


def test_a_target_that_goes_away_between_two_visits_is_away(
    new_database: Callable[[], str], redis_url: str, tmp_path: Path
) -> None:
    with AstralField.started(new_database(), redis_url) as platform:
        question = VisitQuestion(host=platform.url, users_file=users(tmp_path))
        here, gone = visits(question, 2, between=platform.stop)
    assert here.entry is Entry.IN
    assert {answer.miss for answer in gone.answers} == {Miss.AWAY}
    assert gone.entry is Entry.FAILED
