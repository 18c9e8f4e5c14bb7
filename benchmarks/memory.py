"""Memory of the generator at 1 000 requests a second for ten minutes: flat after the first minute."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from benchmarks.support import machine
from benchmarks.support.json_servers import json_server
from benchmarks.support.loads import hold, run_load

SECONDS, RATE, USERS = 600, 1000, 100
MEGABYTE = 1e6


def main() -> None:
    with tempfile.TemporaryDirectory() as name, json_server(Path(name)) as server:
        measured = run_load(server.plain_url, stages=hold(RATE, SECONDS), users=USERS)
    (series,) = measured.samples.labelled("generator", "rss_bytes").values()
    later = series.between(measured.began_s + 60, measured.began_s + SECONDS)
    first, last = (float(np.median(part)) for part in (later.value[:30], later.value[-30:]))
    print(
        f"\nGenerator memory, {RATE} requests/s for {SECONDS} s; {server.program}; {machine.description()}\n"
    )
    print("| after 1 min MB | at the end MB | growth MB | requests |\n|---|---|---|---|")
    growth = (last - first) / MEGABYTE
    print(f"| {first / MEGABYTE:.1f} | {last / MEGABYTE:.1f} | {growth:+.2f} | {measured.requests.total} |")


if __name__ == "__main__":
    main()
