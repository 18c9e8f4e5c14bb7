"""How a load ends: when it is told to, or by what goes wrong with its users, its memory or its disk."""

from __future__ import annotations

import resource
import signal
import time
from typing import TYPE_CHECKING

from traffic_runs import (
    FOREIGN,
    STOOD_STILL,
    Target,
    arrivals,
    losses,
    notes,
    plan_for,
    recorded,
    run,
    traffic,
    until,
)

from preseason.run.durable import CANNOT_RECORD
from preseason.run.manifest import Stage
from preseason.run.segments import read_segments
from preseason.run.tables import Table
from preseason.run.timeline import EventKind, read_timeline

if TYPE_CHECKING:
    from pathlib import Path


def test_a_process_that_would_exhaust_the_memory_ends_the_load(tmp_path: Path, target: Target) -> None:
    hoarder = """
        from locust import FastHttpUser, task

        KEPT = []

        class Hoarder(FastHttpUser):
            @task
            def read(self):
                self.client.get("/x")
                KEPT.append(bytearray(10_000_000))
    """
    stage = Stage(kind="hold", start_s=0, end_s=600, begin=50, end=50, unit="arrivals/s")
    plan = plan_for(tmp_path, target, hoarder, stages=(stage,), memory_bytes=600e6)

    requests = run(plan)

    (lost,) = losses(plan)
    assert "generator-0 was stopped: it held" in lost
    assert requests.total > 10


def test_whoever_asks_for_more_memory_than_a_generator_may_take_is_refused_it(
    tmp_path: Path, target: Target
) -> None:
    glutton = """
        from locust import FastHttpUser, task

        class Glutton(FastHttpUser):
            @task
            def read(self):
                self.client.get("/x")
                bytearray(4_000_000_000)
    """
    plan = plan_for(tmp_path, target, glutton, memory_bytes=1e9)

    requests = run(plan)

    errors = read_segments(plan.run_folder, Table.ERRORS).to_pylist()
    assert {row["kind"] for row in errors} == {"MemoryError:"}
    assert sum(row["requests"] for row in errors) == requests.total > 100


def test_a_user_who_keeps_the_loop_busy_is_told_apart_from_a_dead_process(
    tmp_path: Path, target: Target
) -> None:
    busy = """
        import time
        from itertools import count

        from locust import FastHttpUser, task

        TASKS = count()

        class Busy(FastHttpUser):
            @task
            def read(self):
                self.client.get("/x")
                if next(TASKS) == 20:
                    until_s = time.monotonic() + 7
                    while time.monotonic() < until_s:
                        pass
    """
    plan = plan_for(tmp_path, target, busy)

    run(plan)

    lost = [event.text for event in read_timeline(plan.run_folder) if event.kind is EventKind.WORKER_LOST]
    assert lost
    assert all(text.startswith(STOOD_STILL) for text in lost)


def test_task_sets_that_fail_before_any_journey_do_not_stop_the_rest(tmp_path: Path, target: Target) -> None:
    plan = plan_for(
        tmp_path,
        target,
        """
        from locust import HttpUser, TaskSet, task

        class Sound(HttpUser):
            @task
            def read(self):
                self.client.get("/x")

        class Broken(HttpUser):
            @task
            class Steps(TaskSet):
                def on_start(self):
                    raise RuntimeError("never gets as far as a journey")

                @task
                def never(self):
                    self.client.get("/x/never")
        """,
        drain_timeout_s=1.0,
        prepare_timeout_s=8.0,
    )

    requests = run(plan)

    errors = read_segments(plan.run_folder, Table.ERRORS).to_pylist()
    assert requests.total > 30
    assert {endpoint.name for endpoint in requests.endpoints} == {"/x"}
    assert sum(row["requests"] for row in errors) < 20 * 20
    assert (plan.run_folder / "traffic.log").stat().st_size < 5e6


def test_the_end_of_input_ends_the_load_and_keeps_what_was_recorded(tmp_path: Path, target: Target) -> None:
    stage = Stage(kind="hold", start_s=0, end_s=600, begin=50, end=50, unit="arrivals/s")
    plan = plan_for(tmp_path, target, FOREIGN, stages=(stage,))
    with traffic(plan) as process:
        until(lambda: len(target.requests()) > 100)
        process.stdin.close()
        assert process.wait(timeout=60) == 0

    assert recorded(plan).total == len(target.requests())
    assert read_timeline(plan.run_folder)[-1].kind is EventKind.LOAD_ENDED


def test_a_line_of_input_ends_the_load_early_and_lets_what_is_under_way_finish(
    tmp_path: Path, target: Target
) -> None:
    stage = Stage(kind="hold", start_s=0, end_s=60, begin=50, end=50, unit="arrivals/s")
    plan = plan_for(tmp_path, target, FOREIGN, stages=(stage,))
    with traffic(plan) as process:
        until(lambda: len(target.requests()) > 40)
        assert process.stdin is not None
        process.stdin.write(b"end\n")
        process.stdin.flush()
        assert process.wait(timeout=60) == 0

    moments = {event.kind: event for event in read_timeline(plan.run_folder)}
    started, ended = moments[EventKind.LOAD_STARTED], moments[EventKind.LOAD_ENDED]
    booked = arrivals(plan)
    assert booked["finished"] == booked["started"] == booked["planned"] == recorded(plan).total
    assert ended.at_s < started.at_s + 60


def test_a_killed_process_costs_at_most_five_seconds(tmp_path: Path, target: Target) -> None:
    stage = Stage(kind="hold", start_s=0, end_s=600, begin=50, end=50, unit="arrivals/s")
    plan = plan_for(tmp_path, target, FOREIGN, stages=(stage,))
    with traffic(plan) as process:
        until(lambda: len(target.requests()) > 450 and target.is_asked_steadily(for_s=8.0))
        killed_s = time.time()
        process.send_signal(signal.SIGKILL)
        process.wait()

    owed = sum(1 for at_s in target.requests() if at_s < killed_s - 5.0)
    assert recorded(plan).total >= owed > 100


def test_a_full_disk_ends_the_run_and_shows_in_its_exit_code(tmp_path: Path, target: Target) -> None:
    stage = Stage(kind="hold", start_s=0, end_s=600, begin=50, end=50, unit="arrivals/s")
    plan = plan_for(tmp_path, target, FOREIGN, stages=(stage,))
    with traffic(plan) as process:
        until(lambda: len(target.requests()) > 10)
        # No file may grow further than this: as near to a full disk as a test can come.
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (4000, 4000))
        assert process.wait(timeout=60) == CANNOT_RECORD


def test_users_that_stop_before_the_load_are_noted(tmp_path: Path, target: Target) -> None:
    choosy = """
        from itertools import count

        from locust import FastHttpUser, task

        NUMBERS = count()

        class Choosy(FastHttpUser):
            def on_start(self):
                if next(NUMBERS) % 4 == 0:
                    self.stop()

            @task
            def read(self):
                self.client.get("/x")
    """
    plan = plan_for(tmp_path, target, choosy)

    requests = run(plan)

    assert requests.total > 100
    assert notes(plan) == ["5 of 20 users stopped before the load began; traffic.log says why"]


def test_users_that_never_become_ready_end_the_run_with_a_reason(tmp_path: Path, target: Target) -> None:
    plan = plan_for(
        tmp_path,
        target,
        """
        from locust import HttpUser, task
        from locust.exception import StopUser

        class Refused(HttpUser):
            def on_start(self):
                raise StopUser

            @task
            def never(self):
                self.client.get("/x")
        """,
    )

    requests = run(plan)

    assert requests.total == 0
    assert "no user became ready; traffic.log says why" in notes(plan)


def test_what_usually_kept_users_from_becoming_ready_is_told(tmp_path: Path, target: Target) -> None:
    plan = plan_for(
        tmp_path,
        target,
        """
        from locust import task
        from locust.exception import StopUser

        from preseason.traffic.user import LeanUser

        class Refused(LeanUser):
            def on_start(self):
                self.client.get("/missing")
                raise StopUser

            @task
            def never(self):
                self.client.get("/x")
        """,
    )

    run(plan)

    assert "no user became ready: GET /missing: status 404 (20 of 20 failed requests)" in notes(plan)
