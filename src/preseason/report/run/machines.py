"""What was sampled of poolers, machines and processes, and by Prometheus: means and peaks of the load."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from preseason.report import units
from preseason.report.run.server_tables import figure, row, table
from preseason.run.samples import labelled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from preseason.report.page.tables import Table
    from preseason.report.run.server_tables import Row
    from preseason.run.samples import Samples, Series

_HERE = "this machine"
_STOLEN, _FULL, _BUSY = 0.05, 0.95, 0.9
_POOL = (
    "Pool",
    "Waiting, at most",
    "Longest wait",
    "In use, at most",
    "Clients, at most",
    "Servers, at most",
)
_MACHINE = (
    "Machine",
    "Processors, mean",
    "at most",
    "Stolen, at most",
    "Memory, at most",
    "Load, at most",
    "Waited for a disk",
)
_PROCESS = (
    "Process",
    "Processors, mean",
    "at most",
    "Memory, at most",
    "Threads, at most",
    "Files, at most",
    "Held back by a quota",
)
_QUERY = ("Query", "Mean", "At most", "Samples")


def tables(samples: Samples, start_s: float, end_s: float) -> tuple[Table, ...]:
    """Of machines, processes and queries between two moments (UTC epoch seconds), as far as sampled."""
    during = _During(samples, start_s, end_s)
    return (*_machines(during), *_processes(during), *_queries(during))


def pools(samples: Samples, start_s: float, end_s: float) -> tuple[Table, ...]:
    """The pools of PgBouncer between two moments; nothing without a pooler."""
    during = _During(samples, start_s, end_s)
    names = [name for name in samples.labelled("pgbouncer", "clients_waiting") if name]
    if not names:
        return ()
    caption = "The pools of PgBouncer: clients, and connections to Postgres"
    return (table(caption, _POOL, [_pool(during, name) for name in names]),)


@dataclass(frozen=True, slots=True)
class _During:
    """The samples between two moments."""

    samples: Samples
    start_s: float
    end_s: float

    def of(self, source: str, metric: str, label: str) -> Series:
        return self.samples.get(source, metric, label).between(self.start_s, self.end_s)

    def highest(self, source: str, metric: str, label: str) -> float | None:
        return _told(self.of(source, metric, label), np.max)

    def mean(self, source: str, metric: str, label: str) -> float | None:
        return _told(self.of(source, metric, label), np.mean)

    def grown(self, source: str, metric: str, label: str) -> float | None:
        series = self.of(source, metric, label)
        return series.deltas().total if len(series) > 1 else None

    def grown_ms(self, source: str, metric: str, label: str) -> float | None:
        """Of a counter of microseconds."""
        grown_us = self.grown(source, metric, label)
        return None if grown_us is None else grown_us / 1000


def _told(series: Series, of: Callable[..., np.floating]) -> float | None:
    known = series.value[np.isfinite(series.value)]
    return float(of(known)) if len(known) else None


def _pool(during: _During, name: str) -> Row:
    waiting, wait_ms, use, clients, servers = (
        during.highest("pgbouncer", metric, name)
        for metric in ("clients_waiting", "max_wait_ms", "pool_use", "clients_active", "servers")
    )
    return row(
        name,
        figure(waiting, alarm=bool(waiting)),
        figure(wait_ms, units.milliseconds),
        figure(use, units.percent, alarm=use is not None and use >= 1),
        figure(clients),
        figure(servers),
    )


def _machines(during: _During) -> Iterator[Table]:
    if rows := [_machine(during, label) for label in during.samples.labelled("host", "cpu")]:
        yield table("Machines, as shares of what they have", _MACHINE, rows)


def _machine(during: _During, label: str) -> Row:
    cpu, stolen, memory = (during.highest("host", name, label) for name in ("cpu", "cpu_stolen", "memory"))
    stalled_ms = during.grown_ms("host", "pressure_us", labelled(label, "io.some"))
    killed = during.grown("host", "oom_kills", label)
    return row(
        label or _HERE,
        figure(during.mean("host", "cpu", label), units.percent),
        figure(cpu, units.percent, alarm=cpu is not None and cpu >= _BUSY),
        figure(stolen, units.percent, alarm=stolen is not None and stolen >= _STOLEN),
        figure(memory, units.percent, alarm=memory is not None and memory >= _FULL),
        figure(during.highest("host", "load1", label)),
        figure(stalled_ms, units.milliseconds),
        remark=f"killed for want of memory: {units.count(killed)} processes" if killed else "",
    )


def _processes(during: _During) -> Iterator[Table]:
    if rows := [_process(during, label) for label in during.samples.labelled("host", "process_cpu")]:
        yield table("Processes on this machine, with their children", _PROCESS, rows)


def _process(during: _During, label: str) -> Row:
    held_ms = during.grown_ms("host", "cgroup_throttled_us", label)
    return row(
        label,
        figure(during.mean("host", "process_cpu", label)),
        figure(during.highest("host", "process_cpu", label)),
        figure(during.highest("host", "process_rss_bytes", label), units.size),
        figure(during.highest("host", "process_threads", label)),
        figure(during.highest("host", "process_open_files", label)),
        figure(held_ms, units.milliseconds, alarm=bool(held_ms)),
    )


def _queries(during: _During) -> Iterator[Table]:
    asked = [metric for metric in during.samples.series if metric.source == "prometheus"]
    rows = [
        row(
            one.name,
            figure(during.mean(one.source, one.name, one.label)),
            figure(during.highest(one.source, one.name, one.label)),
            figure(float(len(during.of(one.source, one.name, one.label)))),
            remark=one.label,
        )
        for one in sorted(asked)
    ]
    if rows:
        yield table("What Prometheus answered to the queries of the SLO file", _QUERY, rows)
