"""Runs the traffic process on a plan, for the benchmarks of the open workload."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.support.machine import pinned
from preseason.run.histogram import Histogram
from preseason.run.manifest import Stage
from preseason.run.requests import Requests
from preseason.run.samples import Samples
from preseason.run.segments import read_segments
from preseason.run.tables import Table
from preseason.run.timeline import EventKind, read_timeline
from preseason.traffic.plan import PLAN_VARIABLE, Plan

if TYPE_CHECKING:
    from collections.abc import Iterator

USERS_FILE = Path(__file__).with_name("load_users.py")


@dataclass(frozen=True, slots=True)
class Measured:
    """What a finished load recorded, and the CPU time all its processes took."""

    requests: Requests
    lags: Histogram
    arrivals: dict[str, int]
    samples: Samples
    began_s: float
    cpu_s: float


def hold(rate: float, seconds: float) -> tuple[Stage, ...]:
    return (Stage(kind="hold", start_s=0, end_s=seconds, begin=rate, end=rate, unit="arrivals/s"),)


def run_load(url: str, *, workers: int = 0, cores: bool = True, **facts: object) -> Measured:
    """Run one open load; ``facts`` are fields of the plan. ``cores`` pins the generator to the first."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        given = {"model": "open", "locustfiles": (USERS_FILE,), "port": free_port(), **facts}
        plan = Plan(run_folder=folder, host=url, workers=workers, **given)
        (folder / "plan.json").write_text(plan.model_dump_json(), encoding="utf-8")
        with _workers(plan, folder) as others:
            cpu_s = _run_master(folder, pin=cores)
            cpu_s += sum(_cpu_of(process) for process in others)
        return _read(folder, cpu_s)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _run_master(folder: Path, *, pin: bool) -> float:
    command = [*(pinned(0) if pin else []), sys.executable, "-m", "preseason.traffic"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            command,
            env={**os.environ, PLAN_VARIABLE: str(folder / "plan.json")},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=log,
        )
        cpu_s = _cpu_of(process)
    if process.returncode:
        raise RuntimeError((folder / "log").read_text())
    return cpu_s


@contextmanager
def _workers(plan: Plan, folder: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    command = [sys.executable, "-m", "locust", "--worker", "-f", "-", "--master-port", str(plan.port)]
    files = folder / "files"
    files.mkdir()
    environment = {**os.environ, "TMPDIR": str(files)}
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    others = [subprocess.Popen(command, cwd=files, env=environment, **quiet) for _ in range(plan.workers)]
    try:
        yield others
    finally:
        for process in others:
            if process.poll() is None:
                process.kill()
                process.wait()


def _cpu_of(process: subprocess.Popen[bytes]) -> float:
    """Waits for a process; the CPU seconds it and its children took."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime


def _read(folder: Path, cpu_s: float) -> Measured:
    table = read_segments(folder, Table.ARRIVALS)
    names = ("planned", "started", "late", "starved", "dropped", "finished")
    lags = (table[f"lag_{part}"].combine_chunks().flatten().to_numpy() for part in ("bucket", "count"))
    began = next(event for event in read_timeline(folder) if event.kind is EventKind.LOAD_STARTED)
    return Measured(
        requests=Requests.of(read_segments(folder, Table.REQUESTS), ()),
        lags=Histogram.from_pairs(*lags),
        arrivals={name: int(np.sum(table[name].to_numpy())) for name in names},
        samples=Samples.of(read_segments(folder, Table.SAMPLES)),
        began_s=began.at_s,
        cpu_s=cpu_s,
    )
