"""What the collectors' process is told: one line of JSON on its standard input."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class WatchedProcess(_Frozen):
    """A local process whose CPU and memory are sampled together with its children's."""

    label: str
    pid: int


class HostPage(_Frozen):
    """Another machine, by the name that its samples carry and the address of its node_exporter's page."""

    label: str
    url: str = Field(repr=False)


class PrometheusQueries(_Frozen):
    """A Prometheus (or what speaks its API) and what to ask it: PromQL by the name of the metric it makes.

    ``token`` is sent as a bearer token where it is not empty.
    """

    url: str = Field(repr=False)
    queries: dict[str, str]
    token: str = Field(default="", repr=False)


class Absence(_Frozen):
    """Nobody sampled since ``since_s`` (UTC epoch seconds), and why: every source has a gap from there on.

    Those of ``seen_s`` were seen later than that, or earlier: each has its gap since then.
    """

    since_s: float
    reason: str
    seen_s: dict[str, float] = {}

    def since_of(self, source: str) -> float:
        """When the gap of a source began."""
        return self.seen_s.get(source, self.since_s)


class Orders(_Frozen):
    """A later line on standard input: processes to watch from now on, instead of those of the same labels."""

    processes: tuple[WatchedProcess, ...]


class CollectorSettings(_Frozen):
    """Which sources to sample into ``run_folder``; a source that is None is not sampled.

    The addresses may hold passwords: they travel through a pipe, never through a command line, the
    environment or a ``repr``. ``target_is_here`` says whether this machine is the target's, or only the load
    generator's.
    """

    run_folder: Path
    postgres_dsn: str | None = Field(default=None, repr=False)
    redis_url: str | None = Field(default=None, repr=False)
    pgbouncer_dsn: str | None = Field(default=None, repr=False)
    target_url: str | None = Field(default=None, repr=False)
    processes: tuple[WatchedProcess, ...] = ()
    absence: Absence | None = None
    host_pages: tuple[HostPage, ...] = ()
    prometheus: PrometheusQueries | None = None
    target_is_here: bool = True
    interval_s: float = Field(default=1.0, gt=0)
    statements_interval_s: float = Field(default=10.0, gt=0)
    server_counters_interval_s: float = Field(default=10.0, gt=0)
    texts_interval_s: float = Field(default=60.0, gt=0)
    tables_interval_s: float = Field(default=60.0, gt=0)
    size_interval_s: float = Field(default=60.0, gt=0)
    health_interval_s: float = Field(default=5.0, gt=0)
    host_pages_interval_s: float = Field(default=2.0, gt=0)
    prometheus_interval_s: float = Field(default=5.0, gt=0)
    write_interval_s: float = Field(default=1.0, gt=0, le=2.0)
    samples_keys: bool = True
    top_statements: int = Field(default=50, ge=0)
