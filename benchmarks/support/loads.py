"""Runs the traffic process on a plan, for the benchmarks of the open workload."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import psutil

from benchmarks.support.machine import pinned
from preseason.embedded.server import free_port
from preseason.run.histogram import Histogram
from preseason.run.manifest import Stage
from preseason.run.requests import Requests
from preseason.run.samples import Samples
from preseason.run.segments import read_segments
from preseason.run.tables import Table
from preseason.run.timeline import EventKind, read_timeline
from preseason.traffic.plan import PLAN_VARIABLE, Plan

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

USERS_FILE = Path(__file__).with_name("load_users.py")
_SETTLED_S = 1.0


@dataclass(frozen=True, slots=True)
class Measured:
    """What a finished load recorded, and the CPU time all its processes took."""

    requests: Requests
    lags: Histogram
    arrivals: dict[str, int]
    samples: Samples
    began_s: float
    cpu_s: float
    #: Requests a CPU second of all processes together, while the load stood: no start, no end.
    requests_a_cpu_s: float


def hold(rate: float, seconds: float) -> tuple[Stage, ...]:
    return (Stage(kind="hold", start_s=0, end_s=seconds, begin=rate, end=rate, unit="arrivals/s"),)


def run_load(
    url: str, *, user: str = "Lean", workers: int = 0, cores: bool = True, **facts: object
) -> Measured:
    """Run one open load of a class of ``load_users``; ``facts`` are fields of the plan.

    ``cores`` pins the generator to the first.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        given = {"model": "open", "locustfiles": (USERS_FILE,), "port": free_port(), **facts}
        plan = Plan(run_folder=folder, host=url, workers=workers, **given)
        (folder / "plan.json").write_text(plan.model_dump_json(), encoding="utf-8")
        environment = os.environ | {"BENCH_USER": user}
        with (
            _workers(plan, folder, environment) as others,
            _master(folder, environment, pin=cores) as master,
        ):
            span = _watch_cpu(folder, plan.duration_s, [master, *others])
            cpu_s = sum(_cpu_of(process) for process in (master, *others))
        if master.returncode:
            raise RuntimeError((folder / "log").read_text())
        return _read(folder, cpu_s, span)


@contextmanager
def _master(folder: Path, environment: dict[str, str], *, pin: bool) -> Iterator[subprocess.Popen[bytes]]:
    command = [*(pinned(0) if pin else []), sys.executable, "-m", "preseason.traffic"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            command,
            env=environment | {PLAN_VARIABLE: str(folder / "plan.json")},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=log,
        )
    try:
        yield process
    finally:
        _end(process)


@contextmanager
def _workers(
    plan: Plan, folder: Path, environment: dict[str, str]
) -> Iterator[list[subprocess.Popen[bytes]]]:
    command = [sys.executable, "-m", "locust", "--worker", "-f", "-", "--master-port", str(plan.port)]
    files = folder / "files"
    files.mkdir()
    environment = environment | {"TMPDIR": str(files)}
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    others = [subprocess.Popen(command, cwd=files, env=environment, **quiet) for _ in range(plan.workers)]
    try:
        yield others
    finally:
        for process in others:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.returncode is None:
        process.kill()
        process.wait()


@dataclass(frozen=True, slots=True)
class _CpuSpan:
    """The CPU seconds that were taken between two moments (UTC epoch seconds)."""

    start_s: float
    end_s: float
    cpu_s: float


def _watch_cpu(
    folder: Path, duration_s: float, processes: Sequence[subprocess.Popen[bytes]]
) -> _CpuSpan | None:
    """What the processes and their children take from a second into the load to a second before its end."""
    began_s = _await_load(folder, processes[0])
    if began_s is None:
        return None
    start_s, end_s = began_s + _SETTLED_S, began_s + duration_s - _SETTLED_S
    _sleep_until(start_s)
    before_s = _cpu_so_far(processes)
    _sleep_until(end_s)
    return _CpuSpan(start_s, end_s, _cpu_so_far(processes) - before_s)


def _await_load(folder: Path, master: subprocess.Popen[bytes]) -> float | None:
    while os.waitid(os.P_PID, master.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        for event in read_timeline(folder):
            if event.kind is EventKind.LOAD_STARTED:
                return event.at_s
        time.sleep(0.1)
    return None


def _sleep_until(moment_s: float) -> None:
    time.sleep(max(0.0, moment_s - time.time()))


def _cpu_so_far(processes: Sequence[subprocess.Popen[bytes]]) -> float:
    parents = [psutil.Process(process.pid) for process in processes]
    everybody = [one for parent in parents for one in (parent, *parent.children(recursive=True))]
    return sum(times.user + times.system for times in (one.cpu_times() for one in everybody))


def _cpu_of(process: subprocess.Popen[bytes]) -> float:
    """Waits for a process; the CPU seconds it and its children took."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime


def _read(folder: Path, cpu_s: float, span: _CpuSpan | None) -> Measured:
    table = read_segments(folder, Table.ARRIVALS)
    names = ("planned", "started", "late", "starved", "dropped", "finished")
    lags = (table[f"lag_{part}"].combine_chunks().flatten().to_numpy() for part in ("bucket", "count"))
    requests = Requests.of(read_segments(folder, Table.REQUESTS), ())
    began = next(event for event in read_timeline(folder) if event.kind is EventKind.LOAD_STARTED)
    return Measured(
        requests=requests,
        lags=Histogram.from_pairs(*lags),
        arrivals={name: int(np.sum(table[name].to_numpy())) for name in names},
        samples=Samples.of(read_segments(folder, Table.SAMPLES)),
        began_s=began.at_s,
        cpu_s=cpu_s,
        requests_a_cpu_s=_requests_a_cpu_s(requests, span),
    )


def _requests_a_cpu_s(requests: Requests, span: _CpuSpan | None) -> float:
    if span is None or not span.cpu_s:
        return float("nan")
    return requests.between(round(span.start_s), round(span.end_s)).total / span.cpu_s
