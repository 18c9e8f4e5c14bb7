"""From the settings to a server that answers, and back to nothing."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import socket
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import uvicorn
import uvloop

from preseason.astral_field import VERSION
from preseason.astral_field.app import application
from preseason.astral_field.cache import Cache
from preseason.astral_field.database import Database
from preseason.astral_field.faults import Disturbance, Victim, inflicted
from preseason.astral_field.seeding.loading import install, write_accounts
from preseason.astral_field.session import Sessions
from preseason.astral_field.signing import Signer
from preseason.errors import BadInputError, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.types import ASGIApp

    from preseason.astral_field.fault_names import PlannedFault
    from preseason.astral_field.seeding.loading import Installation
    from preseason.astral_field.settings import Settings

#: What is alive after start-up lives on: collecting it again and again costs tail latency.
GC_THRESHOLD: Final = 50_000
KEEP_ALIVE_S: Final = 75
GOODBYE_S: Final = 5


def serve(settings: Settings) -> None:
    """Seed the database if need be, and answer until SIGINT or SIGTERM.

    Raises BadInputError for wrong settings and UnreachableError without Postgres or Redis.
    """
    faults = settings.checked()
    with _bound(settings.host, settings.port) as listener:
        installation = install(settings.postgres_dsn, leagues=settings.leagues, seed=settings.seed)
        if settings.users_file:
            write_accounts(settings.users_file, settings.leagues)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(settings, faults, installation, listener))


async def _serve(
    settings: Settings,
    faults: tuple[PlannedFault, ...],
    installation: Installation,
    listener: socket.socket,
) -> None:
    announce = _announce if settings.announce else _keep_quiet
    ready = asyncio.Event()

    def on_ready() -> None:
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        url = f"http://{host}:{listener.getsockname()[1]}"
        announce(event="ready", url=url, pid=os.getpid(), version=VERSION)
        ready.set()

    async with (
        Cache.opened(settings.redis_url, f"astral:{installation.id}") as cache,
        Database.opened(settings.postgres_dsn) as database,
    ):
        sessions = Sessions(
            database, Signer(installation.signing_key), secure_cookies=settings.secure_cookies
        )
        app = application(database, cache, sessions)
        disturbance = Disturbance(app)
        victim = Victim(database, cache, disturbance, settings.postgres_dsn)
        async with inflicted(faults, victim, ready, announce):
            await _Server(disturbance if faults else app, on_ready).serve(sockets=[listener])


class _Server(uvicorn.Server):
    """Uvicorn, but it says when it answers, and an end by a signal is an ordinary one."""

    def __init__(self, app: ASGIApp, on_ready: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http="httptools",
                ws="none",
                lifespan="off",
                access_log=False,
                log_level="warning",
                server_header=False,
                timeout_keep_alive=KEEP_ALIVE_S,
                timeout_graceful_shutdown=GOODBYE_S,
            )
        )
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        gc.collect()
        gc.freeze()
        gc.set_threshold(GC_THRESHOLD)
        self._on_ready()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Uvicorn would raise the signal again at the end, before we could clean up."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield


def _bound(host: str, port: int) -> socket.socket:
    """A socket that is ours but refuses connections until the server listens."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        remedy = "choose another, or port 0 for any free one"
        raise BadInputError(Problem(error.strerror or str(error), f"{host}:{port}", remedy)) from None
    return listener


def _announce(**event: object) -> None:
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


def _keep_quiet(**_: object) -> None:
    pass
