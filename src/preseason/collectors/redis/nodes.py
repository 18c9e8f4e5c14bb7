"""The server that was named or, where that is one node of a cluster, all primaries of it.

Each node counts by itself, so a cluster's counters are the sums over its primaries. They are looked up once
a minute; whatever changes among them is a loss of the source, after which it begins anew.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import redis

from preseason.collectors.addresses import first_line, scrub
from preseason.collectors.collector import LostError
from preseason.collectors.pace import Every
from preseason.collectors.redis import limits
from preseason.collectors.redis.connection import CLIENT_NAME, connect

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from preseason.collectors.collector import Note

    Info = Mapping[str, Any]
    Address = tuple[str, int]

LOOK_UP_S = 60.0


class Nodes:
    """Connections to all nodes that count; ``clients`` by address, ``host:port``, one alone by no name.

    Raises what redis-py raises, and LostError where that says it better.
    """

    def __init__(self, url: str) -> None:
        self.clients: dict[str, redis.Redis] = {}
        self.notes: list[Note] = []
        self._url = url
        self._is_whole: bool | None = None
        self._primaries: Sequence[Address] = ()
        self._look_up_due = Every(LOOK_UP_S)

    def open(self) -> Info:
        """Connect; what the named server says of itself."""
        self.clients = {"": _greeted(self._url)}
        info = info_of(self.clients[""])
        if info.get("redis_mode") == "sentinel":
            raise LostError(limits.sentinel(info))
        if info.get("redis_mode") == "cluster" and self._is_whole is not False:
            self._is_whole = self._join_primaries()
        return info

    def close(self) -> None:
        for client in self.clients.values():
            client.close()
        self.clients = {}

    def infos(self, now_s: float) -> dict[str, Info]:
        """What each node says, by address; LostError once they are not the same primaries any more."""
        if not self.clients:
            raise LostError("not connected")
        found = {address: info_of(client) for address, client in self.clients.items()}
        if self._is_whole:
            if any(info.get("role") != "master" for info in found.values()):
                raise LostError("a primary of the cluster has become a replica")
            if self._look_up_due.is_due(now_s) and self._look_up() != self._primaries:
                raise LostError("the cluster has other primaries than before")
        return found

    def _join_primaries(self) -> bool:
        """Connect to all primaries in place of the one node; whether that was possible.

        Once it was, failing to is a loss, not a reason to be content with less.
        """
        try:
            self._primaries = self._look_up()
            joined = dict(self._joined())
        except redis.exceptions.NoPermissionError:
            self.notes.append(limits.NO_SLOTS)
            return False
        except (redis.RedisError, OSError) as error:
            if self._is_whole:
                raise
            self.notes.append(limits.unreached(first_line(scrub(str(error), self._url))))
            return False
        self.close()
        self.clients = joined
        return True

    def _look_up(self) -> Sequence[Address]:
        here = urlsplit(self._url).hostname or ""
        some_node = next(iter(self.clients.values()))
        slots = some_node.execute_command("CLUSTER SLOTS")  # type: ignore[no-untyped-call]
        return sorted({(primary[0] or here, primary[1]) for _, _, primary, *_ in slots})

    def _joined(self) -> Iterator[tuple[str, redis.Redis]]:
        for host, port in self._primaries:
            client = _greeted(_at(self._url, host, port))
            client.ping()
            yield f"{host}:{port}", client


def info_of(client: redis.Redis, section: str | None = None) -> Info:
    """One command, a few kilobytes: all usual sections at once, or the one that is named."""
    answer: Info = client.info(section)
    return answer


def _greeted(url: str) -> redis.Redis:
    client = connect(url)
    with suppress(redis.ResponseError):  # a name is a courtesy; not every user may give one
        client.client_setname(CLIENT_NAME)
    return client


def _at(url: str, host: str, port: int) -> str:
    """``url`` with the address of another server; user, password and TLS stay."""
    parts = urlsplit(url)
    user, at, _ = parts.netloc.rpartition("@")
    shown = f"[{host}]" if ":" in host else host
    return urlunsplit(parts._replace(netloc=f"{user}{at}{shown}:{port}"))
