from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any, TypeVar

import httpx
import pytest
from raw_server import Peer, RawServer
from test_tls_connections import certificate, served_by

from preseason.embedded.server import free_port

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

T = TypeVar("T")

#: Only a Locust that hangs takes so long.
PATIENCE_S = 90.0

SCENARIO = """
from locust import task

from preseason.traffic.user import LeanUser


class Visitor(LeanUser):
    verify = {verify!r}
    headers = {{"X-Synthetic": "1"}}

    def on_start(self):
        self.client.post("/login", form={{"email": "a@b"}})
        assert self.client.cookies.get("session") == "s"

    @task
    def visit(self):
        for number in range(10):
            self.client.get(f"/teams/{{number}}", name="/teams/{{id}}", params={{"week": 1}})
        self.client.get("/missing")
        self.client.get("/players", check=lambda response: "no players")
        self.environment.runner.quit()
"""

#: The master ends when its workers have told it of everything, and not when a time is over.
ENDED_BY_ITS_MASTER = """
import gevent
from locust import events
from locust.runners import MasterRunner


@events.init.add_listener
def end_when_all_is_told(environment, **_):
    def await_all():
        while environment.stats.get("/teams/{id}", "GET").num_requests < 20:
            gevent.sleep(0.1)
        environment.runner.quit()

    if isinstance(environment.runner, MasterRunner):
        gevent.spawn(await_all)
"""


def platform(peer: Peer) -> None:
    while request := peer.read_request():
        path = request.split()[1]
        if path == b"/login":
            peer.answer(headers="Set-Cookie: session=s; Secure\r\n")
        elif path == b"/missing":
            peer.answer(status="404 Not Found")
        else:
            peer.answer(b'{"id": 1}')


def run_locust(scenario: Path, host: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Runs Locust, and ends its workers with it."""
    command = [sys.executable, "-m", "locust", "-f", scenario, "--headless", "--only-summary", "--host", host]
    with subprocess.Popen(
        [*command, "-t", "60s", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as locust:
        try:
            output, errors = locust.communicate(timeout=120)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(locust.pid, signal.SIGKILL)
    return subprocess.CompletedProcess(command, locust.returncode, output, errors)


def split_documents(output: str) -> list[str]:
    """Locust prints one JSON document a process."""
    documents, at = [], 0
    while text := output[at:].lstrip():
        at = len(output) - len(text)
        _, length = json.JSONDecoder().raw_decode(text)
        documents.append(text[:length])
        at += length
    return documents


def statistics(output: str) -> dict[str, dict[str, Any]]:
    return {entry["name"]: entry for entry in json.loads(output)}


@pytest.mark.parametrize("over_tls", [False, True], ids=["plain", "tls"])
def test_locust_counts_what_a_lean_user_asks(tmp_path: Path, over_tls: bool) -> None:  # noqa: FBT001 - a parameter
    pem = certificate(tmp_path, "IP:127.0.0.1") if over_tls else None
    scenario = tmp_path / "visitor.py"
    scenario.write_text(SCENARIO.format(verify=str(pem) if pem else True))
    with RawServer(platform, tls=served_by(pem) if pem else None) as server:
        finished = run_locust(scenario, server.url, "-u", "1", "--json")
    assert finished.returncode == 1, finished.stderr  # Locust's way to say that requests failed
    counted = statistics(finished.stdout)
    asked = {
        name: (entry["method"], entry["num_requests"], entry["num_failures"])
        for name, entry in counted.items()
    }
    assert asked == {
        "/login": ("POST", 1, 0),
        "/teams/{id}": ("GET", 10, 0),
        "/missing": ("GET", 1, 1),
        "/players": ("GET", 1, 1),
    }
    assert len(server.requests) == 13
    assert server.connections == 1
    assert all(b"\r\nX-Synthetic: 1\r\n" in request for request in server.requests)
    assert all(b"\r\nCookie: session=s\r\n" in request for request in server.requests[1:])
    assert counted["/teams/{id}"]["total_content_length"] == 90


def test_failures_stand_in_locusts_report_by_their_cause(tmp_path: Path) -> None:
    scenario = tmp_path / "visitor.py"
    scenario.write_text(SCENARIO.format(verify=True))
    with RawServer(platform) as server:
        finished = run_locust(scenario, server.url, "-u", "1")
    assert "status 404" in finished.stderr
    assert "no players" in finished.stderr


def test_worker_processes_report_to_their_master(tmp_path: Path) -> None:
    scenario = tmp_path / "visitor.py"
    stopping = SCENARIO.format(verify=True).replace("self.environment.runner.quit()", "self.stop()")
    scenario.write_text(stopping + ENDED_BY_ITS_MASTER)
    port = str(free_port())
    options = ["--processes", "2", "--master-port", port, "--master-bind-port", port]
    with RawServer(platform) as server:
        finished = run_locust(scenario, server.url, "-u", "2", "-r", "2", "--json", *options)
    counted = [statistics(document) for document in split_documents(finished.stdout)]
    assert max(stats["/teams/{id}"]["num_requests"] for stats in counted if stats) == 20, finished.stderr
    assert server.connections == 2


def test_the_web_ui_starts_lean_users_and_shows_what_they_ask(tmp_path: Path) -> None:
    scenario = tmp_path / "visitor.py"
    scenario.write_text(SCENARIO.format(verify=True).replace("self.environment.runner.quit()", "self.stop()"))
    web = f"http://127.0.0.1:{(port := str(free_port()))}"
    command = [sys.executable, "-m", "locust", "-f", scenario, "--web-host", "127.0.0.1", "--web-port", port]
    with RawServer(platform) as server, subprocess.Popen(command, stderr=subprocess.DEVNULL) as locust:
        try:
            eventually(lambda: httpx.get(web, timeout=PATIENCE_S).is_success)
            swarm = {"user_count": 1, "spawn_rate": 1, "host": server.url}
            assert httpx.post(f"{web}/swarm", data=swarm, timeout=PATIENCE_S).json()["success"]
            counted = eventually(lambda: shown(web, "/missing"))
            assert (counted["method"], counted["num_requests"], counted["num_failures"]) == ("GET", 1, 1)
            assert shown(web, "/teams/{id}")["num_requests"] == 10
        finally:
            locust.kill()


def shown(web: str, name: str) -> dict[str, Any]:
    """What the web UI's table says of an endpoint; nothing if it does not stand there."""
    rows = httpx.get(f"{web}/stats/requests", timeout=PATIENCE_S).json()["stats"]
    return next((row for row in rows if row["name"] == name), {})


def eventually(happened: Callable[[], T], timeout_s: float = PATIENCE_S) -> T:
    """The first true value that ``happened`` gives."""
    deadline_s = time.monotonic() + timeout_s
    while True:
        with contextlib.suppress(httpx.TransportError):
            if value := happened():
                return value
        assert time.monotonic() < deadline_s, "it never happened"
        time.sleep(0.1)


def test_a_host_that_is_missing_or_wrong_is_told_in_words(tmp_path: Path) -> None:
    scenario = tmp_path / "visitor.py"
    scenario.write_text(SCENARIO.format(verify=True))
    finished = run_locust(scenario, "league.example", "-u", "1", "-t", "1s")
    assert "neither http nor https" in finished.stderr


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("preseason.traffic", {"gevent", "locust"}),
        ("preseason.traffic.client", {"locust"}),
    ],
)
def test_an_import_brings_no_more_than_it_must(module: str, absent: set[str]) -> None:
    probe = f"import sys, {module}; print(*sorted({absent!r} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", probe], check=True, capture_output=True, text=True).stdout
    assert found.split() == []


def test_importing_the_client_patches_nothing() -> None:
    probe = "import preseason.traffic.client, socket; print(socket.socket.__module__)"
    found = subprocess.run([sys.executable, "-c", probe], check=True, capture_output=True, text=True).stdout
    assert found.strip() == "socket"
