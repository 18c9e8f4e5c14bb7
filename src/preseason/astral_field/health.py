"""The four health endpoints, in the operations manual's format."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import psycopg
from redis.exceptions import RedisError
from starlette.routing import Route

from preseason.astral_field import VERSION
from preseason.astral_field.exchange import Json, reply, timestamp

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from preseason.astral_field.cache import Cache
    from preseason.astral_field.database import Database

#: A probe waits no longer than this for a connection; then the database counts as gone.
PROBE_TIMEOUT_S: Final = 2.0


class Status(StrEnum):
    """The manual's three words."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    UNHEALTHY = "unhealthy"


@dataclass(frozen=True, slots=True)
class Check:
    """How a server answered, and how much of its memory is used, where it says so."""

    status: Status
    response_ms: float
    memory: str = "unknown"


class Health:
    """Answers 200, or 503 while Postgres does not answer. Without Redis the platform is slower, not down."""

    def __init__(self, database: Database, cache: Cache) -> None:
        self._database = database
        self._cache = cache
        self._began = time.monotonic()

    @property
    def routes(self) -> list[Route]:
        return [
            Route("/api/health", self.overall),
            Route("/api/health/detailed", self.detailed),
            Route("/api/health/database", self.database),
            Route("/api/health/external", self.external),
        ]

    async def overall(self, _: Request) -> Response:
        database, redis = await self._checks()
        return self._answer(_overall(database, redis), database, redis)

    async def detailed(self, _: Request) -> Response:
        """The overall state, and how the connection pool does."""
        database, redis = await self._checks()
        stats = self._database.pool.get_stats()
        pool = {
            "size": stats.get("pool_size", 0),
            "max": stats.get("pool_max", 0),
            "available": stats.get("pool_available", 0),
            "waiting": stats.get("requests_waiting", 0),
        }
        return self._answer(_overall(database, redis), database, redis, pool=pool)

    async def database(self, _: Request) -> Response:
        database, redis = await self._checks()
        return self._answer(database.status, database, redis)

    async def external(self, _: Request) -> Response:
        """Of third parties, which this platform does not call: they cannot fail it."""
        database, redis = await self._checks()
        return self._answer(Status.HEALTHY, database, redis)

    async def _checks(self) -> tuple[Check, Check]:
        return await asyncio.gather(self._check_database(), self._check_redis())

    async def _check_database(self) -> Check:
        began = time.perf_counter()
        try:
            async with self._database.pool.connection(timeout=PROBE_TIMEOUT_S) as connection:
                await connection.execute("SELECT 1")
        except psycopg.Error:
            return Check(Status.UNHEALTHY, _since(began))
        return Check(Status.HEALTHY, _since(began))

    async def _check_redis(self) -> Check:
        began = time.perf_counter()
        try:
            info = await self._cache.client.info("memory")
        except (RedisError, OSError):
            return Check(Status.UNHEALTHY, _since(began))
        available = info["maxmemory"] or info["total_system_memory"]
        return Check(Status.HEALTHY, _since(began), f"{info['used_memory'] / available:.0%}")

    def _answer(self, status: Status, database: Check, redis: Check, **details: object) -> Response:
        now = timestamp(datetime.now(UTC))
        checks: Json = {
            "database": {
                "status": database.status,
                "responseTime": database.response_ms,
                "lastCheck": now,
                **details,
            },
            "redis": {"status": redis.status, "responseTime": redis.response_ms, "memory": redis.memory},
            "external_apis": {"sleeper": Status.HEALTHY, "anthropic": Status.HEALTHY},
        }
        body = {
            "status": status,
            "timestamp": now,
            "version": VERSION,
            "uptime": int(time.monotonic() - self._began),
            "checks": checks,
        }
        code = HTTPStatus.SERVICE_UNAVAILABLE if status is Status.UNHEALTHY else HTTPStatus.OK
        return reply(body, code)


def _overall(database: Check, redis: Check) -> Status:
    if database.status is Status.UNHEALTHY:
        return Status.UNHEALTHY
    return Status.HEALTHY if redis.status is Status.HEALTHY else Status.DEGRADED


def _since(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 1)
