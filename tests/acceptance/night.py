"""A night as soaks are tested: a target that logs what it was asked, and an hour's worth of one question."""

from __future__ import annotations

import json
import socket
import sys
import textwrap
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_SERVER = Path(__file__).parents[1] / "integration" / "traffic" / "logged_target.py"
_SOMEBODY = """
    from locust import FastHttpUser, task

    class Somebody(FastHttpUser):
        @task
        def read(self):
            self.client.get("PATH")
"""
#: Of requests that the target saw in one second, so many at most may be answered in another.
MAX_IN_FLIGHT = 5
_SLO = f"""
    load: {{model: open, rate: 20/s, duration: 1h, warmup: 1s, seed: 7, max_in_flight: {MAX_IN_FLIGHT}}}
    objectives:
"""


def serving(port: int, log: Path, host: str = "127.0.0.1") -> list[str]:
    """The command of a target that never stalls."""
    return [sys.executable, str(_SERVER), str(port), str(log), "3600", "0", host]


def requests_in(log: Path) -> list[float]:
    """When the target itself saw each request of the load; its last line may still be on its way."""
    lines = (line.split() for line in log.read_text().rpartition("\n")[0].splitlines())
    return [float(at_s) for at_s, path in lines if path == "/x"]


def is_listening(port: int, host: str = "127.0.0.1") -> bool:
    try:
        socket.create_connection((host, port), timeout=5).close()
    except OSError:
        return False
    return True


def options_of_soak(folder: Path, url: str, *objectives: str, path: str = "/x") -> tuple[str, ...]:
    """Write the question of a soak of ``url`` into ``folder``; the options that ask it."""
    (folder / "somebody_else.py").write_text(textwrap.dedent(_SOMEBODY).replace("PATH", path))
    listed = "".join(f"  - {objective}\n" for objective in objectives)
    (folder / "night.yaml").write_text(textwrap.dedent(_SLO) + listed)
    asked = ("--target", url, "--locustfile", "somebody_else.py", "--slo", "night.yaml")
    return (*asked, "--rest", "1s", "--cool-down", "1s")


def until(condition: Callable[[], bool], timeout_s: float = 120.0) -> None:
    deadline_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline_s, "it did not happen in time"
        time.sleep(0.1)


def outcomes(folder: Path) -> dict[str, str]:
    """By objective: what is said of each does not depend on whether this machine had time for the load."""
    judged = json.loads((folder / "verdict.json").read_text())["objectives"]
    return {one["name"]: one["outcome"] for one in judged}
