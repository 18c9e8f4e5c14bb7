"""Memory a user costs: as it is created, and with its one connection open over TLS."""

from __future__ import annotations

import gc
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.support import machine
from benchmarks.support.json_servers import json_server

IDLE_USERS = 10_000
CONNECTED_USERS = 500
KINDS = ("LeanUser", "FastHttpUser", "HttpUser")


def main() -> None:
    with tempfile.TemporaryDirectory() as name, json_server(Path(name)) as server:
        measured = {kind: _measure(kind, server.tls_url, str(server.certificate)) for kind in KINDS}
    print(f"\nKB a user; {machine.description()}\n")
    print("| | idle | connected over TLS |\n|---|---|---|")
    for kind, (idle_bytes, connected_bytes) in measured.items():
        print(f"| {kind} | {idle_bytes / 1000:.1f} | {connected_bytes / 1000:.1f} |")


def _measure(kind: str, url: str, certificate: str) -> list[float]:
    """In a process of its own: importing Locust patches the process, and memory never quite comes back."""
    command = [sys.executable, "-m", "benchmarks.client_memory", kind, url, certificate]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [float(figure) for figure in output.split()]


def _probe(kind: str, url: str, certificate: str) -> None:
    import locust  # noqa: PLC0415 - patches the process: only here
    from locust.env import Environment  # noqa: PLC0415 - as above

    from preseason.traffic.user import LeanUser  # noqa: PLC0415 - as above

    parent: Any = LeanUser if kind == "LeanUser" else getattr(locust, kind)
    user_class: Any = type("Visitor", (parent,), {"host": url, "verify": certificate})
    environment = Environment(user_classes=[user_class])
    print(_bytes_each(lambda: user_class(environment), IDLE_USERS))
    print(_bytes_each(lambda: _connected(user_class(environment), certificate), CONNECTED_USERS))


def _connected(user: Any, certificate: str) -> Any:  # noqa: ANN401 - any of three kinds of user
    if hasattr(user.client, "verify"):
        user.client.verify = certificate
    response = user.client.get("/team.json")
    assert response.ok if hasattr(response, "ok") else response.status_code == 200
    return user


def _bytes_each(make: Any, count: int) -> float:  # noqa: ANN401 - a function without arguments
    kept = [make() for _ in range(10)]
    gc.collect()
    before_bytes = _resident_bytes()
    kept += [make() for _ in range(count)]
    gc.collect()
    return (_resident_bytes() - before_bytes) / count


def _resident_bytes() -> int:
    import psutil  # noqa: PLC0415 - after Locust has patched the process

    resident: int = psutil.Process().memory_info().rss
    return resident


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _probe(*sys.argv[1:])
    else:
        main()
