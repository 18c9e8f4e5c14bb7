"""Before anything is started: what the user must mend is told from what does not answer."""

from __future__ import annotations

import socket
import socketserver
import threading
import time
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from patience import eventually
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from preseason.collectors.preflight import check_postgres, check_redis
from preseason.embedded import servers
from preseason.errors import BadInputError, PreseasonError, UnreachableError
from preseason.lifeline import Lifeline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SECRET = "sekret"


@pytest.fixture
def mute() -> Iterator[str]:
    """A place where something accepts and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


def refusal(error: pytest.ExceptionInfo[PreseasonError]) -> str:
    """Everything a user is shown, which never holds the password."""
    shown = str(error.value)
    assert SECRET not in shown
    return shown


def test_a_server_that_answers_is_named_without_its_credentials(postgres_dsn: str, redis_url: str) -> None:
    postgres, cache = check_postgres(postgres_dsn), check_redis(redis_url)
    known = conninfo_to_dict(postgres_dsn)
    assert postgres.address == f"postgresql://127.0.0.1:{known['port']}/postgres"
    assert cache.address == f"redis://{redis_url.rpartition('@')[2]}"
    assert postgres.version.partition(".")[0].isdecimal()
    assert cache.version.partition(".")[0].isdecimal()


@pytest.mark.parametrize(
    "mistaken", [{"password": SECRET}, {"user": "nobody", "password": SECRET}, {"dbname": "no such database"}]
)
def test_credentials_and_databases_that_postgres_refuses_are_bad_input(
    postgres_dsn: str, mistaken: dict[str, str]
) -> None:
    with pytest.raises(BadInputError) as error:
        check_postgres(make_conninfo(postgres_dsn, **mistaken))
    assert refusal(error).startswith("--postgres: ")


def test_encryption_that_the_server_lacks_is_bad_input(postgres_dsn: str) -> None:
    with pytest.raises(BadInputError, match="SSL"):
        check_postgres(make_conninfo(postgres_dsn, sslmode="require"))


def let_in(dsn: str) -> psycopg.Connection[Any] | None:
    try:
        return psycopg.connect(dsn)
    except psycopg.OperationalError:
        return None


def test_a_server_whose_connections_are_all_taken_is_unreachable() -> None:
    conf = {"max_connections": "4", "superuser_reserved_connections": "0", "max_wal_senders": "0"}
    with Lifeline() as lifeline, ExitStack() as taken:
        server = servers.start_postgres(lifeline, conf=conf)
        for _ in range(4):  # whoever found that the server had started may still be leaving
            taken.enter_context(eventually(lambda: let_in(server.url)))
        with pytest.raises(UnreachableError, match="max_connections"):
            check_postgres(server.url)


@pytest.mark.parametrize("url", ["redis://:{0}@{1}", "redis://nobody:{0}@{1}"])
def test_credentials_that_redis_refuses_are_bad_input(redis_url: str, url: str) -> None:
    with pytest.raises(BadInputError) as error:
        check_redis(url.format(SECRET, redis_url.rpartition("@")[2]))
    assert refusal(error).startswith("--redis: ")


def test_a_redis_database_that_is_not_there_is_bad_input(redis_url: str) -> None:
    with pytest.raises(BadInputError, match="out of range"):
        check_redis(f"{redis_url.rpartition('/')[0]}/9999")


def test_nobody_there_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(UnreachableError) as error:
        check_postgres(f"postgresql://somebody:{SECRET}@127.0.0.1:{port}/any")
    assert refusal(error).startswith(f"--postgres 127.0.0.1:{port}: ")
    with pytest.raises(UnreachableError) as error:
        check_redis(f"redis://:{SECRET}@127.0.0.1:{port}/0")
    assert refusal(error).startswith(f"--redis 127.0.0.1:{port}: ")


def test_somebody_who_accepts_and_never_answers_is_unreachable(mute: str) -> None:
    with pytest.raises(UnreachableError) as error:
        check_postgres(f"postgresql://somebody:{SECRET}@{mute}/any")
    assert refusal(error).startswith(f"--postgres {mute}: ")
    with pytest.raises(UnreachableError) as error:
        check_redis(f"redis://:{SECRET}@{mute}/0")
    assert refusal(error).startswith(f"--redis {mute}: ")


@contextmanager
def answering(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """The place of a server that does ``answer`` to whoever says something, until he leaves."""

    class Visit(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                self.request.recv(65536)
                answer(self.request)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False

    with Server(("127.0.0.1", 0), Visit) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()


def by_drops(connection: socket.socket) -> None:
    """Never over, and faster than any limit on a single read."""
    while True:
        connection.sendall(b"+O")
        time.sleep(0.1)


def without_end(connection: socket.socket) -> None:
    connection.sendall(b"$1000000000\r\n")
    while True:
        connection.sendall(b"x" * 65536)


def with_nonsense(connection: socket.socket) -> None:
    connection.sendall(b"*many\r\n")


def ever_deeper(connection: socket.socket) -> None:
    while True:
        connection.sendall(b"*1\r\n" * 16384)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (by_drops, "no whole answer within 2 s"),
        (without_end, "the answer is longer than 8 MiB"),
        (with_nonsense, "this is no answer of a Redis"),
        (ever_deeper, "this is no answer of a Redis"),
    ],
)
def test_a_redis_that_does_its_worst_costs_a_moment_and_says_why(
    answer: Callable[[socket.socket], None], reason: str
) -> None:
    with answering(answer) as place, pytest.raises(UnreachableError) as error:
        check_redis(f"redis://:{SECRET}@{place}/0")
    assert reason in refusal(error)


def test_a_server_of_the_other_kind_is_unreachable(postgres_dsn: str) -> None:
    with pytest.raises(UnreachableError):
        check_redis(f"redis://:{SECRET}@127.0.0.1:{conninfo_to_dict(postgres_dsn)['port']}/0")
