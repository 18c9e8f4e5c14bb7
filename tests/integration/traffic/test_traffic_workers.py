"""A master and plain Locust workers, as on several machines."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from traffic_runs import FOREIGN, Target, losses, per_second, plan_for, run, traffic, until

from preseason.run.manifest import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


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
    assert losses(plan) == [f"only 0 of 2 workers connected to port {plan.port} within 2 s"]


def test_a_master_that_waits_for_workers_can_be_stopped(tmp_path: Path, target: Target) -> None:
    plan = plan_for(tmp_path, target, FOREIGN, workers=2)
    with traffic(plan) as process:
        until((plan.run_folder / "timeline.jsonl").exists)
        process.stdin.close()
        assert process.wait(timeout=60) == 0


def test_a_load_whose_workers_all_die_ends(tmp_path: Path, target: Target) -> None:
    stage = Stage(kind="hold", start_s=0, end_s=600, begin=50, end=50, unit="arrivals/s")
    plan = plan_for(tmp_path, target, FOREIGN, stages=(stage,), workers=2)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with workers(2, plan.port, elsewhere) as victims, traffic(plan) as process:
        until(lambda: len(target.requests()) > 50)
        for victim in victims:
            victim.kill()
        assert process.wait(timeout=90) == 0

    assert len(losses(plan)) == 2


def test_a_worker_that_dies_is_noticed(tmp_path: Path, target: Target) -> None:
    stage = Stage(kind="hold", start_s=0, end_s=12, begin=50, end=50, unit="arrivals/s")
    plan = plan_for(tmp_path, target, FOREIGN, stages=(stage,), workers=2)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with workers(2, plan.port, elsewhere) as (victim, _), traffic(plan) as process:
        until(lambda: len(target.requests()) > 50)
        victim.kill()
        assert process.wait(timeout=90) == 0

    assert len(losses(plan)) == 1
