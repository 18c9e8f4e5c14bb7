"""Redis before Postgres: cache-aside for what is read often."""

from __future__ import annotations

import logging
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, Self

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from preseason.errors import Problem, UnreachableError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

#: The manual gives it for league data (``revalidate: 300``); everything else follows.
TTL_S: Final = 300
_TIMEOUT_S: Final = 1.0
_PAUSE_S: Final = 1.0
_LOG: Final = logging.getLogger(__name__)


class Cache:
    """Texts by key, all under a prefix. Without Redis every look-up misses, and nothing fails.

    Keys begin with the kind of what they hold, as in ``team:<user id>``.
    """

    def __init__(self, client: Redis, prefix: str) -> None:
        self.client = client
        #: Kinds of keys that are looked up where nothing was ever written; "" is all. How a fault blinds it.
        self.blind_to: set[str] = set()
        self._prefix = prefix
        self._asleep_until = 0.0

    @classmethod
    @asynccontextmanager
    async def opened(cls, url: str, prefix: str) -> AsyncIterator[Self]:
        """Raises UnreachableError when Redis does not answer now; later it may come and go."""
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=50,
            timeout=_TIMEOUT_S,
            socket_timeout=_TIMEOUT_S,
            socket_connect_timeout=_TIMEOUT_S,
            retry=Retry(NoBackoff(), 0),
            client_name="astral-field",
        )
        async with Redis.from_pool(pool) as client:
            try:
                await client.ping()
            except (RedisError, OSError) as error:
                remedy = "start Redis, or name another"
                raise UnreachableError(Problem(str(error), "--redis", remedy)) from None
            yield cls(client, prefix)

    async def get(self, key: str) -> bytes | None:
        """What is held under the key, or None; after a failure Redis is left alone for a second."""
        if time.monotonic() < self._asleep_until:
            return None
        kind = key.partition(":")[0]
        blind = self.blind_to & {"", kind}
        try:
            value = await self.client.get(self._name(f"never-written:{key}" if blind else key))
        except (RedisError, OSError) as error:
            self._failed(error)
            return None
        return value.encode() if isinstance(value, str) else value

    async def fill(self, key: str, value: str) -> None:
        """Hold what a reader found, unless a writer has put something newer there meanwhile."""
        if time.monotonic() < self._asleep_until:
            return
        try:
            await self.client.set(self._name(key), value, ex=TTL_S, nx=True)
        except (RedisError, OSError) as error:
            self._failed(error)

    async def renew(self, values: dict[str, str], outdated: list[str] | None = None) -> None:
        """Hold what a writer has just written, and forget what it outdated."""
        try:
            async with self.client.pipeline(transaction=True) as pipeline:
                for key, value in values.items():
                    pipeline.set(self._name(key), value, ex=TTL_S)
                if outdated:
                    pipeline.unlink(*map(self._name, outdated))
                await pipeline.execute()
        except (RedisError, OSError) as error:
            self._failed(error)

    def _name(self, key: str) -> str:
        return f"{self._prefix}:{key}"

    def _failed(self, error: Exception) -> None:
        _LOG.warning("Redis does not answer: %s", error)
        self._asleep_until = time.monotonic() + _PAUSE_S
