"""The same traffic from three kinds of Locust user; the locustfile of ``benchmarks.client``.

Writes requests, failures and CPU seconds to the file that ``BENCH_RESULT`` names. What is measured begins
when all users have been started: imports and start-up are not a request's cost.
"""

from __future__ import annotations

import json
import os
import resource
from pathlib import Path
from typing import TYPE_CHECKING

from locust import FastHttpUser, HttpUser, events, task

from preseason.traffic.user import LeanUser

if TYPE_CHECKING:
    from locust.env import Environment

#: Requests a task, so that Locust's choosing of tasks, equal for all, does not dilute the difference.
BATCH = 100
CERTIFICATE = os.environ.get("BENCH_CERTIFICATE")


class LeanVisitor(LeanUser):
    """Ours."""

    verify = CERTIFICATE or True

    def on_start(self) -> None:
        self.client.get("/login")

    @task
    def visit(self) -> None:
        for _ in range(BATCH):
            self.client.get("/team.json")


class FastVisitor(FastHttpUser):
    """Locust's fast one, on geventhttpclient; checks no certificate."""

    def on_start(self) -> None:
        self.client.get("/login")

    @task
    def visit(self) -> None:
        for _ in range(BATCH):
            self.client.get("/team.json")


class HttpVisitor(HttpUser):
    """Locust's usual one, on requests."""

    def on_start(self) -> None:
        self.client.verify = CERTIFICATE or True
        self.client.get("/login")

    @task
    def visit(self) -> None:
        for _ in range(BATCH):
            self.client.get("/team.json")


def cpu_s() -> float:
    """User and system time of this process so far."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


@events.init.add_listener
def measure(environment: Environment, **_: object) -> None:
    began: list[float] = []

    def begin(**_: object) -> None:
        began[:] = [cpu_s(), environment.stats.total.num_requests]

    def end(**_: object) -> None:
        result = {
            "cpu_s": cpu_s() - began[0],
            "requests": environment.stats.total.num_requests - began[1],
            "failures": environment.stats.total.num_failures,
        }
        Path(os.environ["BENCH_RESULT"]).write_text(json.dumps(result), encoding="utf-8")

    environment.events.spawning_complete.add_listener(begin)
    environment.events.test_stop.add_listener(end)
