"""Each fault is real: it is seen in Postgres, Redis or the process, as a harness would see it."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import psutil
import psycopg
import pytest
import redis
from astral_process import AstralField
from patience import PATIENCE_S, eventually

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def suffering(new_database: Callable[[], str], redis_url: str) -> Callable[..., Any]:
    """Starts a platform with a fault, and waits until it has begun."""

    @contextmanager
    def start(fault: str) -> Iterator[AstralField]:
        with AstralField.started(new_database(), redis_url, "--fault", fault) as platform:
            eventually(lambda: begun(platform, fault))
            yield platform

    return start


def begun(platform: AstralField, fault: str) -> bool:
    return {"event": "fault", "name": fault.partition("@")[0]} in platform.said


def answer(dsn: str, query: str) -> Any:  # noqa: ANN401 - whatever Postgres says
    with psycopg.connect(dsn) as connection:
        row = connection.execute(query.encode()).fetchone()
    return row[0] if row else None


def test_cache_off_turns_every_read_into_a_miss_that_redis_counts(
    suffering: Callable[..., Any], redis_url: str
) -> None:
    with suffering("cache-off") as platform, redis.Redis.from_url(redis_url) as server:
        before = server.info("stats")
        answers = [httpx.get(f"{platform.url}/api/players", timeout=PATIENCE_S) for _ in range(10)]
        after = server.info("stats")
    assert {answer.headers["x-cache"] for answer in answers} == {"MISS"}
    assert after["keyspace_misses"] - before["keyspace_misses"] >= 10


def test_slow_query_burns_more_than_a_second_of_sql_for_players_and_spares_the_rest(
    suffering: Callable[..., Any],
) -> None:
    mean_ms = "SELECT mean_exec_time FROM pg_stat_statements WHERE query ~ 'WITH RECURSIVE passes'"
    with suffering("slow-query") as platform, platform.manager(1) as manager:
        manager.http.get("/api/players")
        assert manager.http.get("/api/players").headers["x-cache"] == "MISS"
        manager.http.get("/api/league")
        assert manager.http.get("/api/league").headers["x-cache"] == "HIT"
        assert answer(platform.dsn, mean_ms) > 1000


def test_slow_query_never_occupies_more_than_one_connection(suffering: Callable[..., Any]) -> None:
    rankings = """SELECT count(*) FROM pg_stat_activity
                  WHERE state = 'active' AND query ~ 'WITH RECURSIVE passes' AND pid <> pg_backend_pid()"""
    with suffering("slow-query") as platform, platform.client() as http, ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(http.get, "/api/players") for _ in range(8)]
        seen = set()
        while not all(each.done() for each in answers):
            seen.add(answer(platform.dsn, rankings))
            time.sleep(0.05)
        assert {each.result().status_code for each in answers} == {200}
    assert 1 in seen <= {0, 1}


def test_missing_index_drops_an_index_and_a_clean_end_brings_it_back(suffering: Callable[..., Any]) -> None:
    index = "SELECT to_regclass('idx_roster_team') IS NOT NULL"
    with suffering("missing-index") as platform:
        eventually(lambda: not answer(platform.dsn, index))
        with platform.manager(1) as manager:
            assert len(manager.team["roster"]) == 16
        assert platform.stop() == 0
        assert answer(platform.dsn, index)


def test_an_index_that_a_kill_left_missing_is_back_after_the_next_start(
    suffering: Callable[..., Any], redis_url: str
) -> None:
    index = "SELECT to_regclass('idx_roster_team') IS NOT NULL"
    with suffering("missing-index") as platform:
        eventually(lambda: not answer(platform.dsn, index))
        platform.process.kill()
        platform.process.wait()
        assert not answer(platform.dsn, index)
        with AstralField.started(platform.dsn, redis_url):
            assert answer(platform.dsn, index)


def test_lock_contention_makes_lineups_wait_for_row_locks(suffering: Callable[..., Any]) -> None:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    with suffering("lock-contention") as platform, platform.manager(1) as manager:
        team = manager.team
        roster = [
            {"playerId": entry["playerId"], "isStarter": entry["isStarter"]} for entry in team["roster"]
        ]

        seen = threading.Event()

        def set_lineups() -> set[int]:
            codes = set()
            while not seen.is_set():
                codes.add(manager.post("/api/teams/lineup", teamId=team["id"], roster=roster).status_code)
            return codes

        with ThreadPoolExecutor(1) as pool:
            answers = pool.submit(set_lineups)
            try:
                eventually(lambda: answer(platform.dsn, waiting))
            finally:
                seen.set()
            assert answers.result() == {200}
        assert (
            answer(platform.dsn, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
            == 0
        )


def test_pool_exhaustion_takes_every_connection(suffering: Callable[..., Any]) -> None:
    idle = """SELECT count(*) FROM pg_stat_activity
              WHERE state = 'idle in transaction' AND datname = current_database()"""
    with suffering("pool-exhaustion") as platform:
        eventually(lambda: answer(platform.dsn, idle) == 25)
        assert httpx.get(f"{platform.url}/api/players", timeout=PATIENCE_S).status_code == 200


def test_connection_leak_opens_connections_and_closes_none(suffering: Callable[..., Any]) -> None:
    leaked = """SELECT count(*) FROM pg_stat_activity
                WHERE application_name = 'astral-field-leak' AND datname = current_database()"""
    with suffering("connection-leak") as platform:
        eventually(lambda: answer(platform.dsn, leaked) >= 3)


def test_error_burst_answers_a_share_with_500(suffering: Callable[..., Any]) -> None:
    with suffering("error-burst") as platform, platform.client() as http:
        codes = [http.get("/api/players").status_code for _ in range(300)]
    assert set(codes) == {200, 500}
    assert 30 < codes.count(500) < 90


def test_tail_latency_delays_a_few_and_fails_none(suffering: Callable[..., Any]) -> None:
    with suffering("tail-latency") as platform, platform.client() as http, ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: http.get("/api/players"), range(500)))
    assert {answer.status_code for answer in answers} == {200}
    delayed = [answer for answer in answers if answer.elapsed.total_seconds() > 1.4]
    assert 0 < len(delayed) < 50


def test_a_stall_stops_the_event_loop_and_is_logged(suffering: Callable[..., Any]) -> None:
    with suffering("stall") as platform:
        [line, *_] = eventually(lambda: platform.complained)
        stall = json.loads(line)
        assert stall["event"] == "stall"
        assert stall["ended_s"] - stall["began_s"] >= 1
        assert httpx.get(f"{platform.url}/api/health", timeout=PATIENCE_S).status_code == 200


def test_memory_leak_grows_the_process(suffering: Callable[..., Any]) -> None:
    with suffering("memory-leak") as platform:
        process = psutil.Process(platform.process.pid)
        before = process.memory_info().rss
        eventually(lambda: process.memory_info().rss > before + 2_500_000)


@pytest.fixture
def about_to_suffer(new_database: Callable[[], str], redis_url: str) -> Iterator[AstralField]:
    """A platform whose cache is off soon: later where this machine is too slow to see it before."""
    dsn = new_database()
    for delay in ("700ms", "3s", "15s"):
        faults = ("--fault", f"cache-off@{delay}", "--fault", "error-burst@10m")
        with AstralField.started(dsn, redis_url, *faults) as platform:
            with platform.client() as http:
                http.get("/api/players")
                is_cached = http.get("/api/players").headers["x-cache"] == "HIT"
            if is_cached:
                yield platform
                return
            eventually(lambda platform=platform: begun(platform, "cache-off"))
    pytest.fail("the cache was off from the beginning")


def test_a_fault_begins_when_it_is_told_to(about_to_suffer: AstralField) -> None:
    platform = about_to_suffer
    with platform.client() as http:
        eventually(lambda: begun(platform, "cache-off"))
        assert http.get("/api/players").headers["x-cache"] == "MISS"
        assert not begun(platform, "error-burst")
