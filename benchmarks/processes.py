"""Requests a CPU second with two processes, and with a master and two workers, over one process.

Each process makes the same rate, so that none has more to do between two looks at the clock than another.
All CPU time of all processes counts, the master's too, while the load stands. Two runs of one process side by
side are the control: what they lose to one alone is the machine's doing, which two processes have to share.
"""

from __future__ import annotations

import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import mean, median
from typing import TYPE_CHECKING

from benchmarks.support import machine
from benchmarks.support.json_servers import json_server
from benchmarks.support.loads import hold, run_load

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS, SECONDS, RATE, USERS = 9, 12, 3000, 100
ALONE, CONTROL = "one process", "two runs of one process at once"
HERE = machine.description()


def main() -> None:
    with tempfile.TemporaryDirectory() as name, json_server(Path(name)) as server:
        rounds = [_round(server.plain_url, number) for number in range(ROUNDS)]
    title = f"At {RATE} requests/s a process, median of {ROUNDS}; {server.program}"
    print(f"\n{title}; {machine.description()}\n")
    print(f"| | requests/CPU-s | × {ALONE} | × {CONTROL} |\n|---|---|---|---|")
    for way in WAYS:
        ratios = (median(each[way] / each[other] for each in rounds) for other in (ALONE, CONTROL))
        shown = " | ".join(f"{ratio:.2f}" for ratio in ratios)
        print(f"| {way} | {median(each[way] for each in rounds):.0f} | {shown} |")


def _round(url: str, number: int) -> dict[str, float]:
    """Every way once; the order turns from round to round, so that none always comes after a pause."""
    names = list(WAYS)
    turned = names[number % len(names) :] + names[: number % len(names)]
    measured = {name: WAYS[name](url) for name in turned}
    print({name: round(rate) for name, rate in measured.items()}, file=sys.stderr)
    return measured


def _side_by_side(url: str) -> float:
    with ThreadPoolExecutor(2) as pool:
        return mean(pool.map(_one_run, [url, url]))


def _one_run(url: str, **ways: int) -> float:
    processes = max([1, *ways.values()])
    stages = hold(RATE * processes, SECONDS)
    return run_load(url, stages=stages, users=USERS * processes, cores=False, **ways).requests_a_cpu_s


WAYS: dict[str, Callable[[str], float]] = {
    ALONE: _one_run,
    CONTROL: _side_by_side,
    "--processes 2": lambda url: _one_run(url, processes=2),
    "master and 2 workers": lambda url: _one_run(url, workers=2),
}


if __name__ == "__main__":
    main()
