"""Postgres connections that give up on a server which keeps the connection and never answers."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

import psycopg
from psycopg.rows import TupleRow

if TYPE_CHECKING:
    from collections.abc import Generator

    from psycopg.abc import PQGen

CONNECT_S = 3
#: Longer than the server's own statement timeout: only a server that is stuck as a whole takes this long.
ANSWER_S = 6.0

T = TypeVar("T")
_Wait = TypeVar("_Wait")
_Ready = TypeVar("_Ready")


class DeadlineConnection(psycopg.Connection[TupleRow]):
    """Raises OperationalError after ``ANSWER_S`` without an answer; libpq alone would wait for ever."""

    def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
        """Run ``gen`` to its end, for ``timeout`` seconds at most."""
        return super().wait(_until(gen, time.monotonic() + (timeout or ANSWER_S)), interval)


def _until(gen: Generator[_Wait, _Ready, T], deadline: float) -> Generator[_Wait, _Ready, T]:
    """``gen``, given up at ``deadline``; while nothing happens it is resumed every interval."""
    try:
        waits_for = next(gen)
        while True:
            ready = yield waits_for
            if time.monotonic() > deadline:
                raise psycopg.OperationalError(f"no answer within {ANSWER_S:g} s")
            waits_for = gen.send(ready)
    except StopIteration as end:
        result: T = end.value
        return result
