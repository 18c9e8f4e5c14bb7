"""What the Locust processes are told: the resolved load, what to count, and where to write."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from preseason.run.manifest import Stage

#: Names the file that holds the plan, for the Locust master; its workers are sent the plan by the master.
PLAN_VARIABLE = "PRESEASON_PLAN"
#: Names the CSV file (header ``email,password``) with the accounts that scenarios log in with.
USERS_VARIABLE = "PRESEASON_USERS"


class Resumption(BaseModel):
    """A load that goes on after it was broken off: ``load_started_s`` is when its schedule began.

    Nothing is known of it from ``lost_since_s`` on (both UTC epoch seconds); ``reason`` says why.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    load_started_s: float
    lost_since_s: float
    reason: str


class Plan(BaseModel):
    """One load, resolved. ``mix`` weighs scenarios (file stems) or User classes; empty means all alike.

    ``users`` bounds the journeys in flight (open) and is unused by a closed load, whose stages count users.
    An arrival is late ``late_ms`` after its intended start, and dropped after ``drop_after_s``. ``workers``
    is how many Locust workers on other machines make the load; without, ``processes`` on this one do.
    Master and workers meet on ``port``, or the master gives up after ``workers_timeout_s``. A process that
    comes to hold more than ``memory_bytes`` is about to exhaust its machine and ends the load: ten thousand
    sessions need a fraction of it. ``is_revived`` says that whoever started a load goes on with it should it
    break off: it then ends as a whole, and they account for what is missing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    run_folder: Path
    host: str
    model: Literal["open", "closed"]
    stages: tuple[Stage, ...]
    poisson: bool = True
    seed: int = 1
    mix: dict[str, float] = {}
    users: int = 1
    spawn_rate: float = 100.0
    limits_ms: tuple[float, ...] = ()
    cache_header: str = "X-Cache"
    late_ms: float = 10.0
    drop_after_s: float = 30.0
    prepare_timeout_s: float = 120.0
    drain_timeout_s: float = 30.0
    locustfiles: tuple[Path, ...] = ()
    processes: int = 1
    workers: int = 0
    port: int = 5557
    workers_timeout_s: float = 600.0
    memory_bytes: float = 4e9
    resumption: Resumption | None = None
    is_revived: bool = False

    @property
    def drivers(self) -> int:
        """How many processes make the load."""
        return self.workers or self.processes

    @property
    def duration_s(self) -> float:
        return self.stages[-1].end_s
