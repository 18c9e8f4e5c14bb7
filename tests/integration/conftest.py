"""A Postgres and a Redis for all integration tests, and an Astral Field on them."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import psycopg
import pytest
from astral_process import AstralField
from postgres_sessions import VERSIONS, name_of
from psycopg.conninfo import make_conninfo

from preseason.embedded import servers
from preseason.lifeline import Lifeline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from preseason.embedded.servers import Running


@pytest.fixture(scope="session", params=VERSIONS, ids=name_of)
def any_postgres(request: pytest.FixtureRequest) -> Iterator[str]:
    """A Postgres of each version that this machine has, for collectors alone."""
    with Lifeline() as lifeline:
        conf = {"max_prepared_transactions": "2"}
        yield servers.start_postgres(lifeline, binaries=request.param, conf=conf).url


@pytest.fixture(scope="session")
def running_servers() -> Iterator[Running]:
    with servers.start() as running:
        yield running


@pytest.fixture(scope="session")
def postgres_dsn(running_servers: Running) -> str:
    """The server's own database; whoever makes tables in it drops them."""
    return running_servers.postgres_dsn


@pytest.fixture(scope="session")
def redis_url(running_servers: Running) -> str:
    return running_servers.redis_url


@pytest.fixture(scope="session")
def new_database(postgres_dsn: str) -> Callable[[], str]:
    """Makes an empty database and gives its DSN."""

    def create() -> str:
        name = f"test_{uuid.uuid4().hex}"
        with psycopg.connect(postgres_dsn, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        return make_conninfo(postgres_dsn, dbname=name)

    return create


@pytest.fixture(scope="session")
def astral_field(new_database: Callable[[], str], redis_url: str) -> Iterator[AstralField]:
    """A healthy reference platform; tests that write keep to a league of their own."""
    with AstralField.started(new_database(), redis_url) as platform:
        yield platform
