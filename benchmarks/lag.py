"""Schedule lag (actual minus intended start) at 3 000 journeys/s, one process that does not spin."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from statistics import median

from benchmarks.support import machine
from benchmarks.support.json_servers import json_server
from benchmarks.support.loads import Measured, hold, run_load

ROUNDS, SECONDS, RATE, USERS = 5, 15, 3000, 200
QUANTILES = (0.5, 0.95, 0.99, 0.999)
HERE = machine.description()


def main() -> None:
    with tempfile.TemporaryDirectory() as name, json_server(Path(name)) as server:
        rounds = [_round(server.plain_url) for _ in range(ROUNDS)]
    title = f"Schedule lag at {RATE}/s, median of {ROUNDS}; {server.program}"
    print(f"\n{title}; {machine.description()}\n")
    print("| lag p50 ms | p95 ms | p99 ms | p99.9 ms | CPU of a core |\n|---|---|---|---|---|")
    lags = [median(each.lags.quantile_ms(q) or 0.0 for each in rounds) for q in QUANTILES]
    print(f"| {' | '.join(f'{lag:.2f}' for lag in lags)} | {median(map(_cpu, rounds)):.0%} |")


def _round(url: str) -> Measured:
    measured = run_load(url, stages=hold(RATE, SECONDS), users=USERS)
    print(f"lag p99 {measured.lags.quantile_ms(0.99):.2f} ms, {measured.arrivals}", file=sys.stderr)
    return measured


def _cpu(measured: Measured) -> float:
    series = measured.samples.labelled("generator", "cpu").values()
    return float(sum(median(one.value[2:-1]) for one in series))


if __name__ == "__main__":
    main()
