"""Runs our scenarios as somebody does who only knows Locust."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

LOCUSTFILES = Path(__file__).parents[2] / "locustfiles"


@dataclass(frozen=True)
class LocustRun:
    """What a Locust run said: its output, and requests and failures by method and name."""

    exit_code: int
    output: str
    requests: dict[tuple[str, str], int]
    failures: dict[tuple[str, str], str]


def run_locust(
    host: str,
    folder: Path,
    *arguments: str,
    files: Path = LOCUSTFILES,
    users_file: Path | None = None,
    logins_per_s: str | None = None,
    interrupt_after_s: float | None = None,
) -> LocustRun:
    """Run ``locust --headless`` to its end, or until a Ctrl-C, with its tables in ``folder``."""
    ours = {"PRESEASON_USERS": users_file, "PRESEASON_LOGINS_PER_S": logins_per_s}
    environ = {name: value for name, value in os.environ.items() if name not in ours}
    environ |= {name: str(value) for name, value in ours.items() if value is not None}
    command = [sys.executable, "-m", "locust", "-f", str(files), "--headless", "--host", host]
    process = subprocess.Popen(
        [*command, "--csv", str(folder / "locust"), "--only-summary", *arguments],
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=folder,
    )
    with process:
        if interrupt_after_s is not None:
            time.sleep(interrupt_after_s)
            process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=90)
    return LocustRun(process.returncode, output, _requests(folder), _failures(folder))


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


def _requests(folder: Path) -> dict[tuple[str, str], int]:
    rows = _rows(folder / "locust_stats.csv")
    return {(row["Type"], row["Name"]): int(row["Request Count"]) for row in rows if row["Type"]}


def _failures(folder: Path) -> dict[tuple[str, str], str]:
    return {(row["Method"], row["Name"]): row["Error"] for row in _rows(folder / "locust_failures.csv")}


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return list(csv.DictReader(file))
