"""A Locust file beside others: ends a run once it has asked what a test waits for, and says what it counted.

Locust's own tables are written once a second, and a run that ends after so many seconds may have come to
nothing on a slow machine. What is wanted stands in the file that ``COUNTING`` names; beside it is written
``.enough`` when all of it was asked, if somebody else is to end the run, and ``.counted`` in the end.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import gevent
from locust import events
from locust.runners import WorkerRunner

if TYPE_CHECKING:
    from locust.env import Environment

COUNTING = Path(os.environ["COUNTING"])


class Counting:
    """What was asked so far, and how it went."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._began_s = time.monotonic()
        asked = json.loads(COUNTING.read_text())
        self._least_s: float = asked["least_s"]
        self._wanted = {tuple(where): count for *where, count in asked["wanted"]}
        self._wanted_failures = {tuple(where) for where in asked["wanted_failures"]}
        self._interrupts: bool = asked["interrupts"]

    def await_all(self) -> None:
        while time.monotonic() < self._began_s + self._least_s or not self._has_all():
            gevent.sleep(0.1)
        if self._interrupts:
            COUNTING.with_suffix(".enough").touch()
        else:
            self._environment.runner.quit()

    def _has_all(self) -> bool:
        enough = all(self._requests().get(where, 0) >= count for where, count in self._wanted.items())
        return enough and self._failures().keys() >= self._wanted_failures

    def _requests(self) -> dict[tuple[str, str], int]:
        entries = self._environment.stats.entries.values()
        return {(entry.method, entry.name): entry.num_requests for entry in entries}

    def _failures(self) -> dict[tuple[str, str], str]:
        errors = self._environment.stats.errors.values()
        return {(error.method, error.name): str(error.error) for error in errors}

    def write(self, **_: object) -> None:
        counted = {
            "ran_s": time.monotonic() - self._began_s,
            "requests": [[*where, count] for where, count in self._requests().items()],
            "failures": [[*where, error] for where, error in self._failures().items()],
        }
        COUNTING.with_suffix(".counted").write_text(json.dumps(counted))


@events.init.add_listener
def count(environment: Environment, **_: object) -> None:
    if not isinstance(environment.runner, WorkerRunner):
        counting = Counting(environment)
        environment.events.quit.add_listener(counting.write)
        gevent.spawn(counting.await_all)
