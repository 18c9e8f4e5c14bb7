"""The Locust process as the campaign starts it, against a real server that keeps its own log."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from traffic_runs import (
    FOREIGN,
    Target,
    arrivals,
    per_second,
    plan_for,
    recorded,
    run,
    serving,
    traffic,
    until,
)

from preseason.run.manifest import Stage
from preseason.run.requests import Clock
from preseason.run.segments import read_segments
from preseason.run.tables import Table

if TYPE_CHECKING:
    from pathlib import Path


def test_every_request_of_a_foreign_locust_file_is_recorded(tmp_path: Path, target: Target) -> None:
    plan = plan_for(tmp_path, target, FOREIGN)

    requests = run(plan)

    counts = arrivals(plan)
    assert requests.total == len(target.requests()) == counts["finished"] > 100
    assert counts["planned"] == counts["started"]
    assert [str(endpoint) for endpoint in requests.endpoints] == ["GET /x"]
    assert int(requests.cache_hits.sum()) == requests.total


def test_no_module_is_loaded_while_the_load_stands(tmp_path: Path, target: Target) -> None:
    """One that takes tens of milliseconds holds up every journey that is due meanwhile."""
    watchful = """
        import sys
        from pathlib import Path

        from locust import task
        from preseason.traffic.user import LeanUser

        known = set()

        class Watchful(LeanUser):
            @task
            def read(self):
                self.client.get("/x")
                late = set(sys.modules) - known
                if known and late:
                    Path(__file__).with_name("late").write_text("\\n".join(sorted(late)))
                known.update(late)
    """
    plan = plan_for(tmp_path, target, watchful)

    requests = run(plan)

    assert requests.total > 100
    assert not (tmp_path / "late").exists(), (tmp_path / "late").read_text()


def test_two_processes_make_the_arrivals_of_one_and_meet_the_same_failures(
    tmp_path: Path, target: Target
) -> None:
    """Who fails is who comes: what is judged of errors is the same, second by second."""
    mixed = """
        from locust import FastHttpUser, task

        class Sound(FastHttpUser):
            weight = 3

            @task
            def read(self):
                self.client.get("/x")

        class Lost(FastHttpUser):
            @task
            def read(self):
                self.client.get("/missing")
    """
    alone, shared = tmp_path / "alone", tmp_path / "shared"
    for folder in (alone, shared):
        folder.mkdir()
    one = plan_for(alone, target, mixed, seed=9)
    two = plan_for(shared, target, mixed, seed=9, processes=2)

    run_of_one, run_of_two = run(one), run(two)

    assert run_of_one.total == run_of_two.total
    assert run_of_one.failures().total == run_of_two.failures().total > 10
    assert per_second(one) == per_second(two)


def test_a_closed_load_keeps_its_users_and_their_think_time(tmp_path: Path, target: Target) -> None:
    stage = Stage(kind="hold", start_s=0, end_s=600, begin=5, end=5, unit="users")
    each_by_itself = FOREIGN.replace('"/x?page=1"', 'f"/x/{id(self)}"')
    plan = plan_for(tmp_path, target, each_by_itself, model="closed", stages=(stage,))
    with traffic(plan) as process:
        until(lambda: len(target.requests()) >= 20)
        process.stdin.write(b"end\n")
        process.stdin.flush()
        assert process.wait(timeout=60) == 0

    users = target.by_path().values()
    pauses_s = [later_s - earlier_s for seen in users for earlier_s, later_s in pairwise(seen)]
    assert len(users) == 5
    assert 0.95 < min(pauses_s) < 2
    assert arrivals(plan)["late"] == 0
    assert recorded(plan).total == len(target.requests())


def test_latency_counts_from_the_intended_start_when_the_target_stalls(tmp_path: Path) -> None:
    with serving(tmp_path, stall_every_s=1.0, stall_s=1.5) as target:
        plan = plan_for(tmp_path, target, FOREIGN, users=3)
        requests = run(plan)

    response, service = requests.histogram(Clock.RESPONSE), requests.histogram(Clock.SERVICE)
    assert arrivals(plan)["starved"] > 50
    assert arrivals(plan)["dropped"] == 0
    assert response.within(500.0).at_most < service.within(500.0).at_least
    assert response.total == service.total == requests.total


def test_arrivals_that_wait_too_long_are_dropped_and_counted(tmp_path: Path) -> None:
    with serving(tmp_path, stall_every_s=1.0, stall_s=2.0) as target:
        plan = plan_for(tmp_path, target, FOREIGN, users=1, drop_after_s=0.2)
        requests = run(plan)

    counts = arrivals(plan)
    assert counts["dropped"] > 0
    assert counts["planned"] == counts["started"] + counts["dropped"]
    assert counts["started"] == requests.total


def test_errors_are_counted_by_kind_and_journeys_that_raise_are_not_lost(
    tmp_path: Path, target: Target
) -> None:
    plan = plan_for(
        tmp_path,
        target,
        """
        from locust import HttpUser, task

        class Clumsy(HttpUser):
            @task
            def stumble(self):
                self.client.get("/missing/42", name="/missing/{id}")
                raise KeyError("id")
        """,
    )

    requests = run(plan)

    errors = (
        read_segments(plan.run_folder, Table.ERRORS)
        .group_by(["name", "kind"])
        .aggregate([("requests", "sum")])
    )
    counted = {row["name"]: (row["kind"], row["requests_sum"]) for row in errors.to_pylist()}
    assert requests.failures().total == requests.total == counted["/missing/{id}"][1]
    assert "404" in counted["/missing/{id}"][0]
    assert counted["(journey)"] == ("KeyError: 'id'", requests.total)


def test_task_sets_inside_task_sets_wait_for_arrivals_too(tmp_path: Path, target: Target) -> None:
    plan = plan_for(
        tmp_path,
        target,
        """
        from locust import HttpUser, SequentialTaskSet, task

        class Nested(HttpUser):
            @task
            class Steps(SequentialTaskSet):
                @task
                def first(self):
                    self.client.get("/x/first")

                @task
                def second(self):
                    self.client.get("/x/second")
                    self.interrupt()
        """,
    )

    requests = run(plan)

    assert requests.total == arrivals(plan)["started"] > 100
    assert {endpoint.name for endpoint in requests.endpoints} == {"/x/first", "/x/second"}
