"""What a step used of each resource that was sampled, and how much of it there was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from preseason.run.samples import GENERATOR, owner

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from preseason.run.samples import Samples, Series

#: The only thread of a Redis that runs commands.
_ONE_CORE = 1.0
#: Processes of a target that was started here, as their resources are called.
_PROCESSES = {"platform": "application CPU", "postgres": "database CPU"}
#: What is not known without some series, and what would bring it.
_WANTED = (
    ("application CPU", ("application CPU", "machine"), "name the hosts of the instances (--host-metrics)"),
    ("database CPU", ("database CPU", "machine"), "name the database's host (--host-metrics)"),
    ("database connections", ("database connections",), "name the database (--postgres)"),
    ("connection pool", ("connection pool",), "name the pooler's console, where there is one (--pgbouncer)"),
    ("Redis CPU", ("Redis CPU",), "name the Redis (--redis)"),
    ("Redis memory", ("Redis memory",), "name the Redis (--redis)"),
    ("disk", ("disk", "machine"), "name the database's host (--host-metrics)"),
)


@dataclass(frozen=True, slots=True)
class Use:
    """The mean of what was used in a step, in ``unit``; ``limit`` is how much there was, None if unknown.

    ``shared`` says that more instances of the application do not bring more of it, ``kept`` that it is room
    which is taken and kept (memory) rather than used again by every request.
    """

    used: float
    limit: float | None
    unit: str
    shared: bool = True
    kept: bool = False

    @property
    def share(self) -> float | None:
        """How much of the limit was used; None where there is none."""
        return self.used / self.limit if self.limit else None


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when a step was judged, UTC epoch seconds."""

    start_s: float
    end_s: float


def uses(samples: Samples, span: Span, limits: Mapping[str, float]) -> dict[str, Use]:
    """Each resource by its name; ``limits`` are the cores that processes of the target may use, by label."""
    view = _View(samples, span)
    found = dict(
        (*_processes(view, limits), *_machines(view), *_database(view), *_redis(view), *_prometheus(view))
    )
    return {name: use for name, use in found.items() if np.isfinite(use.used)}


def unmeasured(names: set[str]) -> tuple[tuple[str, str], ...]:
    """What was not sampled, of what a platform usually runs out of, and what would bring it."""
    return tuple(
        (resource, remedy)
        for resource, signs, remedy in _WANTED
        if not any(name.startswith(sign) for name in names for sign in signs)
    )


@dataclass(frozen=True, slots=True)
class _View:
    """The samples of a step."""

    samples: Samples
    span: Span

    def labelled(self, source: str, name: str) -> dict[str, Series]:
        """Those with samples in the step."""
        series = self.samples.labelled(source, name).items()
        inside = {label: one.between(self.span.start_s, self.span.end_s) for label, one in series}
        return {label: one for label, one in inside.items() if len(one)}

    def mean(self, source: str, name: str, label: str = "") -> float | None:
        found = self.labelled(source, name).get(label)
        return None if found is None else float(found.value.mean())

    def last(self, source: str, name: str) -> float | None:
        """The sum over all labels of what stood there last: nodes of a cluster add up."""
        found = self.labelled(source, name)
        return sum(float(one.value[-1]) for one in found.values()) if found else None

    def rate(self, source: str, name: str, label: str = "") -> float | None:
        """The growth of a counter a second, over the time that is known of it."""
        found = self.labelled(source, name).get(label)
        return None if found is None else growth_rate(found)


def growth_rate(series: Series) -> float | None:
    """The growth of a counter a second; None with nothing that may be subtracted."""
    deltas = series.deltas()
    known_s = float((deltas.end_s - deltas.start_s)[deltas.valid].sum())
    return deltas.total / known_s if known_s > 0 else None


def _processes(view: _View, limits: Mapping[str, float]) -> Iterator[tuple[str, Use]]:
    """Of a target that was started here; Redis tells better itself what its one thread does."""
    for label, series in view.labelled("host", "process_cpu").items():
        if label in limits and label != "redis":
            name = _PROCESSES.get(label, f"{label} CPU")
            shared = label != "platform"
            yield name, Use(float(series.value.mean()), limits[label], "cores", shared)


def _machines(view: _View) -> Iterator[tuple[str, Use]]:
    """Of machines by name; of this one only where nothing tells the target's processes from the generator."""
    processes = set(view.labelled("host", "process_cpu")) - {GENERATOR, "collectors"}
    for metric, what in (("cpu", "CPU"), ("memory", "memory")):
        for label, series in view.labelled("host", metric).items():
            if label != GENERATOR and (label or not processes):
                mean = float(series.value.mean())
                yield _of_machine(label, what), Use(mean, 1.0, "share", kept=what == "memory")
    for label, series in view.labelled("host", "disk_busy_s").items():
        busy = growth_rate(series)
        if busy is not None and owner(label) != GENERATOR:
            yield _of_machine(label, "disk"), Use(busy, 1.0, "share")


def _of_machine(label: str, what: str) -> str:
    named, _, part = label.partition(":")
    where = f"machine {named}" if named else "machine (with the load generator)"
    return f"{where} {what} {part}".strip()


def _database(view: _View) -> Iterator[tuple[str, Use]]:
    limit = view.last("postgres", "connections_limit")
    open_ = view.mean("postgres", "connections")
    if open_ is not None:
        yield "database connections", Use(open_, limit, "connections")
    busy_ms = view.rate("postgres", "active_ms")
    if busy_ms is not None:
        yield "busy database connections", Use(busy_ms / 1000, limit, "connections")
    pool = view.mean("pgbouncer", "pool_use")
    if pool is not None:
        yield "connection pool", Use(pool, 1.0, "share")


def _redis(view: _View) -> Iterator[tuple[str, Use]]:
    busy = view.rate("redis", "main_thread_cpu_s")
    if busy is None:
        busy = view.rate("redis", "cpu_s")
    if busy is not None:
        yield "Redis CPU", Use(busy, _ONE_CORE, "cores")
    memory = view.last("redis", "memory_bytes")
    if memory is not None:
        yield (
            "Redis memory",
            Use(memory, view.last("redis", "memory_limit_bytes") or None, "bytes", kept=True),
        )


def _prometheus(view: _View) -> Iterator[tuple[str, Use]]:
    """Queries of the SLO file that give shares of something; of several series, the fullest."""
    names = {metric.name for metric in view.samples.series if metric.source == "prometheus"}
    for name in sorted(names):
        series = view.labelled("prometheus", name).values()
        if series and all(((one.value >= 0) & (one.value <= 1)).all() for one in series):
            yield f"prometheus.{name}", Use(max(float(one.value.mean()) for one in series), 1.0, "share")
