"""A node_exporter and a Prometheus of Debian's, and servers that do their worst in their place."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from patience import PATIENCE_S, eventually

from preseason.embedded.server import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from preseason.lifeline import Child, Lifeline

NODE_EXPORTER = Path("/usr/bin/prometheus-node-exporter")
PROMETHEUS = Path("/usr/bin/prometheus")
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"


def need(program: Path) -> None:
    """Skip where a program is not installed; where CI is set, fail."""
    if not program.exists():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"needs {program}, of Debian's package")


def start_node_exporter(lifeline: Lifeline, port: int | None = None) -> tuple[Child, str]:
    """The running exporter and the address of its page."""
    need(NODE_EXPORTER)
    port = port or free_port()
    child = lifeline.start(
        [str(NODE_EXPORTER), f"--web.listen-address=127.0.0.1:{port}"], name="node_exporter"
    )
    eventually(lambda: answers(port, "/metrics"))
    return child, f"http://127.0.0.1:{port}/metrics"


def start_prometheus(lifeline: Lifeline, folder: Path, page: str, scrape_s: int = 1) -> tuple[Child, str]:
    """The running Prometheus, which scrapes ``page`` every ``scrape_s`` and has once, and its address."""
    need(PROMETHEUS)
    port = free_port()
    folder.mkdir(exist_ok=True)
    target = page.removeprefix("http://").removesuffix("/metrics")
    (folder / "prometheus.yml").write_text(
        "scrape_configs:\n"
        f"- {{job_name: node, scrape_interval: {scrape_s}s, static_configs: [{{targets: ['{target}']}}]}}\n"
    )
    child = lifeline.start(
        [
            str(PROMETHEUS),
            f"--config.file={folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
        ],
        name="prometheus",
    )
    eventually(lambda: answers(port, "/-/ready"))
    eventually(lambda: has_scraped(port))
    return child, f"http://127.0.0.1:{port}"


def has_scraped(port: int) -> bool:
    """Whether a Prometheus can tell something of what it scrapes."""
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        connection.request("GET", "/api/v1/query?query=node_load1")
        return bool(json.loads(connection.getresponse().read())["data"]["result"])
    except OSError:
        return False
    finally:
        connection.close()


def processors_s(page: str) -> float:
    """What a node_exporter tells of its processors, whatever they did: seconds of all together."""
    host, _, path = page.removeprefix("http://").partition("/")
    connection = HTTPConnection(host, timeout=PATIENCE_S)
    try:
        connection.request("GET", f"/{path}")
        lines = connection.getresponse().read().decode().splitlines()
    finally:
        connection.close()
    return sum(float(line.split()[1]) for line in lines if line.startswith("node_cpu_seconds_total{"))


def scraped_s(url: str, query: str) -> set[float]:
    """When a Prometheus scraped the one series of ``query`` in the last minutes, as it tells (UTC epoch)."""
    connection = HTTPConnection(url.removeprefix("http://"), timeout=PATIENCE_S)
    try:
        connection.request("GET", f"/api/v1/query?query={query}[10m]")
        (series,) = json.loads(connection.getresponse().read())["data"]["result"]
        return {at_s for at_s, _ in series["values"]}
    finally:
        connection.close()


def answers(port: int, path: str) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def in_silence(connection: socket.socket) -> None:
    connection.recv(1)


def by_drops_of_its_head(connection: socket.socket) -> None:
    connection.sendall(HEAD)
    while True:
        connection.sendall(b"X-More: 1\r\n")
        time.sleep(0.1)


def by_drops_of_its_body(connection: socket.socket) -> None:
    connection.sendall(HEAD + b"\r\n")
    while True:
        connection.sendall(b"# one more comment\n")
        time.sleep(0.1)


def without_end(connection: socket.socket) -> None:
    connection.sendall(HEAD + b"\r\n")
    while True:
        connection.sendall(b"# comment\n" * 10_000)


def with_a_failure(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n")


def elsewhere(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")


def with_half_a_page(connection: socket.socket) -> None:
    connection.sendall(HEAD + b'\r\nnode_cpu_seconds_total{cpu="0",mode="idle"} 1\nnode_lo')


def with_something_else(connection: socket.socket) -> None:
    connection.sendall(HEAD + b"\r\n<html>Welcome to nginx!</html>\n")


@contextmanager
def server(answer: Callable[[socket.socket], None], heard: list[bytes] | None = None) -> Iterator[str]:
    """The address of a server that does ``answer`` to each connection; ``heard`` gets what it was asked."""

    def serve(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            while b"\r\n\r\n" not in (came := connection.recv(65536, socket.MSG_PEEK)):
                if not came:  # it left before it had asked
                    return
            asked = connection.recv(65536)
            if heard is not None:
                heard.append(asked)
            answer(connection)

    def accept(listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                connection, _ = listening.accept()
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=accept, args=(listening,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            listening.shutdown(socket.SHUT_RDWR)
