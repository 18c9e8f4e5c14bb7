"""Postgres: a pool of connections, and statements by name from the files in ``sql/``."""

from __future__ import annotations

import re
import select
from contextlib import asynccontextmanager
from importlib import resources
from typing import TYPE_CHECKING, Any, Final, Self, TypeAlias

import psycopg
from psycopg_pool import AsyncConnectionPool

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from psycopg import AsyncConnection

Row: TypeAlias = "tuple[Any, ...]"

POOL_SIZE: Final = 25
ACQUIRE_TIMEOUT_S: Final = 20.0
APPLICATION: Final = "astral-field"
_NAMED: Final = re.compile(r"^-- name: (\w+)\n(.*?)(?=^-- name: |\Z)", re.MULTILINE | re.DOTALL)


def script(name: str) -> bytes:
    """A whole file of ``sql/``."""
    return resources.files(__package__).joinpath("sql", name).read_bytes()


def named_statements() -> Mapping[str, bytes]:
    """Every statement that stands under ``-- name:`` in one of the files."""
    files = resources.files(__package__).joinpath("sql").iterdir()
    texts = [file.read_text() for file in files if file.name.endswith(".sql")]
    return {name: sql.strip().encode() for text in texts for name, sql in _NAMED.findall(text)}


class Database:
    """Runs named statements, each in a transaction of its own unless inside :meth:`transaction`."""

    def __init__(self, pool: AsyncConnectionPool[AsyncConnection[Row]]) -> None:
        self.pool = pool
        #: Something to wait for before a statement of this name runs; how a fault makes one of them slow.
        self.burdens: dict[str, Callable[[], Awaitable[object]]] = {}
        self._statements = named_statements()

    @classmethod
    @asynccontextmanager
    async def opened(cls, dsn: str) -> AsyncIterator[Self]:
        async def still_there(connection: AsyncConnection[Row]) -> None:
            if _has_ended(connection):
                await connection.close()
                await pool.check()  # what ended this one has probably ended others
                raise psycopg.OperationalError("the server has ended this connection")

        pool = AsyncConnectionPool(
            dsn,
            kwargs={"autocommit": True, "application_name": APPLICATION, "connect_timeout": 5},
            min_size=POOL_SIZE,
            timeout=ACQUIRE_TIMEOUT_S,
            check=still_there,
            reconnect_timeout=1,  # then the next request tries again: soon after Postgres is back
            open=False,
        )
        async with pool:
            await pool.wait()
            yield cls(pool)

    async def row(self, name: str, **values: object) -> Row | None:
        """The first row a named statement gives."""
        if burden := self.burdens.get(name):
            await burden()
        async with self.pool.connection() as connection:
            cursor = await connection.execute(self._statements[name], values)
            return await cursor.fetchone()

    async def text(self, name: str, **values: object) -> str | None:
        """The one text a named statement gives."""
        row = await self.row(name, **values)
        return row[0] if row else None

    async def run(self, name: str, **values: object) -> None:
        async with self.pool.connection() as connection:
            await connection.execute(self._statements[name], values)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        async with self.pool.connection() as connection, connection.transaction():
            yield Transaction(connection, self._statements)


class Transaction:
    """Named statements that happen together or not at all."""

    def __init__(self, connection: AsyncConnection[Row], statements: Mapping[str, bytes]) -> None:
        self._connection = connection
        self._statements = statements

    async def run(self, name: str, **values: object) -> None:
        await self._connection.execute(self._statements[name], values)

    async def rows(self, name: str, **values: object) -> list[Row]:
        cursor = await self._connection.execute(self._statements[name], values)
        return await cursor.fetchall()

    async def row(self, name: str, **values: object) -> Row | None:
        cursor = await self._connection.execute(self._statements[name], values)
        return await cursor.fetchone()

    async def text(self, name: str, **values: object) -> str:
        """The one text of a statement that always gives one."""
        [[text]] = await self.rows(name, **values)
        return str(text)


def _has_ended(connection: AsyncConnection[Row]) -> bool:
    """Whether the server has ended an idle connection.

    It has nothing to say to one, unless it is good-bye: a look at the socket costs no round trip.
    """
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN | select.POLLHUP)
    return bool(poll.poll(0))
