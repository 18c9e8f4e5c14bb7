"""What each fault does. All of it is real: queries burn time, locks are held, connections are taken."""

from __future__ import annotations

import asyncio
import json
import mmap
import random
import sys
import time
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

import psycopg

from preseason.astral_field.exchange import refusal
from preseason.astral_field.fault_names import Fault

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

    from starlette.types import ASGIApp, Receive, Scope, Send

    from preseason.astral_field.cache import Cache
    from preseason.astral_field.database import Database, Row
    from preseason.astral_field.fault_names import PlannedFault

ERROR_SHARE: Final = 0.2
SLOW_SHARE: Final = 0.03
SLOW_S: Final = 1.5
LOCKS_HELD_S: Final = 1.0
LOCKS_FREE_S: Final = 0.5
POOL_HELD_S: Final = 4.0
POOL_FREE_S: Final = 1.0
LEAK_BYTES: Final = 1_000_000
RETRY_S: Final = 1.0
STALL_S: Final = 1.0
STALL_EVERY_S: Final = 10.0


class Disturbance:
    """In front of the application: fails or delays a share of its answers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.error_share = 0.0
        self.slow_share = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        chance = random.random()  # noqa: S311 - nothing secret
        if chance < self.error_share:
            await refusal(500, "Internal server error")(scope, receive, send)
            return
        if chance > 1 - self.slow_share:
            await asyncio.sleep(SLOW_S)
        await self._app(scope, receive, send)


@dataclass(frozen=True, slots=True)
class Victim:
    """The parts of a platform that faults reach into."""

    database: Database
    cache: Cache
    disturbance: Disturbance
    dsn: str = field(repr=False)


async def cache_off(victim: Victim) -> None:
    """Every read looks its key up where nothing was ever written, misses, and goes to Postgres."""
    victim.cache.blind_to.add("")


async def slow_query(victim: Victim) -> None:
    """``/api/players`` is no longer cached, and every list waits for a ranking of the season: 1.2 s of SQL.

    One ranking is made at a time, and whoever comes meanwhile waits for it: it never takes more than one
    connection and one core of the database, so other endpoints stay usable.
    """
    running: asyncio.Task[object] | None = None

    async def rank() -> None:
        nonlocal running
        if running is None or running.done():
            running = asyncio.create_task(victim.database.row("ranking_of_the_season"))
        await asyncio.shield(running)

    victim.cache.blind_to.add("players")
    victim.database.burdens["players"] = rank


async def missing_index(victim: Victim) -> None:
    """The index that finds a team's roster is gone: whole tables are read. A clean end brings it back."""
    await victim.database.run("drop_roster_index")
    try:
        await _for_ever()
    finally:
        await victim.database.run("create_roster_index")


async def lock_contention(victim: Victim) -> None:
    """A session holds every roster row for 1 s of every 1.5 s: lineups and trades wait for it."""
    while True:
        async with victim.database.transaction() as transaction:
            await transaction.run("lock_every_team")
            await transaction.run("lock_every_roster")
            await asyncio.sleep(LOCKS_HELD_S)
        await asyncio.sleep(LOCKS_FREE_S)


async def pool_exhaustion(victim: Victim) -> None:
    """All connections of the pool are in idle transactions for 4 s of every 5 s: whatever needs one waits."""
    while True:
        async with AsyncExitStack() as held:
            for _ in range(victim.database.pool.max_size):
                connection = await held.enter_async_context(victim.database.pool.connection())
                await held.enter_async_context(connection.transaction())
            await asyncio.sleep(POOL_HELD_S)
        await asyncio.sleep(POOL_FREE_S)


async def connection_leak(victim: Victim) -> None:
    """A new connection to Postgres every second, never closed, until Postgres lets nobody in any more."""
    leaked: list[psycopg.AsyncConnection[Row]] = []
    try:
        while True:
            try:
                leaked.append(
                    await psycopg.AsyncConnection.connect(victim.dsn, application_name="astral-field-leak")
                )
            except psycopg.OperationalError as error:
                _log(event="connection-refused", held=len(leaked), error=str(error))
            await asyncio.sleep(1)
    finally:
        for connection in leaked:
            await connection.close()


async def error_burst(victim: Victim) -> None:
    """One request in five is answered 500."""
    victim.disturbance.error_share = ERROR_SHARE


async def tail_latency(victim: Victim) -> None:
    """Three requests in a hundred take 1.5 s longer: p99 breaks, p95 does not."""
    victim.disturbance.slow_share = SLOW_SHARE


async def stall(_: Victim) -> None:
    """The event loop stands still for 1 s of every 10 s; each time is logged on standard error."""
    while True:
        began_s = time.time()
        time.sleep(STALL_S)  # noqa: ASYNC251 - this is the fault
        _log(event="stall", began_s=round(began_s, 3), ended_s=round(time.time(), 3))
        await asyncio.sleep(STALL_EVERY_S - STALL_S)


async def memory_leak(_: Victim) -> None:
    """A megabyte a second is written and never given back."""
    leaked = []
    while True:
        pages = mmap.mmap(-1, LEAK_BYTES)  # fresh ones: the heap still has room from start-up
        pages.write(b"\1" * LEAK_BYTES)
        leaked.append(pages)
        await asyncio.sleep(1)


Effect: TypeAlias = "Callable[[Victim], Awaitable[None]]"
EFFECTS: Final[dict[Fault, Effect]] = {
    Fault.CACHE_OFF: cache_off,
    Fault.SLOW_QUERY: slow_query,
    Fault.MISSING_INDEX: missing_index,
    Fault.LOCK_CONTENTION: lock_contention,
    Fault.POOL_EXHAUSTION: pool_exhaustion,
    Fault.CONNECTION_LEAK: connection_leak,
    Fault.ERROR_BURST: error_burst,
    Fault.TAIL_LATENCY: tail_latency,
    Fault.STALL: stall,
    Fault.MEMORY_LEAK: memory_leak,
}


@asynccontextmanager
async def inflicted(
    planned: Iterable[PlannedFault],
    victim: Victim,
    ready: asyncio.Event,
    announce: Callable[..., None],
) -> AsyncIterator[None]:
    """Once ready, each fault begins in its time; at the end they are stopped, and what can be repaired is."""
    tasks = [asyncio.create_task(_inflict(fault, victim, ready, announce)) for fault in planned]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _inflict(
    planned: PlannedFault, victim: Victim, ready: asyncio.Event, announce: Callable[..., None]
) -> None:
    await ready.wait()
    await asyncio.sleep(planned.delay_s)
    announce(event="fault", name=planned.fault)
    while True:
        try:
            return await EFFECTS[planned.fault](victim)
        except psycopg.OperationalError as error:  # Postgres went away: go on when it is back
            _log(event="fault-interrupted", name=planned.fault, error=str(error))
            await asyncio.sleep(RETRY_S)


async def _for_ever() -> None:
    await asyncio.get_running_loop().create_future()


def _log(**event: object) -> None:
    sys.stderr.write(json.dumps(event) + "\n")
    sys.stderr.flush()
