"""The Redis source: what INFO says, and how long a PING takes.

It asks for no key, so it adds no hit and no miss to what it measures.
"""

from __future__ import annotations

import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from preseason.collectors.addresses import first_line, redact, scrub
from preseason.collectors.collector import LostError, Note, Reading, Sample
from preseason.collectors.counters import CounterLife
from preseason.run.manifest import Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from preseason.collectors.settings import CollectorSettings

NAME = "redis"
CLIENT_NAME = "preseason-collector"
ANSWER_S = 2.0
#: Counters keep the name that INFO gives them.
COUNTERS = (
    "keyspace_hits",
    "keyspace_misses",
    "evicted_keys",
    "expired_keys",
    "total_commands_processed",
    "rejected_connections",
)
#: Gauges by what INFO calls them. ``maxmemory`` is 0 where there is no limit.
GAUGES = {
    "used_memory": "memory_bytes",
    "used_memory_rss": "memory_rss_bytes",
    "maxmemory": "memory_limit_bytes",
    "maxclients": "clients_limit",
}
ONE_NODE = Note(
    "this is one node of a cluster: what the others count is not sampled",
    "name the node that serves the load, or judge by the platform's own cache header",
)
REPLICA = Note(
    "this is a replica: it counts only the look-ups that it answers itself",
    "name the server that the platform reads from",
)


def connect(url: str) -> redis.Redis:
    """A client that connects when first used, gives up after a moment and tries nothing twice."""
    return redis.Redis.from_url(
        url,
        decode_responses=True,
        protocol=2,  # the newer one greets with a command that a restricted user may lack
        socket_connect_timeout=ANSWER_S,
        socket_timeout=ANSWER_S,
        retry=Retry(NoBackoff(), 0),
    )


def source(url: str, info: Mapping[str, Any]) -> Source:
    """The server at ``url``, which says ``info`` of itself."""
    return Source(name=NAME, address=redact(url), version=str(info.get("redis_version", "")))


class RedisCollector:
    """Samples one Redis or Valkey server."""

    name = NAME

    def __init__(self, url: str, settings: CollectorSettings) -> None:
        self.interval_s = settings.interval_s
        self._url = url
        self._life = CounterLife()
        self._client: redis.Redis | None = None
        self._notes: tuple[Note, ...] = ()

    def open(self) -> Source:
        self._client = connect(self._url)
        with self._asking() as client:
            with suppress(redis.ResponseError):  # a name is a courtesy; not every user may give one
                client.client_setname(CLIENT_NAME)
            info = _info(client)
        self._notes = tuple(_limits(info))
        return source(self._url, info)

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def read(self, now_s: float, *, last: bool) -> Reading:  # noqa: ARG002 - its last look is like any other
        with self._asking() as client:
            asked_s = time.perf_counter()
            client.ping()
            ping_ms = (time.perf_counter() - asked_s) * 1000
            info = _info(client)
        counters = {name: float(info[name]) for name in COUNTERS if name in info}
        turn = self._life.turn(now_s, {"the server restarted": info.get("run_id")}, counters)
        gauges = {metric: float(info[name]) for name, metric in GAUGES.items() if name in info}
        gauges |= {"ping_ms": ping_ms, "clients": float(info["connected_clients"]) - 1}  # without ourselves
        notes, self._notes = self._notes, ()
        return Reading(tuple(_samples(now_s, gauges, counters, turn.epoch)), notes, turn.broken)

    @contextmanager
    def _asking(self) -> Iterator[redis.Redis]:
        try:
            if self._client is None:
                raise LostError("not connected")
            yield self._client
        except (redis.RedisError, OSError) as error:
            raise LostError(first_line(scrub(str(error), self._url))) from error


def _info(client: redis.Redis) -> Mapping[str, Any]:
    """All usual sections at once: one command, a few kilobytes."""
    answer: Mapping[str, Any] = client.info()
    return answer


def _samples(
    now_s: float, gauges: Mapping[str, float], counters: Mapping[str, float], epoch: str
) -> Iterator[Sample]:
    for metric, value in gauges.items():
        yield Sample(now_s, NAME, metric, "", value)
    for metric, value in counters.items():
        yield Sample(now_s, NAME, metric, "", value, epoch)


def _limits(info: Mapping[str, Any]) -> Iterator[Note]:
    if info.get("redis_mode") == "cluster":
        yield ONE_NODE
    if info.get("role") == "slave":
        yield REPLICA
