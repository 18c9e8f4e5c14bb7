"""Looks at a Redis once, or now and then, without a run: what a check wants to know of it."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import redis

from preseason.collectors.addresses import first_line, scrub
from preseason.collectors.collector import LostError
from preseason.collectors.counters import CounterLife
from preseason.collectors.redis import CLIENT_NAME, connect
from preseason.run.look import RedisLook

if TYPE_CHECKING:
    from collections.abc import Mapping

_COUNTERS = ("keyspace_hits", "keyspace_misses", "evicted_keys", "rejected_connections")


class RedisLooker:
    """Looks over one connection, opened when first needed; a look raises LostError, and the next begins anew.

    It asks for no key, so it adds no hit and no miss.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._life = CounterLife()
        self._client: redis.Redis | None = None

    def look(self) -> RedisLook:
        """One PING, one INFO."""
        try:
            client = self._client or self._open()
            asked_s = time.perf_counter()
            client.ping()
            ping_ms = (time.perf_counter() - asked_s) * 1000
            info: Mapping[str, Any] = client.info()
            return self._look(ping_ms, info)
        except (redis.RedisError, OSError, KeyError, TypeError, ValueError) as error:
            self.close()
            raise LostError(first_line(scrub(str(error), self._url))) from error

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def _open(self) -> redis.Redis:
        self._client = connect(self._url)
        with suppress(redis.ResponseError):  # a name is a courtesy; not every user may give one
            self._client.client_setname(CLIENT_NAME)
        return self._client

    def _look(self, ping_ms: float, info: Mapping[str, Any]) -> RedisLook:
        now_s = time.time()
        counters = {name: float(info.get(name, 0)) for name in _COUNTERS}
        turn = self._life.turn(now_s, {"the server restarted": info.get("run_id")}, counters)
        return RedisLook(
            at_s=now_s,
            ping_ms=ping_ms,
            version=str(info["redis_version"]),
            memory_bytes=float(info["used_memory"]),
            memory_limit_bytes=float(info.get("maxmemory", 0)) or None,
            memory_policy=str(info.get("maxmemory_policy", "")),
            clients=max(0.0, float(info["connected_clients"]) - 1),  # without ourselves
            clients_limit=float(info.get("maxclients", 0)) or None,
            life=turn.epoch,
            hits=counters["keyspace_hits"],
            misses=counters["keyspace_misses"],
            evicted=counters["evicted_keys"],
            rejected=counters["rejected_connections"],
        )
