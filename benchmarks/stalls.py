"""p95 and p99 against a target that stalls, beside the truth computed from the schedule and the stalls.

The truth is the waiting-time recursion of a single FIFO server: a request begins when it has arrived, its
predecessor has ended and no stall is on. Closed-loop tools report 5 ms here, where it is about 600.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.support import machine
from benchmarks.support.loads import hold, run_load
from benchmarks.support.machine import pinned
from benchmarks.support.stalling_server import SERVICE_S
from preseason.traffic.arrivals import Rate, schedule

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUNDS, SECONDS, RATE, USERS = 5, 30, 200, 400


@dataclass(frozen=True, slots=True)
class Round:
    """Measured over true, for p95 and p99, and how many requests of the schedule were not made."""

    p95_ms: float
    p99_ms: float
    true_p95_ms: float
    true_p99_ms: float
    lost: int


def main() -> None:
    print(
        f"\nTarget stalling 1 s every 10 s, {RATE} arrivals/s, median of {ROUNDS}; {machine.description()}\n"
    )
    print("| client | p95 ms | true p95 ms | ratio | p99 ms | true p99 ms | ratio | lost |")
    print("|---|---|---|---|---|---|---|---|")
    for title, user in (("LeanUser", "Lean"), ("a foreign HttpUser", "Foreign")):
        rounds = [_round(user, seed) for seed in range(ROUNDS)]
        figures = {name: median(getattr(each, name) for each in rounds) for name in Round.__slots__}
        ratios = [
            median(getattr(each, f"{p}_ms") / getattr(each, f"true_{p}_ms") for each in rounds)
            for p in ("p95", "p99")
        ]
        lost = sum(each.lost for each in rounds)
        p95, p99 = (f"{figures[f'{p}_ms']:.0f} | {figures[f'true_{p}_ms']:.0f}" for p in ("p95", "p99"))
        print(f"| {title} | {p95} | {ratios[0]:.3f} | {p99} | {ratios[1]:.3f} | {lost} |")


def _round(user: str, seed: int) -> Round:
    stages = hold(RATE, SECONDS)
    with _stalling() as (url, log):
        measured = run_load(url, user=user, stages=stages, users=USERS, seed=seed, drain_timeout_s=10.0)
        stalls = np.loadtxt(log, ndmin=2)
    chunks = schedule(Rate.of(stages), poisson=True, weights=[1.0], seed=seed)
    arrivals = measured.began_s + np.concatenate([chunk.time_s for chunk in chunks])
    true_ms = truth_ms(arrivals, stalls)
    histogram = measured.requests.histogram()
    p95, p99 = (histogram.quantile_ms(q) or 0.0 for q in (0.95, 0.99))
    true_p95, true_p99 = np.quantile(true_ms, [0.95, 0.99], method="inverted_cdf").tolist()
    print(f"{user} seed {seed}: {p95:.0f}/{true_p95:.0f} {p99:.0f}/{true_p99:.0f}", file=sys.stderr)
    return Round(p95, p99, true_p95, true_p99, len(arrivals) - measured.requests.total)


def truth_ms(arrivals_s: np.ndarray, stalls_s: np.ndarray) -> np.ndarray:
    """Response times of a FIFO server; arrivals shape (n,), stalls shape (m, 2): begin and end."""
    ended_s, response_ms = 0.0, []
    for arrived_s in arrivals_s:
        begins_s = max(arrived_s, ended_s)
        for stall_begin_s, stall_end_s in stalls_s:
            if stall_begin_s <= begins_s < stall_end_s:
                begins_s = stall_end_s
        ended_s = begins_s + SERVICE_S
        response_ms.append((ended_s - arrived_s) * 1000)
    return np.array(response_ms)


@contextmanager
def _stalling() -> Iterator[tuple[str, Path]]:
    with tempfile.TemporaryDirectory() as name:
        log = Path(name) / "stalls"
        log.touch()
        command = [*pinned(1), sys.executable, "-m", "benchmarks.support.stalling_server", str(log)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                port = process.stdout.readline().strip() if process.stdout else ""
                yield f"http://127.0.0.1:{port}", log
            finally:
                process.kill()


if __name__ == "__main__":
    main()
