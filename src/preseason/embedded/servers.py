"""Starts Postgres and Redis together; they live as long as the ``with``, or as the given lifeline."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from preseason.embedded.postgres import start_postgres
from preseason.embedded.programs import Machine
from preseason.embedded.redis import start_redis
from preseason.errors import Problem, UnreachableError
from preseason.lifeline import Lifeline

if TYPE_CHECKING:
    from collections.abc import Mapping

    from preseason.embedded.programs import Log
    from preseason.embedded.server import Server
    from preseason.lifeline import Child

__all__ = ["Machine", "Running", "start", "start_postgres", "start_redis"]


@dataclass(frozen=True, slots=True)
class Running:
    """Both servers, ready; leaving it as a context stops them. The addresses carry passwords."""

    postgres_dsn: str = field(repr=False)
    redis_url: str = field(repr=False)
    postgres_source: str
    redis_source: str
    postgres_version: str
    redis_version: str
    postgres_pid: int
    redis_pid: int
    children: tuple[Child, ...] = field(repr=False)
    _closing: ExitStack = field(repr=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()


def start(
    lifeline: Lifeline | None = None,
    log: Log = lambda _: None,
    *,
    postgres_conf: Mapping[str, str] | None = None,
    redis_conf: Mapping[str, str] | None = None,
    machine: Machine | None = None,
) -> Running:
    """Start both, on a lifeline of their own if none is given.

    Raises UnreachableError with a problem for each server that is missing or does not start.
    """
    machine = machine or Machine()
    plan = ((start_redis, redis_conf), (start_postgres, postgres_conf))
    servers: list[Server] = []
    problems: list[Problem] = []
    with ExitStack() as opened:
        lifeline = lifeline or opened.enter_context(Lifeline())
        for starter, conf in plan:
            try:
                servers.append(starter(lifeline, log, conf=conf, machine=machine))
                opened.callback(servers[-1].child.stop)
            except UnreachableError as error:
                problems += error.problems
        if problems:
            raise UnreachableError(problems)
        redis, postgres = servers
        return _running(postgres, redis, opened.pop_all())


def _running(postgres: Server, redis: Server, closing: ExitStack) -> Running:
    return Running(
        postgres_dsn=postgres.url,
        redis_url=redis.url,
        postgres_source=postgres.source,
        redis_source=redis.source,
        postgres_version=postgres.version,
        redis_version=redis.version,
        postgres_pid=postgres.child.pid,
        redis_pid=redis.child.pid,
        children=(postgres.child, redis.child),
        _closing=closing,
    )
