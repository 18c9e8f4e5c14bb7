"""What must have happened before the load: workers connect, users are created, and log in."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from locust.runners import MasterRunner

from preseason.traffic.complaints import Complaints

if TYPE_CHECKING:
    from locust.env import Environment
    from locust.runners import LocalRunner

    from preseason.traffic.attendance import Attendance
    from preseason.traffic.plan import Plan

#: Reports come every second: after this long, one tells of everything that was so at a moment.
_SETTLED_S = 1.5


class Preparation:
    """How far the workers and users of a run are; ``users_wanted`` is how many users there ought to be."""

    def __init__(
        self, plan: Plan, environment: Environment, runner: LocalRunner | MasterRunner, drivers: Attendance
    ) -> None:
        self.complaints = Complaints()
        self.users_wanted = 0
        self._plan = plan
        self._runner = runner
        self._drivers = drivers
        self._has_begun = False
        self._spawned_s = math.inf
        self._until_s = time.monotonic() + plan.workers_timeout_s
        environment.events.test_start.add_listener(self._on_test_start)
        environment.events.spawning_complete.add_listener(self._on_spawned)

    @property
    def has_begun(self) -> bool:
        """Whether Locust no longer waits for workers: users are being created."""
        return self._has_begun or not isinstance(self._runner, MasterRunner)

    @property
    def workers_there(self) -> int:
        return len(self._runner.clients) if isinstance(self._runner, MasterRunner) else 0

    @property
    def is_ready(self) -> bool:
        """Whether every driver has said, since the last user was created, that all of its users wait."""
        everybody = self._drivers.sum("users")
        all_heard = self._drivers.heard_since(self._spawned_s) == self._plan.drivers
        return all_heard and 0 < everybody <= self._drivers.sum("waiting")

    @property
    def is_over(self) -> bool:
        """Whether waiting longer brings nobody: its time is up, or every user is gone."""
        settled = self._drivers.heard_since(self._spawned_s + _SETTLED_S)
        return time.monotonic() > self._until_s or (settled > 0 and self._drivers.sum("users") == 0)

    @property
    def users_gone(self) -> int:
        return self.users_wanted - self._drivers.sum("users")

    def what_is_missing(self) -> str:
        """What to say of a preparation that is over without having become ready."""
        ready, everybody = self._drivers.sum("waiting"), self._drivers.sum("users")
        text = f"only {ready} of {everybody} users became ready" if ready else "no user became ready"
        return f"{text}{self.complaints}"

    def _on_test_start(self, **_: object) -> None:
        """All workers are there and users are about to be created."""
        self._has_begun = True
        self._until_s = time.monotonic() + self._plan.prepare_timeout_s

    def _on_spawned(self, **_: object) -> None:
        if math.isinf(self._spawned_s):
            self._spawned_s = time.monotonic()
            self.users_wanted = self._runner.target_user_count
