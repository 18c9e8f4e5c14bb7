"""Connections to a Redis: they greet with nothing that a restricted user may lack, and never wait long."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from preseason.collectors.addresses import first_line, redact, scrub
from preseason.collectors.collector import LostError
from preseason.collectors.redis.answers import ANSWER_S, BoundedParser
from preseason.run.manifest import Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NAME = "redis"
CLIENT_NAME = "preseason-collector"
_FACTS = {"maxmemory_policy": "maxmemory_policy", "redis_mode": "mode", "role": "role"}


def connect(url: str) -> redis.Redis:
    """A client that connects when first used, gives up after a moment and tries nothing twice."""
    return redis.Redis.from_url(
        url,
        decode_responses=True,
        encoding_errors="surrogateescape",  # keys are bytes, and must come back as they were
        protocol=2,  # the newer one greets with a command that a restricted user may lack
        driver_info=None,  # so would this, and older servers count it among their errors
        socket_connect_timeout=ANSWER_S,
        socket_timeout=ANSWER_S,
        parser_class=BoundedParser,
        retry=Retry(NoBackoff(), 0),
    )


def source(url: str, info: Mapping[str, Any]) -> Source:
    """The server at ``url``, which says ``info`` of itself; a Valkey by its own version."""
    valkey = str(info.get("valkey_version", ""))
    version = f"valkey {valkey}" if valkey else str(info.get("redis_version", ""))
    facts = {fact: str(info[field]) for field, fact in _FACTS.items() if field in info}
    return Source(name=NAME, address=redact(url), version=version, facts=facts)


@contextmanager
def asking(url: str) -> Iterator[None]:
    """Turns whatever goes wrong with a Redis into LostError, without the secrets of ``url``."""
    try:
        yield
    except (redis.RedisError, OSError) as error:
        raise LostError(first_line(scrub(str(error), url))) from error
