"""A soak of 24 hours at 1 000 requests a second, recorded at speed: what recording holds meanwhile.

Every request goes through the recorder and the store of the traffic process, every sample through the
recording of the collectors' process, as in a run. Only the clock is not real: it goes on by a second whenever
a second's work is done. Memory is the process's own, after each simulated hour; the folder is compacted as it
is when a run ends.
"""

from __future__ import annotations

import gc
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

import numpy as np
import psutil
import pyarrow as pa

from benchmarks.support import machine
from preseason.collectors.collector import Sample
from preseason.collectors.recording import Recording
from preseason.collectors.watch import Parcel
from preseason.run.compaction import compact
from preseason.run.tables import SCHEMAS, Table
from preseason.traffic.book import Arrival, ArrivalBook
from preseason.traffic.recorder import Recorder
from preseason.traffic.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

HOURS, HOUR_S, PER_SECOND = 24, 3600, 1000
ENDPOINTS, REQUESTS_A_JOURNEY, SAMPLES_A_SECOND = 12, 4, 60
LIMITS_MS = (200.0, 300.0, 1000.0)
BEGAN_S = 1_767_600_000
MEGABYTE = 1e6


class Clock:
    """Stands in for the module ``time`` where recordings ask for it."""

    def __init__(self) -> None:
        self.now_s = float(BEGAN_S)

    def time(self) -> float:
        return self.now_s

    def monotonic(self) -> float:
        return self.now_s


def main() -> None:
    """Memory and open files by the hour, and the size of the folder."""
    began_s, process, held = time.monotonic(), psutil.Process(), []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for second in recorded(folder):
            if second == HOUR_S // 60 or second % HOUR_S == 0:
                gc.collect()
                held.append((second, process.memory_info().rss, process.num_fds()))
                print(f"{second / HOUR_S:6.2f} h: {held[-1][1] / MEGABYTE:.1f} MB", file=sys.stderr)
        compact(folder)
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    _say(held, size, time.monotonic() - began_s)


def recorded(folder: Path) -> Iterator[int]:
    """Record second by second; how many are done."""
    clock, draw = Clock(), np.random.default_rng(8)
    latencies = np.round(np.exp(draw.normal(3.0, 0.6, (600, PER_SECOND))), 3).tolist()
    modules = ("traffic.recorder", "traffic.store", "collectors.recording")
    patches = [patch(f"preseason.{module}.time", clock) for module in modules]
    for each in patches:
        each.start()
    store, recorder, book = Store(folder), Recorder(LIMITS_MS), ArrivalBook(10.0)
    recording = Recording(folder)
    keys = [("league_read", "GET", f"/api/endpoint/{number}/{{id}}", True) for number in range(ENDPOINTS)]
    try:
        for second in range(HOURS * HOUR_S):
            _request(recorder, keys, latencies[second % len(latencies)])
            _arrive(book, int(clock.now_s))
            recording.deliver(Parcel(samples=tuple(_samples(clock.now_s, second))))
            clock.now_s += 1.0
            for table, rows in {**recorder.take(), Table.ARRIVALS: book.take()}.items():
                store.add(table, pa.table(rows, schema=SCHEMAS[table]))
            store.keep()
            store.take_recent()
            recording.write()
            yield second + 1
    finally:
        recording.close()
        store.close()
        for each in patches:
            each.stop()


def _request(recorder: Recorder, keys: list[tuple[str, str, str, bool]], latencies: list[float]) -> None:
    for number, latency_ms in enumerate(latencies):
        recorder.record(
            keys[number % ENDPOINTS], latency_ms, 0.4 * (number % 3 == 0), 1200, cache_hit=number % 10 > 0
        )


def _arrive(book: ArrivalBook, second: int) -> None:
    for number in range(PER_SECOND // REQUESTS_A_JOURNEY):
        arrival = Arrival("league_read", float(second), second, lag_ms=0.1 * (number % 20))
        book.planned(arrival)
        book.started(arrival)
        book.finished(arrival, second, 5000.0)


def _samples(at_s: float, second: int) -> Iterator[Sample]:
    for number in range(SAMPLES_A_SECOND):
        counter = number % 3 == 0
        value = float(second * (number + 1)) if counter else float((second * 7 + number * 13) % 100)
        yield Sample(at_s, "postgres", f"metric_{number}", "", value, "4f1c" if counter else "")


def _say(held: list[tuple[int, int, int]], size: int, took_s: float) -> None:
    (_, first, files), *_, (_, last, files_in_the_end) = held
    highest = max(rss for _, rss, _ in held)
    print(f"\n{HOURS} h of {PER_SECOND} requests/s, recorded in {took_s:.0f} s; {machine.description()}\n")
    print("| after 1 min MB | highest MB | at the end MB | growth MB | open files | folder MB |")
    print("|---|---|---|---|---|---|")
    figures = (first, highest, last)
    told = " | ".join(f"{figure / MEGABYTE:.1f}" for figure in figures)
    growth = (last - first) / MEGABYTE
    print(f"| {told} | {growth:+.1f} | {files} to {files_in_the_end} | {size / MEGABYTE:.0f} |")


if __name__ == "__main__":
    main()
