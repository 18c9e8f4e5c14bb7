"""What 10 000 sessions take: users log in, keep their cookies and connections, and then make a load."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.support import machine
from benchmarks.support.json_servers import json_server
from benchmarks.support.loads import hold, run_load

USERS, RATE, SECONDS, LOGINS_PER_S = 10_000, 500, 20, 500
MEGABYTE = 1e6


def main() -> None:
    title = f"Users who log in, {LOGINS_PER_S} a second, and keep their sessions and connections"
    print(f"\n{title}; {machine.description()}\n")
    print(
        "| users | generator MB | KB a user | schedule lag p99 ms | failed requests |\n|---|---|---|---|---|"
    )
    alone_mb = _row(100, 0.0)
    _row(USERS, alone_mb)


def _row(users: int, alone_mb: float) -> float:
    """Prints one line, and gives the generator's memory in MB."""
    with tempfile.TemporaryDirectory() as name, json_server(Path(name)) as server:
        measured = run_load(
            server.plain_url,
            user="Member",
            stages=hold(RATE, SECONDS),
            users=users,
            spawn_rate=LOGINS_PER_S,
            prepare_timeout_s=300,
        )
    (series,) = measured.samples.labelled("generator", "rss_bytes").values()
    most_mb = float(series.value.max()) / MEGABYTE
    each = f"{(most_mb - alone_mb) / users * 1000:.1f}" if alone_mb else "–"
    lag_ms = measured.lags.quantile_ms(0.99)
    failed = measured.requests.failures().total
    print(f"| {users} | {most_mb:.0f} | {each} | {lag_ms:.2f} | {failed} |")
    return most_mb


if __name__ == "__main__":
    main()
