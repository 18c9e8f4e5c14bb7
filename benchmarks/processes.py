"""Requests a CPU second with two processes, and with a master and two workers, over one process.

Each process makes the same rate, so that none has more to do between two looks at the clock than another. The
cost of starting is taken out: each figure is the difference of a long and a short run. All CPU time of all
processes counts, the master's too.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from statistics import median

from benchmarks.support import machine
from benchmarks.support.json_servers import json_server
from benchmarks.support.loads import hold, run_load

ROUNDS, SHORT_S, LONG_S, RATE, USERS = 5, 4, 14, 1500, 100
WAYS = {"one process": {}, "--processes 2": {"processes": 2}, "master and 2 workers": {"workers": 2}}
HERE = machine.description()


def main() -> None:
    with tempfile.TemporaryDirectory() as name, json_server(Path(name)) as server:
        rounds = [_round(server.plain_url) for _ in range(ROUNDS)]
    title = f"At {RATE} requests/s a process, median of {ROUNDS}; {server.program}"
    print(f"\n{title}; {machine.description()}\n")
    print("| | requests/CPU-s | × one process |\n|---|---|---|")
    for way in WAYS:
        ratio = median(each[way] / each["one process"] for each in rounds)
        print(f"| {way} | {median(each[way] for each in rounds):.0f} | {ratio:.2f} |")


def _round(url: str) -> dict[str, float]:
    measured = {way: _requests_a_cpu_second(url, **facts) for way, facts in WAYS.items()}
    print(measured, file=sys.stderr)
    return measured


def _requests_a_cpu_second(url: str, **facts: int) -> float:
    processes = max(1, *facts.values()) if facts else 1
    few, many = (
        run_load(url, stages=hold(RATE * processes, seconds), users=USERS * processes, cores=False, **facts)
        for seconds in (SHORT_S, LONG_S)
    )
    return (many.requests.total - few.requests.total) / (many.cpu_s - few.cpu_s)


if __name__ == "__main__":
    main()
