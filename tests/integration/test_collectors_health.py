"""Health endpoints that do their worst: whatever they send, they are down, and cost no more than a moment."""

from __future__ import annotations

import socketserver
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest
from collecting import collecting
from patience import eventually

from preseason.collectors.health import version_told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from socket import socket

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@contextmanager
def serving(misbehave: Callable[[socket], None]) -> Iterator[str]:
    """A target that lets ``misbehave`` answer every connection, and does not mind who leaves."""

    class Answer(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                self.request.recv(65536)
                misbehave(self.request)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False

    with Server(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def endless(client: socket) -> None:
    client.sendall(HEAD + b"\r\n")
    while True:
        client.sendall(b" " * 65536)


def trickling_body(client: socket) -> None:
    client.sendall(HEAD + b"Content-Length: 1000000\r\n\r\n")
    trickle(client, b" ")


def trickling_head(client: socket) -> None:
    client.sendall(HEAD)
    trickle(client, b"X-Slow: 1\r\n")


def trickle(client: socket, piece: bytes) -> None:
    """Faster than any limit on a single read."""
    while True:
        client.sendall(piece)
        time.sleep(0.1)


def closing(_: socket) -> None:
    """Nothing at all."""


@pytest.mark.parametrize(
    ("misbehave", "reason"),
    [
        (endless, "longer than 8 MiB"),
        (trickling_body, "no whole answer within 3 s"),
        (trickling_head, "no whole answer within 3 s"),
        (closing, "disconnected"),
    ],
)
def test_a_target_without_a_whole_answer_is_down_and_says_why(
    tmp_path: Path, misbehave: Callable[[socket], None], reason: str
) -> None:
    with serving(misbehave) as url, collecting(tmp_path, target_url=url) as run:
        eventually(lambda: len(run.samples.get("health", "up")) > 0)
        eventually(lambda: any(reason in note.text for note in run.notes("health")))
        assert run.finish() == 0
    assert set(run.samples.get("health", "up").value) == {0.0}
    assert run.gaps("health") == []
    assert len(run.samples.get("host", "cpu")) > 0


@pytest.mark.parametrize(
    ("body", "version"),
    [
        (b'{"status": "healthy", "version": "2.1.0-rc.1+3f9c2ab"}', "2.1.0-rc.1+3f9c2ab"),
        (b'{"version": "two words"}', None),
        (b'{"version": 2}', None),
        (b'["2.1.0"]', None),
        (b"not JSON", None),
    ],
)
def test_the_version_of_a_platform_is_what_its_health_endpoint_calls_it(
    body: bytes, version: str | None
) -> None:
    head = HEAD + f"Content-Length: {len(body)}\r\n\r\n".encode()
    with serving(lambda client: client.sendall(head + body)) as url:
        assert version_told(url) == version


def test_a_platform_that_cannot_be_asked_has_no_version_told() -> None:
    assert version_told("http://127.0.0.1:9") is None
