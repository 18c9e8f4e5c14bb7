from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import psycopg
import pytest
from astral_process import AstralField
from patience import PATIENCE_S, eventually
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from preseason.embedded.servers import start_redis
from preseason.lifeline import Lifeline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ENDPOINTS = ("/api/health", "/api/health/detailed", "/api/health/database", "/api/health/external")


@pytest.fixture
def platform(new_database: Callable[[], str], redis_url: str) -> Iterator[AstralField]:
    with AstralField.started(new_database(), redis_url) as platform:
        yield platform


@contextmanager
def closed(dsn: str, postgres_dsn: str) -> Iterator[None]:
    """Postgres ends all sessions of a database and lets nobody in, as while it restarts."""
    name = str(conninfo_to_dict(dsn)["dbname"])
    allow = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        connection.execute(allow.format(sql.Identifier(name), sql.SQL("false")))
        connection.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = %s", (name,)
        )
        try:
            yield
        finally:
            connection.execute(allow.format(sql.Identifier(name), sql.SQL("true")))


@pytest.mark.parametrize("path", ENDPOINTS)
def test_health_has_the_manuals_format(astral_field: AstralField, path: str) -> None:
    answer = httpx.get(astral_field.url + path, timeout=PATIENCE_S)
    body = answer.json()
    assert answer.status_code == 200
    assert set(body) == {"status", "timestamp", "version", "uptime", "checks"}
    assert body["status"] == "healthy"
    assert set(body["checks"]) == {"database", "redis", "external_apis"}
    assert {"status", "responseTime", "lastCheck"} <= set(body["checks"]["database"])
    assert set(body["checks"]["redis"]) == {"status", "responseTime", "memory"}
    assert body["checks"]["redis"]["memory"].endswith("%")
    assert body["checks"]["external_apis"] == {"sleeper": "healthy", "anthropic": "healthy"}


def test_detailed_health_tells_how_the_pool_does(astral_field: AstralField) -> None:
    with astral_field.client() as http:
        pool = http.get("/api/health/detailed").json()["checks"]["database"]["pool"]
    assert (pool["size"], pool["max"]) == (25, 25)


def test_without_postgres_the_platform_is_unhealthy_until_it_is_back(
    platform: AstralField, postgres_dsn: str
) -> None:
    with platform.client() as http:
        cached = http.get("/api/players").json()
        with closed(platform.dsn, postgres_dsn):
            answer = http.get("/api/health")
            assert (answer.status_code, answer.json()["status"]) == (503, "unhealthy")
            assert http.get("/api/health/database").status_code == 503
            assert http.get("/api/health/external").status_code == 200
            assert http.get("/api/players").json() == cached
        eventually(lambda: http.get("/api/health").status_code == 200)
        assert http.get("/api/players?page=2").status_code == 200


def test_sessions_that_postgres_ended_are_replaced_before_anybody_notices(
    platform: AstralField, postgres_dsn: str
) -> None:
    with platform.client() as http:
        with closed(platform.dsn, postgres_dsn):
            pass
        answers = {http.get("/api/players", params={"page": page}).status_code for page in range(1, 43)}
    assert answers == {200}


def test_without_redis_the_platform_is_degraded_and_reads_from_postgres(
    new_database: Callable[[], str],
) -> None:
    with Lifeline() as lifeline:
        redis = start_redis(lifeline)
        with AstralField.started(new_database(), redis.url) as platform, platform.client() as http:
            http.get("/api/players")
            assert http.get("/api/players").headers["x-cache"] == "HIT"
            redis.child.stop()
            for _ in range(3):
                answer = http.get("/api/players")
                assert (answer.status_code, answer.headers["x-cache"]) == (200, "MISS")
            health = http.get("/api/health")
            assert (health.status_code, health.json()["status"]) == (200, "degraded")
            with platform.manager(1) as manager:
                roster = [
                    {"playerId": entry["playerId"], "isStarter": entry["isStarter"]}
                    for entry in manager.team["roster"]
                ]
                answer = manager.post("/api/teams/lineup", teamId=manager.team["id"], roster=roster)
                assert answer.status_code == 200
