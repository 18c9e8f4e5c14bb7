"""What observing costs: our backend's CPU, the collectors' process, and the throughput of pgbench beside it.

All sources at their default pace on a database that was lived in: hundreds of tables, thousands of statements
in pg_stat_statements. Throughput is compared in pairs: whatever else the machine does hits both sides.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING, Self

import numpy as np
import psutil
import psycopg
from scipy.stats import t as student

from benchmarks.support import machine
from preseason.collectors.postgres.session import APPLICATION_NAME
from preseason.collectors.settings import CollectorSettings
from preseason.embedded import servers
from preseason.lifeline import Lifeline

if TYPE_CHECKING:
    from collections.abc import Iterator

PAIRS, SECONDS, IDLE_S = 16, 12, 130
SCALE, CLIENTS = 10, 4
TABLES, SHAPES = 300, 3000
OURS = f"SELECT pid FROM pg_stat_activity WHERE application_name = '{APPLICATION_NAME}'"


@dataclass(frozen=True, slots=True)
class Cost:
    """Processors kept busy, as a share of one core, of our backend and of the collectors' process."""

    backend: float
    process: float


def main() -> None:
    bench = _pgbench()
    if bench is None:
        print("pgbench is not installed: it comes with Debian's postgresql package", file=sys.stderr)
        return
    binaries = bench.resolve().parent
    with Lifeline() as lifeline:
        postgres = servers.start_postgres(
            lifeline, binaries=binaries if (binaries / "postgres").exists() else None
        )
        redis = servers.start_redis(lifeline)
        _live_in(postgres.url, bench)
        with _collecting(postgres.url, redis.url) as pid:
            idle = _cost(postgres.url, pid, IDLE_S)
        pairs = [
            _pair(postgres.url, redis.url, bench, watched_first=round_ % 2 == 0) for round_ in range(PAIRS)
        ]
    busy = Cost(
        float(np.mean([cost.backend for _, cost in pairs])),
        float(np.mean([cost.process for _, cost in pairs])),
    )
    _print(postgres.version, idle, busy, np.array([ratio for ratio, _ in pairs]))


def _print(version: str, idle: Cost, busy: Cost, ratios: np.ndarray) -> None:
    print(f"\nPostgres {version}, {TABLES} tables, {SHAPES} statements; {machine.description()}\n")
    print("| beside it | our backend | collectors' process |\n|---|---|---|")
    print(f"| nothing, {IDLE_S} s | {idle.backend:.2%} | {idle.process:.2%} |")
    print(f"| pgbench -S -c {CLIENTS}, mean of {PAIRS} | {busy.backend:.2%} | {busy.process:.2%} |")
    mean, low, high = interval(ratios)
    print(f"\npgbench with the collectors over without: {mean:.3f} ({low:.3f}-{high:.3f}, {PAIRS} pairs)")


def interval(ratios: np.ndarray) -> tuple[float, float, float]:
    """The geometric mean of ratios, shape (n,), and its 95 % interval (Student's t on their logarithms)."""
    logs = np.log(ratios)
    half = student.ppf(0.975, len(logs) - 1) * logs.std(ddof=1) / np.sqrt(len(logs))
    mean, low, high = np.exp([logs.mean(), logs.mean() - half, logs.mean() + half]).tolist()
    return mean, low, high


def _pair(dsn: str, redis_url: str, bench: Path, *, watched_first: bool) -> tuple[float, Cost]:
    """Transactions a second with over without, and what it cost."""
    rates: dict[bool, float] = {}
    cost = Cost(0, 0)
    for watched in (watched_first, not watched_first):
        if watched:
            with _collecting(dsn, redis_url) as pid, _Loaded(dsn, bench) as load:
                cost = _cost(dsn, pid, SECONDS - 1)
            rates[True] = load.rate
        else:
            with _Loaded(dsn, bench) as load:
                pass
            rates[False] = load.rate
    print(f"{rates[True]:.0f}/s with, {rates[False]:.0f}/s without, {cost}", file=sys.stderr)
    return rates[True] / rates[False], cost


class _Loaded:
    """pgbench for ``SECONDS`` beside what the ``with`` holds; ``rate`` is then its transactions a second."""

    def __init__(self, dsn: str, bench: Path) -> None:
        self.rate = 0.0
        self._command = [str(bench), "-S", "-c", str(CLIENTS), "-T", str(SECONDS), "-n", dsn]

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        return self

    def __exit__(self, *_: object) -> None:
        said, _rest = self._process.communicate()
        found = re.search(r"tps = ([\d.]+)", said)
        self.rate = float(found[1]) if found else float("nan")


def _cost(dsn: str, pid: int, seconds: float) -> Cost:
    with psycopg.connect(dsn, autocommit=True) as connection:
        (backend,) = connection.execute(OURS.encode()).fetchone() or (0,)
    ours, process = psutil.Process(backend), psutil.Process(pid)
    before, began_s = (_cpu_s(ours), _cpu_s(process)), time.monotonic()
    time.sleep(seconds)
    spent_s = time.monotonic() - began_s
    return Cost((_cpu_s(ours) - before[0]) / spent_s, (_cpu_s(process) - before[1]) / spent_s)


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


@contextmanager
def _collecting(dsn: str, redis_url: str) -> Iterator[int]:
    """The collectors' process, ready and at its default pace."""
    with tempfile.TemporaryDirectory() as folder:
        settings = CollectorSettings(run_folder=Path(folder), postgres_dsn=dsn, redis_url=redis_url)
        command = [sys.executable, "-m", "preseason.collectors"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            if process.stdin is None or process.stdout is None:
                raise OSError("no pipes")
            process.stdin.write(settings.model_dump_json() + "\n")
            process.stdin.flush()
            process.stdout.readline()
            try:
                yield process.pid
            finally:
                process.stdin.close()
                process.stdout.read()


def _live_in(dsn: str, bench: Path) -> None:
    """Fill the database with tables, and pg_stat_statements with statements of different shape."""
    subprocess.run([bench, "-i", "-q", "-s", str(SCALE), dsn], check=True, capture_output=True)
    with psycopg.connect(dsn, autocommit=True) as connection:
        for number in range(TABLES):
            connection.execute(f"CREATE TABLE kept_{number} (id int PRIMARY KEY, what text)".encode())
            connection.execute(f"CREATE INDEX ON kept_{number} (what)".encode())
        for number in range(SHAPES):
            connection.execute(
                f"SELECT {', '.join(['id'] * (number % 100 + 1))} FROM kept_{number // 100}".encode()
            )


def _pgbench() -> Path | None:
    folders = [os.environ.get("PATH", ""), *map(str, Path("/").glob("usr/lib/postgresql/*/bin"))]
    found = [which("pgbench", path=folder) for folder in reversed(folders)]
    return next((Path(path) for path in found if path), None)


if __name__ == "__main__":
    main()
