"""A day of 1 000 requests a second over twelve endpoints: how big its run is, and what judging it takes.

An hour is recorded row by row as the recorder does it, and appended 24 times, a batch every three seconds, by
the real segment writer. Judging and rendering is measured in a process of its own, which has to read it all.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from dataclasses import astuple, dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.support import machine
from preseason.run.compaction import compact
from preseason.run.manifest import write_manifest
from preseason.run.segments import SegmentWriter
from preseason.run.tables import SCHEMAS, Table
from preseason.run.timeline import Event, EventKind, append_event
from preseason.simulated import autoregressive, lognormal_ms
from preseason.slo.reading import parse_slo
from preseason.testing import ORIGIN_S, arrivals_table, hold, manifest, samples_table
from preseason.traffic.recorder import latency_columns

HOURS, HOUR_S, PER_SECOND = 24, 3600, 1000
BATCH_S = 3
#: The first request of a journey counts from its intended start; of these endpoints, one in three is such.
ENDPOINTS = tuple((f"/api/endpoint/{number}/{{id}}", number % 3 == 0) for number in range(12))
LAG_MS, FAILING = 0.4, 0.001

SLO = f"""load: {{model: open, rate: {PER_SECOND}/s, duration: {HOURS}h, warmup: 10m}}
objectives:
  - p95 < 200 ms
  - p99 < 1 s
  - errors < 1 %
  - rate > 900/s
  - cpu < 80 %
  - p95 < 300 ms over 15m
"""
#: Importing is part of what is measured. ``ru_maxrss`` would tell of the process that started this one too.
MEASURED = """
import sys, time
from pathlib import Path
began = time.monotonic()
{work}
told = dict(line.split(":") for line in Path("/proc/self/status").read_text().splitlines())
peak_bytes = 1024 * int(told["VmHWM"].removesuffix("kB"))
print(time.monotonic() - began, time.process_time(), peak_bytes)
"""
JUDGE = """
from preseason.campaign.judging import judge_run
judge_run(Path(sys.argv[1]))
"""
RENDER = """
from preseason.campaign.verdicts import verdict_of
from preseason.report.run.html import render
from preseason.run.reading import read_run
run = read_run(Path(sys.argv[1]))
render(run, verdict_of(run))
"""
LIMITS_MS = parse_slo(SLO, "day.yaml").limits_ms


@dataclass(frozen=True, slots=True)
class Took:
    """What work took in a process that had imported nothing before: time passed, CPU time, and memory."""

    seconds: float
    cpu_s: float
    peak_bytes: float

    def row(self, name: str) -> str:
        return f"| {name} | {self.seconds:.1f} | {self.cpu_s:.1f} | {self.peak_bytes / 2**20:.0f} |"


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "day"
        generated_s = generate(folder)
        folder_bytes = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        print(f"generated in {generated_s:.0f} s", file=sys.stderr)
        judging, rendering = median(folder, JUDGE), median(folder, RENDER)
        page_bytes = (folder / "report.html").stat().st_size
    print(
        f"\n{HOURS} h of {PER_SECOND} requests/s over {len(ENDPOINTS)} endpoints; {machine.description()}\n"
        f"run folder {folder_bytes / 1e6:.0f} MB, report {page_bytes / 1e6:.2f} MB\n"
    )
    print("| | s | of CPU, s | peak memory MiB |\n|---|---|---|---|")
    print(judging.row("judging and rendering"))
    print(rendering.row("rendering a verdict that is there"))


def median(folder: Path, work: str) -> Took:
    """Of three rounds, figure by figure."""
    rounds = [took(folder, work) for _ in range(3)]
    return Took(*(sorted(each)[1] for each in zip(*map(astuple, rounds), strict=True)))


def took(folder: Path, work: str) -> Took:
    """Measured in a process of its own, which has to read the whole run."""
    command = [sys.executable, "-c", MEASURED.format(work=work), str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return Took(*map(float, done.stdout.split()))


def generate(folder: Path) -> float:
    """Write the run; how many seconds that took."""
    began = time.monotonic()
    folder.mkdir(parents=True)
    duration_s = HOURS * HOUR_S
    stages = (hold(duration_s, PER_SECOND),)
    write_manifest(folder, manifest(duration_s, limits_ms=LIMITS_MS, stages=stages, warmup_s=600.0))
    (folder / "slo.yaml").write_text(SLO)
    for at_s, kind in ((0, EventKind.LOAD_STARTED), (duration_s, EventKind.LOAD_ENDED)):
        append_event(folder, Event(at_s=float(ORIGIN_S + at_s), kind=kind, text=kind.value))
    hour = {
        Table.REQUESTS: _requests(),
        Table.ARRIVALS: arrivals_table([PER_SECOND // 4] * HOUR_S),
        Table.SAMPLES: _samples(),
        Table.ERRORS: _errors(),
    }
    for table, rows in hour.items():
        _append_every_hour(folder, table, rows)
    compact(folder)
    return time.monotonic() - began


def _requests() -> pa.Table:
    generator = np.random.default_rng(1)
    columns: dict[str, list[object]] = {name: [] for name in SCHEMAS[Table.REQUESTS].names}
    usual = PER_SECOND // len(ENDPOINTS)
    normal = [autoregressive(0.9, usual * HOUR_S, generator).reshape(HOUR_S, usual) for _ in ENDPOINTS]
    for second in range(HOUR_S):
        for (name, first), values in zip(ENDPOINTS, normal, strict=True):
            service_ms = lognormal_ms(values[second], 150.0, 0.5)
            response_ms = service_ms + generator.exponential(LAG_MS, usual) * first
            row = _row(second, name, service_ms, response_ms)
            for column, value in row.items():
                columns[column].append(value)
    return pa.table(columns, schema=SCHEMAS[Table.REQUESTS])


def _row(second: int, name: str, service_ms: np.ndarray, response_ms: np.ndarray) -> dict[str, object]:
    lagged = not np.array_equal(service_ms, response_ms)
    return {
        "second": ORIGIN_S + second,
        "scenario": f"scenario{len(name) % 4}",
        "method": "GET",
        "name": name,
        "ok": True,
        "requests": len(response_ms),
        "within": np.searchsorted(np.sort(response_ms), LIMITS_MS, side="right"),
        **latency_columns("response", response_ms, sparse=True),
        **latency_columns("service", service_ms, sparse=lagged),
        "received_bytes": 1200 * len(response_ms),
        "cache_hits": len(response_ms) * 9 // 10,
        "cache_misses": len(response_ms) - len(response_ms) * 9 // 10,
    }


def _samples() -> pa.Table:
    draw = np.random.default_rng(2)
    gauges = {
        ("host", "cpu"): draw.uniform(0.3, 0.5, HOUR_S),
        ("generator", "cpu"): draw.uniform(0.2, 0.4, HOUR_S),
    }
    for source in ("postgres", "redis"):
        for metric in range(15):
            gauges[source, f"gauge{metric}"] = draw.uniform(0, 100, HOUR_S).round()
    return samples_table(gauges)


def _errors() -> pa.Table:
    return SCHEMAS[Table.ERRORS].empty_table()


def _append_every_hour(folder: Path, table: Table, rows: pa.Table) -> None:
    """In the order of time, as a run is written, in batches of a few seconds."""
    column = "time" if table is Table.SAMPLES else "second"
    rows = rows.sort_by(column)
    ends = np.searchsorted(rows[column].to_numpy(), ORIGIN_S + np.arange(0, HOUR_S + 1, BATCH_S))
    writer = SegmentWriter(folder, table, "day")
    place = rows.schema.get_field_index(column)
    for hour in range(HOURS):
        later = pa.scalar(hour * HOUR_S, rows.schema.field(column).type)
        moved = rows.set_column(place, rows.schema.field(column), pc.add(rows[column], later))
        for start, end in pairwise(ends):
            if end > start:
                writer.append_batch(moved.slice(start, end - start).combine_chunks().to_batches()[0])
    writer.close()


if __name__ == "__main__":
    main()
