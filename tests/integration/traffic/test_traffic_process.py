"""The Locust process as the campaign starts it, against a real server that keeps its own log."""

from __future__ import annotations

import os
import resource
import signal
import socket
import subprocess
import sys
import textwrap
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from preseason.run.durable import CANNOT_RECORD
from preseason.run.manifest import Stage
from preseason.run.requests import Clock, Requests
from preseason.run.segments import read_segments
from preseason.run.tables import Table
from preseason.run.timeline import EventKind, read_timeline
from preseason.traffic.plan import PLAN_VARIABLE, Plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TARGET = Path(__file__).with_name("logged_target.py")

FOREIGN = """
    from locust import FastHttpUser, constant, task

    class Somebody(FastHttpUser):
        wait_time = constant(1)

        @task
        def read(self):
            self.client.get("/x?page=1")
"""


@dataclass(frozen=True)
class Target:
    url: str
    log: Path

    def requests(self, path: str = "/x") -> list[float]:
        """When the target itself saw each request."""
        lines = (line.split() for line in self.log.read_text().splitlines())
        return [float(at_s) for at_s, seen in lines if seen.startswith(path)]


@contextmanager
def serving(folder: Path, *, stall_every_s: float = 3600.0, stall_s: float = 0.0) -> Iterator[Target]:
    log = folder / "target.log"
    log.touch()
    command = [sys.executable, str(TARGET), "0", str(log), str(stall_every_s), str(stall_s)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Target(f"http://127.0.0.1:{process.stdout.readline().strip()}", log)
        finally:
            process.kill()


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Target]:
    with serving(tmp_path) as served:
        yield served


def plan_for(folder: Path, target: Target, locustfile: str, **changes: object) -> Plan:
    path = folder / "somebody_else.py"
    path.write_text(textwrap.dedent(locustfile))
    run_folder = folder / "run"
    run_folder.mkdir()
    stage = Stage(kind="hold", start_s=0, end_s=3, begin=50, end=50, unit="arrivals/s")
    facts = {"model": "open", "stages": (stage,), "users": 20, "limits_ms": (100.0, 200.0), **changes}
    facts.setdefault("port", free_port())
    return Plan(run_folder=run_folder, host=target.url, locustfiles=(path,), **facts)


@contextmanager
def traffic(plan: Plan) -> Iterator[subprocess.Popen[bytes]]:
    plan_file = plan.run_folder / "plan.json"
    plan_file.write_text(plan.model_dump_json())
    with (plan.run_folder / "traffic.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "preseason.traffic"],
            env={**os.environ, PLAN_VARIABLE: str(plan_file)},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=log,
        )
    try:
        yield process
    finally:
        process.stdin.close()
        process.kill()
        process.wait()


def run(plan: Plan) -> Requests:
    with traffic(plan) as process:
        assert process.wait(timeout=60) == 0, (plan.run_folder / "traffic.log").read_text()
    return recorded(plan)


def recorded(plan: Plan) -> Requests:
    return Requests.of(read_segments(plan.run_folder, Table.REQUESTS), plan.limits_ms)


def arrivals(plan: Plan) -> dict[str, int]:
    table = read_segments(plan.run_folder, Table.ARRIVALS)
    names = ("planned", "started", "late", "starved", "dropped", "finished")
    return {name: int(np.sum(table[name].to_numpy())) for name in names}


def until(condition: Callable[[], bool], timeout_s: float = 30.0) -> None:
    deadline_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline_s, "it did not happen in time"
        time.sleep(0.05)


def test_every_request_of_a_foreign_locust_file_is_recorded(tmp_path: Path, target: Target) -> None:
    plan = plan_for(tmp_path, target, FOREIGN)

    requests = run(plan)

    counts = arrivals(plan)
    assert requests.total == len(target.requests()) == counts["finished"] > 100
    assert counts["planned"] == counts["started"]
    assert [str(endpoint) for endpoint in requests.endpoints] == ["GET /x"]
    assert int(requests.cache_hits.sum()) == requests.total


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


def per_second(plan: Plan) -> list[int]:
    table = read_segments(plan.run_folder, Table.ARRIVALS).group_by("second").aggregate([("planned", "sum")])
    return [row["planned_sum"] for row in table.sort_by("second").to_pylist() if row["planned_sum"]]


def test_a_closed_load_keeps_its_users_and_their_think_time(tmp_path: Path, target: Target) -> None:
    stage = Stage(kind="hold", start_s=0, end_s=4, begin=5, end=5, unit="users")
    plan = plan_for(tmp_path, target, FOREIGN, model="closed", stages=(stage,))

    requests = run(plan)

    assert 15 <= requests.total <= 25  # five users, about one request a second each, for four seconds
    assert arrivals(plan)["late"] == 0


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

    (lost,) = [event for event in read_timeline(plan.run_folder) if event.kind is EventKind.WORKER_LOST]
    assert "generator-0 was stopped: it held" in lost.text
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

    (lost,) = [event for event in read_timeline(plan.run_folder) if event.kind is EventKind.WORKER_LOST]
    assert "it stood still for" in lost.text


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
        prepare_timeout_s=3.0,
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
        assert process.wait(timeout=20) == 0

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
        assert process.wait(timeout=20) == 0

    moments = {event.kind: event for event in read_timeline(plan.run_folder)}
    started, ended = moments[EventKind.LOAD_STARTED], moments[EventKind.LOAD_ENDED]
    booked = arrivals(plan)
    assert booked["finished"] == booked["started"] == booked["planned"] == recorded(plan).total
    assert ended.at_s < started.at_s + 60


def test_a_killed_process_costs_at_most_five_seconds(tmp_path: Path, target: Target) -> None:
    stage = Stage(kind="hold", start_s=0, end_s=600, begin=50, end=50, unit="arrivals/s")
    plan = plan_for(tmp_path, target, FOREIGN, stages=(stage,))
    with traffic(plan) as process:
        until(lambda: len(target.requests()) > 450)
        process.send_signal(signal.SIGKILL)
        killed_s = time.time()
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


def notes(plan: Plan) -> list[str]:
    return [event.text for event in read_timeline(plan.run_folder) if event.kind is EventKind.NOTE]


@contextmanager
def workers(count: int, port: int, folder: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Plain Locust workers that know nothing but where their master is."""
    command = [sys.executable, "-m", "locust", "--worker", "-f", "-", "--master-port", str(port)]
    environment = {**os.environ, "TMPDIR": str(folder)}
    started = [
        subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for _ in range(count)
    ]
    try:
        yield started
    finally:
        for process in started:
            process.kill()
            process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_a_master_and_plain_locust_workers_make_the_arrivals_of_one(tmp_path: Path, target: Target) -> None:
    alone, spread, elsewhere = (tmp_path / name for name in ("alone", "spread", "elsewhere"))
    for folder in (alone, spread, elsewhere):
        folder.mkdir()
    one = plan_for(alone, target, FOREIGN, seed=4)
    many = plan_for(spread, target, FOREIGN, seed=4, workers=2)

    total_of_one = run(one).total
    with workers(2, many.port, elsewhere):
        total_of_many = run(many).total

    assert total_of_many == total_of_one
    assert per_second(many) == per_second(one)


def test_a_master_does_not_wait_for_its_workers_for_ever(tmp_path: Path, target: Target) -> None:
    plan = plan_for(tmp_path, target, FOREIGN, workers=2, workers_timeout_s=2)

    requests = run(plan)

    assert requests.total == 0
    lost = [event.text for event in read_timeline(plan.run_folder) if event.kind is EventKind.WORKER_LOST]
    assert lost == [f"only 0 of 2 workers connected to port {plan.port} within 2 s"]


def test_a_master_that_waits_for_workers_can_be_stopped(tmp_path: Path, target: Target) -> None:
    plan = plan_for(tmp_path, target, FOREIGN, workers=2)
    with traffic(plan) as process:
        until((plan.run_folder / "timeline.jsonl").exists)
        process.stdin.close()
        assert process.wait(timeout=20) == 0


def test_a_load_whose_workers_all_die_ends(tmp_path: Path, target: Target) -> None:
    stage = Stage(kind="hold", start_s=0, end_s=600, begin=50, end=50, unit="arrivals/s")
    plan = plan_for(tmp_path, target, FOREIGN, stages=(stage,), workers=2)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with workers(2, plan.port, elsewhere) as victims, traffic(plan) as process:
        until(lambda: len(target.requests()) > 50)
        for victim in victims:
            victim.kill()
        assert process.wait(timeout=60) == 0

    lost = [event for event in read_timeline(plan.run_folder) if event.kind is EventKind.WORKER_LOST]
    assert len(lost) == 2


def test_a_worker_that_dies_is_noticed(tmp_path: Path, target: Target) -> None:
    stage = Stage(kind="hold", start_s=0, end_s=12, begin=50, end=50, unit="arrivals/s")
    plan = plan_for(tmp_path, target, FOREIGN, stages=(stage,), workers=2)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with workers(2, plan.port, elsewhere) as (victim, _), traffic(plan) as process:
        until(lambda: len(target.requests()) > 50)
        victim.kill()
        assert process.wait(timeout=60) == 0

    lost = [event for event in read_timeline(plan.run_folder) if event.kind is EventKind.WORKER_LOST]
    assert len(lost) == 1
