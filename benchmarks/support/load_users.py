"""Users of the open-workload benchmarks: one request a journey, by our client or by Locust's HttpUser.

``BENCH_USER`` names the class that plays; the others stay away.
"""

from __future__ import annotations

import os

from locust import HttpUser, task

from preseason.traffic.user import LeanUser

PLAYS = os.environ.get("BENCH_USER", "Lean")
PATH = "/team.json"


class Lean(LeanUser):
    """Ours."""

    abstract = PLAYS != "Lean"

    @task
    def visit(self) -> None:
        self.client.get(PATH)


class Foreign(HttpUser):
    """Somebody's, who has never heard of us."""

    abstract = PLAYS != "Foreign"

    @task
    def visit(self) -> None:
        self.client.get(PATH)


class Member(LeanUser):
    """Ours, logged in before the load begins."""

    abstract = PLAYS != "Member"

    def on_start(self) -> None:
        self.client.get("/login")

    @task
    def visit(self) -> None:
        self.client.get(PATH)
