"""What is lost while it is sampled leaves a gap and a reason, and the rest of the run is whole."""

from __future__ import annotations

import os
import signal
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import psycopg
import pytest
import redis
from collecting import collecting, start_again
from patience import eventually

from preseason.collectors.postgres.session import APPLICATION_NAME
from preseason.embedded import servers
from preseason.lifeline import Lifeline

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from collecting import Collecting

    from preseason.embedded.server import Server
    from preseason.run.timeline import Event

OURS = f"FROM pg_stat_activity WHERE application_name = '{APPLICATION_NAME}'"


@pytest.fixture(scope="module")
def lifeline() -> Iterator[Lifeline]:
    with Lifeline() as opened:
        yield opened


@pytest.fixture(scope="module")
def postgres(lifeline: Lifeline) -> Server:
    return servers.start_postgres(lifeline)


@pytest.fixture(scope="module")
def cache(lifeline: Lifeline) -> Server:
    return servers.start_redis(lifeline)


@pytest.fixture
def run(tmp_path: Path, postgres: Server, cache: Server) -> Iterator[Collecting]:
    """Collectors on both servers, each already sampled a few times."""
    work(postgres)
    with collecting(tmp_path, postgres_dsn=postgres.url, redis_url=cache.url) as running:
        running.see_more_of("postgres", "xact_commit")
        running.see_more_of("redis", "keyspace_hits")
        yield running


def work(postgres: Server) -> None:
    """Make the counters large enough that no later value overtakes them soon; once it returns, they are."""
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        for _ in range(2000):
            connection.execute("SELECT 1")
        connection.execute("SELECT pg_stat_force_next_flush()")


def ask(postgres: Server, question: str) -> None:
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute(question.encode())


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def assert_whole(run: Collecting, source: str, metric: str) -> None:
    """Nothing of this source is missing, whatever befell the other."""
    assert run.gaps(source) == []
    assert run.samples.get(source, metric).deltas().valid.all()


def test_a_restart_of_postgres_is_a_gap_and_its_counters_begin_another_epoch(
    run: Collecting, lifeline: Lifeline, postgres: Server
) -> None:
    start_again(lifeline, postgres.child)
    gap = run.see_gap("postgres")
    run.see_more_of("postgres", "xact_commit")
    assert run.finish() == 0
    committed = run.samples.get("postgres", "xact_commit")
    assert "the server restarted" in gap.text
    assert gap.until_s is not None
    assert len(committed.between(gap.at_s + 0.001, gap.until_s - 0.001)) == 0
    assert len(np.unique(committed.epoch)) == 2
    assert np.count_nonzero(~committed.deltas().valid) == 1
    assert_whole(run, "redis", "keyspace_hits")


def test_a_killed_backend_takes_the_statistics_along_and_no_delta_spans_that(
    run: Collecting, postgres: Server
) -> None:
    with psycopg.connect(postgres.url) as victim:
        os.kill(victim.info.backend_pid, signal.SIGKILL)
    run.see_gap("postgres")
    run.see_more_of("postgres", "xact_commit")
    assert run.finish() == 0
    committed = run.samples.get("postgres", "xact_commit")
    told = " ".join(gap.text for gap in run.gaps("postgres"))
    assert "restarted" not in told
    assert "xact_commit" in told
    assert "pg_stat_statements was reset" in told
    assert "as when a session crashes" in told
    assert not committed.deltas().valid.all()
    assert committed.deltas().total < committed.value[0]
    assert_whole(run, "redis", "keyspace_hits")


@pytest.mark.parametrize(
    ("reset", "reason"),
    [
        ("SELECT pg_stat_reset()", "the statistics of the database were reset"),
        ("SELECT pg_stat_statements_reset()", "pg_stat_statements was reset"),
    ],
)
def test_statistics_that_somebody_resets_are_a_gap_while_sampling_goes_on(
    run: Collecting, postgres: Server, reset: str, reason: str
) -> None:
    ask(postgres, reset)
    gap = run.see_gap("postgres")
    run.see_more_of("postgres", "xact_commit")
    assert run.finish() == 0
    assert reason in gap.text
    assert "crash" not in gap.text
    assert np.count_nonzero(~run.samples.get("postgres", "deadlocks").deltas().valid) == 1


def test_a_session_that_is_ended_is_a_gap_and_the_counters_go_on(run: Collecting, postgres: Server) -> None:
    ask(postgres, f"SELECT pg_terminate_backend(pid) {OURS}")
    gap = run.see_gap("postgres")
    run.see_more_of("postgres", "xact_commit")
    assert run.finish() == 0
    # The server's notice may be lost with the connection.
    assert "administrator" in gap.text or "closed the connection" in gap.text
    assert_counted_on(run)


def assert_counted_on(run: Collecting) -> None:
    committed = run.samples.get("postgres", "xact_commit")
    assert committed.deltas().valid.all()
    assert len(np.unique(committed.epoch)) == 1


def assert_looked_at_meanwhile(run: Collecting, gap: Event, source: str, metric: str) -> None:
    """Nearly as often as this machine, for whose samples nobody is asked."""
    theirs, ours = (
        len(run.samples.get(*each).between(gap.at_s, gap.until_s or 0))
        for each in ((source, metric), ("host", "memory"))
    )
    assert theirs > max(1, ours / 2)


def test_a_server_that_keeps_the_session_and_never_answers_is_given_up(
    run: Collecting, postgres: Server
) -> None:
    with psycopg.connect(postgres.url) as connection:
        (pid,) = connection.execute(f"SELECT pid {OURS}".encode()).fetchone() or (0,)
    with frozen(pid):
        eventually(lambda: "postgres" in run.said[-1].get("lost", []) or bool(run.gaps("postgres")))
        gap = run.see_gap("postgres")
    run.see_more_of("postgres", "xact_commit")
    assert run.finish() == 0
    assert "no answer" in gap.text
    assert_looked_at_meanwhile(run, gap, "redis", "ping_ms")
    assert_counted_on(run)


def test_a_restart_of_redis_is_a_gap_and_its_counters_begin_another_epoch(
    run: Collecting, lifeline: Lifeline, cache: Server
) -> None:
    port = cache.url.rpartition(":")[2].partition("/")[0]
    start_again(lifeline, cache.child, ["redis.conf", "--port", port])
    gap = run.see_gap("redis")
    run.see_more_of("redis", "keyspace_hits")
    assert run.finish() == 0
    assert "the server restarted" in gap.text
    assert np.count_nonzero(~run.samples.get("redis", "evicted_keys").deltas().valid) == 1
    assert_whole(run, "postgres", "xact_commit")


def test_statistics_of_redis_that_somebody_resets_are_a_gap_for_every_counter(
    run: Collecting, cache: Server
) -> None:
    with redis.Redis.from_url(cache.url) as client:
        client.config_resetstat()
    gap = run.see_gap("redis")
    assert run.finish() == 0
    assert "total_commands_processed" in gap.text
    assert np.count_nonzero(~run.samples.get("redis", "keyspace_hits").deltas().valid) == 1


def test_a_redis_that_never_answers_delays_nobody_else(run: Collecting, cache: Server) -> None:
    with redis.Redis.from_url(cache.url) as client:
        pid = client.info("server")["process_id"]
    with frozen(pid):
        eventually(lambda: run.said[-1].get("lost") == ["redis"])
    gap = run.see_gap("redis")
    assert run.finish() == 0
    assert_looked_at_meanwhile(run, gap, "postgres", "connections")
    assert_whole(run, "postgres", "xact_commit")


def test_a_server_that_accepts_and_says_nothing_is_absent_and_a_gap_from_end_to_end(
    tmp_path: Path, cache: Server
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        dsn = f"postgresql://somebody:sekret@127.0.0.1:{mute.getsockname()[1]}/any"
        with collecting(tmp_path, postgres_dsn=dsn, redis_url=cache.url) as run:
            (absent,) = (it for it in run.said[0]["sources"] if it["name"] == "postgres")
            run.see_more_of("redis", "ping_ms", 6)
            assert run.finish() == 0
    assert "timeout" in absent["absent"]
    (gap,) = run.gaps("postgres")
    assert "timeout" in gap.text
    assert "sekret" not in gap.text
