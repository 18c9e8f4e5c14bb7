"""Starts a throw-away Redis that keeps everything in memory."""

from __future__ import annotations

import secrets
import subprocess
from typing import TYPE_CHECKING

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from preseason.embedded.places import server_user
from preseason.embedded.programs import NO_REDIS, Machine, find_redis
from preseason.embedded.server import Server, environment, free_port, listening, write_private
from preseason.errors import UnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from preseason.embedded.programs import Log
    from preseason.lifeline import Child, Lifeline

SETTINGS: Mapping[str, str] = {"save": '""', "appendonly": "no"}


def start_redis(
    lifeline: Lifeline,
    log: Log = lambda _: None,
    *,
    conf: Mapping[str, str] | None = None,
    binaries: Path | None = None,
    machine: Machine | None = None,
    ports: Callable[[], int] = free_port,
) -> Server:
    """Start Redis on 127.0.0.1; ready when it returns.

    ``conf`` overrides our settings, values as redis.conf wants them; ``binaries`` names the folder with
    ``redis-server``. Raises UnreachableError where there is no Redis, or it does not start.
    """
    found = (
        (binaries / "redis-server", f"folder {binaries}") if binaries else find_redis(machine or Machine())
    )
    if found is None:
        raise UnreachableError(NO_REDIS)
    program, source = found
    user = server_user()
    folder = lifeline.folder("redis", owner=user)
    said = lifeline.folder("redis-log") / "said.txt"
    password = secrets.token_hex(16)
    settings = {"bind": "127.0.0.1", **SETTINGS, **(conf or {}), "requirepass": password}
    text = "".join(f"{key} {value}\n" for key, value in settings.items())
    file = write_private(folder / "redis.conf", text, user)

    def launch(port: int) -> Child:
        with said.open("ab") as output:
            return lifeline.start(
                [str(program), str(file), "--port", str(port)],
                name="Redis",
                env=environment(folder),
                cwd=folder,
                user=user,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    port, child, version = listening(launch, lambda port: _version(_url(password, port)), said, ports)
    log(f"Redis {version} ({source}) listens on 127.0.0.1:{port}")
    return Server(_url(password, port), source, version, child)


def _url(password: str, port: int) -> str:
    return f"redis://:{password}@127.0.0.1:{port}/0"


def _version(url: str) -> str | None:
    """Its version once it lets us in; a stranger on our port does not know the password."""
    try:
        with redis.Redis.from_url(url, socket_timeout=2, retry=Retry(NoBackoff(), 0)) as client:
            return str(client.info("server")["redis_version"])
    except redis.RedisError:
        return None
