"""The traffic process as the campaign starts it, a target that keeps its own log, and what was recorded."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from preseason.embedded.server import free_port
from preseason.run.manifest import Stage
from preseason.run.requests import Requests
from preseason.run.segments import read_segments
from preseason.run.tables import Table
from preseason.run.timeline import EventKind, read_timeline
from preseason.traffic.plan import PLAN_VARIABLE, Plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Begins what is told of a conductor that could not look after its drivers.
STOOD_STILL = "it stood still for"
TARGET = Path(__file__).with_name("logged_target.py")

FOREIGN = """
    from locust import FastHttpUser, constant, task

    class Somebody(FastHttpUser):
        wait_time = constant(1)

        @task
        def read(self):
            self.client.get("/x?page=1")
"""


@dataclass(frozen=True)
class Target:
    url: str
    log: Path

    def requests(self, path: str = "/x") -> list[float]:
        """When the target itself saw each request."""
        return [at_s for at_s, seen in self._seen() if seen.startswith(path)]

    def by_path(self) -> dict[str, list[float]]:
        """The same for each path."""
        moments: dict[str, list[float]] = {}
        for at_s, path in self._seen():
            moments.setdefault(path, []).append(at_s)
        return moments

    def is_asked_steadily(self, for_s: float) -> bool:
        """Whether nothing has held the load up for so long."""
        now_s = time.time()
        moments_s = [now_s - for_s, *(at_s for at_s in self.requests() if at_s > now_s - for_s), now_s]
        return all(later_s - earlier_s < 0.5 for earlier_s, later_s in pairwise(moments_s))

    def _seen(self) -> Iterator[tuple[float, str]]:
        """Of a line that is just being written, nothing."""
        whole, _, _ = self.log.read_text().rpartition("\n")
        for line in whole.splitlines():
            at_s, path = line.split()
            yield float(at_s), path


@contextmanager
def serving(folder: Path, *, stall_every_s: float = 3600.0, stall_s: float = 0.0) -> Iterator[Target]:
    log = folder / "target.log"
    log.touch()
    command = [sys.executable, str(TARGET), "0", str(log), str(stall_every_s), str(stall_s)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Target(f"http://127.0.0.1:{process.stdout.readline().strip()}", log)
        finally:
            process.kill()


def plan_for(folder: Path, target: Target, locustfile: str, **changes: object) -> Plan:
    path = folder / "somebody_else.py"
    path.write_text(textwrap.dedent(locustfile))
    run_folder = folder / "run"
    run_folder.mkdir()
    stage = Stage(kind="hold", start_s=0, end_s=3, begin=50, end=50, unit="arrivals/s")
    facts = {"model": "open", "stages": (stage,), "users": 20, "limits_ms": (100.0, 200.0), **changes}
    facts.setdefault("port", free_port())
    return Plan(run_folder=run_folder, host=target.url, locustfiles=(path,), **facts)


@contextmanager
def traffic(plan: Plan) -> Iterator[subprocess.Popen[bytes]]:
    plan_file = plan.run_folder / "plan.json"
    plan_file.write_text(plan.model_dump_json())
    with (plan.run_folder / "traffic.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "preseason.traffic"],
            env={**os.environ, PLAN_VARIABLE: str(plan_file)},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=log,
        )
    try:
        yield process
    finally:
        process.stdin.close()
        process.kill()
        process.wait()


def run(plan: Plan) -> Requests:
    with traffic(plan) as process:
        assert process.wait(timeout=120) == 0, (plan.run_folder / "traffic.log").read_text()
    return recorded(plan)


def recorded(plan: Plan) -> Requests:
    return Requests.of(read_segments(plan.run_folder, Table.REQUESTS), plan.limits_ms)


def arrivals(plan: Plan) -> dict[str, int]:
    table = read_segments(plan.run_folder, Table.ARRIVALS)
    names = ("planned", "started", "late", "starved", "dropped", "finished")
    return {name: int(np.sum(table[name].to_numpy())) for name in names}


def until(condition: Callable[[], bool], timeout_s: float = 90.0) -> None:
    """Wait for it: Locust takes a while to start, and longest where several start beside each other."""
    deadline_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline_s, "it did not happen in time"
        time.sleep(0.05)


def per_second(plan: Plan) -> list[int]:
    table = read_segments(plan.run_folder, Table.ARRIVALS).group_by("second").aggregate([("planned", "sum")])
    return [row["planned_sum"] for row in table.sort_by("second").to_pylist() if row["planned_sum"]]


def losses(plan: Plan) -> list[str]:
    """What was lost of the load, but for the time in which the conductor itself stood still."""
    lost = [event.text for event in read_timeline(plan.run_folder) if event.kind is EventKind.WORKER_LOST]
    return [text for text in lost if not text.startswith(STOOD_STILL)]


def notes(plan: Plan) -> list[str]:
    return [event.text for event in read_timeline(plan.run_folder) if event.kind is EventKind.NOTE]
