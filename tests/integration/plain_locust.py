"""Runs our scenarios as somebody does who only knows Locust."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

LOCUSTFILES = Path(__file__).parents[2] / "locustfiles"
COUNTING = Path(__file__).with_name("counting_locust.py")
#: A run that does not come to what a test waits for ends after so long.
LONGEST_S = 90.0


Endpoint: TypeAlias = tuple[str, str]


@dataclass(frozen=True)
class LocustRun:
    """What a Locust run said: its output, and requests and failures by method and name."""

    exit_code: int
    output: str
    ran_s: float
    requests: dict[Endpoint, int]
    failures: dict[Endpoint, str]


@dataclass(frozen=True)
class Until:
    """When a run is to end: not before so many seconds, nor before so many requests and these failures.

    It ends as Locust ends it, or ``interrupted`` by a Ctrl-C.
    """

    least_s: float
    requests: Mapping[Endpoint, int] = field(default_factory=dict)
    failures: Collection[Endpoint] = ()
    interrupted: bool = False


def run_locust(
    host: str,
    folder: Path,
    until: Until,
    *arguments: str,
    files: Path = LOCUSTFILES,
    users_file: Path | None = None,
    logins_per_s: str | None = None,
) -> LocustRun:
    """Run ``locust --headless`` to its end, with what it counted in ``folder``."""
    counting = folder / "counting.json"
    counting.write_text(_told(until))
    ours = {"PRESEASON_USERS": users_file, "PRESEASON_LOGINS_PER_S": logins_per_s, "COUNTING": counting}
    environ = {name: value for name, value in os.environ.items() if name not in ours}
    environ |= {name: str(value) for name, value in ours.items() if value is not None}
    command = [sys.executable, "-m", "locust", "-f", f"{files},{COUNTING}", "--headless", "--host", host]
    with subprocess.Popen(
        [*command, "--only-summary", "-t", f"{LONGEST_S:g}s", *arguments],
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=folder,
    ) as process:
        try:
            if until.interrupted:
                _await(counting.with_suffix(".enough"), process)
                process.send_signal(signal.SIGINT)
            output, _ = process.communicate(timeout=LONGEST_S + 30)
        finally:
            process.kill()
    counted = _counted(counting.with_suffix(".counted"))
    return LocustRun(process.returncode, output, **counted)


def _await(file: Path, process: subprocess.Popen[str]) -> None:
    while process.poll() is None and not file.exists():
        time.sleep(0.05)


def _told(until: Until) -> str:
    return json.dumps(
        {
            "least_s": until.least_s,
            "wanted": [[*where, count] for where, count in until.requests.items()],
            "wanted_failures": [list(where) for where in until.failures],
            "interrupts": until.interrupted,
        }
    )


def _counted(path: Path) -> dict[str, Any]:
    """Nothing of a Locust that ended before it began."""
    said = json.loads(path.read_text()) if path.exists() else {"ran_s": 0, "requests": [], "failures": []}
    tables = {
        name: {(method, endpoint): value for method, endpoint, value in said[name]}
        for name in ("requests", "failures")
    }
    return {"ran_s": said["ran_s"], **tables}


@contextmanager
def worker_of_a_master(port: str, folder: Path) -> Iterator[None]:
    """A worker that knows the scenarios and where its master is, and of no accounts."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PRESEASON_")}
    command = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILES), "--worker", "--master-port", port]
    with (folder / "worker.log").open("wb") as log:
        process = subprocess.Popen(command, env=environ, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        yield
    finally:
        process.kill()
        process.wait()
