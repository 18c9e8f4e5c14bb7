"""What a user asks of a gate, as given; nothing in here has been checked yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path


class PlatformWishes(Protocol):
    """How a reference platform is wanted that is started for a command."""

    @property
    def leagues(self) -> int: ...

    @property
    def faults(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the target's servers are, to be sampled; a run's folder does not keep it.

    Each may carry a password; they go no further than the collectors' standard input. ``host_metrics`` are
    ``NAME=URL``.
    """

    postgres: str | None = field(default=None, repr=False)
    redis: str | None = field(default=None, repr=False)
    pgbouncer: str | None = field(default=None, repr=False)
    host_metrics: tuple[str, ...] = field(default=(), repr=False)
    prometheus: str | None = field(default=None, repr=False)
    prometheus_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class GateOptions:
    """One gate. ``target`` None means the reference platform with embedded servers, started for the run.

    ``allow`` names hosts beyond this machine that may be loaded. ``workers`` is how many ``locust --worker``
    on other machines are waited for on ``master_port``. ``cache_header`` is the header by which answers say
    whether they are from the platform's cache. ``until_decided`` ends the load once every objective is
    decided, or after ``at_most_s`` (None: as long as the SLO file says). ``commit`` and ``platform_version``
    say what is deployed, for whoever compares runs.
    """

    slo: Path
    out: Path
    locustfiles: tuple[Path, ...]
    command: str
    target: str | None = None
    addresses: Addresses = Addresses()
    users: Path | None = None
    allow: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    leagues: int = 20
    processes: int = 1
    workers: int = 0
    master_port: int = 5557
    seed: int | None = None
    cache_header: str = "X-Cache"
    until_decided: bool = False
    at_most_s: float | None = None
    commit: str | None = None
    platform_version: str | None = None
