"""How a gate may end but by a pass or a failure: refused, without data, interrupted; and a Locust file."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING

import pytest
from commandline import CommandLine, interrupt
from gated import QUICK, load_began, slo_file, verdict_of
from night import until

from preseason.run.segments import read_segments
from preseason.run.tables import Table

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.gate

#: Somebody's file, which has never heard of preseason.
PLAIN = """
    from locust import HttpUser, constant, task

    class Visitor(HttpUser):
        wait_time = constant(0.1)

        @task
        def players(self):
            self.client.get("/api/players?page=1")
"""


@pytest.fixture
def preseason(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path)


def locust_file(folder: Path, body: str) -> Path:
    path = folder / "somebody_elses.py"
    path.write_text(textwrap.dedent(body))
    return path


def test_an_unreachable_target_is_said_within_ten_seconds(
    preseason: CommandLine, tmp_path: Path, closed_port: int
) -> None:
    users = tmp_path / "users.csv"
    users.write_text("email,password\na@example.org,secret\n")

    said = preseason("gate", "--target", f"http://127.0.0.1:{closed_port}", "--users", users)

    assert said.exit_code == 5, said.all
    assert said.took_s < 10
    assert "--target" in said.errors
    assert preseason.runs() == []


def test_everything_that_is_wrong_is_said_at_once_with_its_place(
    preseason: CommandLine, tmp_path: Path, closed_port: int
) -> None:
    slo = slo_file(
        tmp_path,
        """
        load: {model: open, stages: [{hold: 10s, rate: 5/s}], mix: {league_reed: 1}, warm_up: 3s}
        objectives:
          - p95x < 200 ms
          - errors < 1 ms
        """,
    )
    dsn = "postgresql://somebody:hunter2@127.0.0.1:notaport/x"

    said = preseason("gate", "--slo", slo, "--target", f"http://127.0.0.1:{closed_port}", "--postgres", dsn)

    assert said.exit_code == 2, said.all
    for wrong in ("warm_up", "p95x", "'ms'", "--postgres", "--target"):
        assert wrong in said.errors, wrong
    assert "objectives.yaml:4:" in said.errors
    assert "objectives.yaml:5:" in said.errors
    assert "hunter2" not in said.all
    assert "Traceback" not in said.all


def test_a_fault_nobody_knows_is_told_with_the_rest_before_anything_starts(preseason: CommandLine) -> None:
    said = preseason("gate", "--slo", "nowhere.yaml", "--leagues", "1", "--fault", "cash-off")

    assert said.exit_code == 2, said.all
    assert "cache-off" in said.errors
    assert "nowhere.yaml" in said.errors
    assert "Postgres" not in said.all
    assert preseason.runs() == []


def test_a_platform_without_its_postgres_says_so_by_its_exit_code(
    preseason: CommandLine, closed_port: int
) -> None:
    dsn = f"postgresql://somebody:hunter2@127.0.0.1:{closed_port}/x"

    said = preseason("platform", "--port", "0", "--postgres", dsn)

    assert said.exit_code == 5, said.all
    assert "hunter2" not in said.all


def test_a_locust_file_that_sends_nothing_is_not_a_pass(preseason: CommandLine, tmp_path: Path) -> None:
    idle = locust_file(
        tmp_path,
        """
        from locust import User, task

        class Idle(User):
            @task
            def nothing(self):
                pass
        """,
    )
    slo = slo_file(tmp_path, "load: {model: closed, users: 2, duration: 4s}\nobjectives: [p95 < 200 ms]\n")

    said = preseason("gate", "--slo", slo, "--locustfile", idle, "--leagues", "1")

    assert said.exit_code == 3, said.all
    assert verdict_of(preseason)["objectives"][0]["outcome"] == "NO_DATA"


def test_a_plain_locust_file_is_recorded_and_judged(preseason: CommandLine, tmp_path: Path) -> None:
    plain = locust_file(tmp_path, PLAIN)
    slo = slo_file(
        tmp_path, "load: {model: closed, users: 5, duration: 8s, warmup: 1s}\nobjectives: [errors < 5 %]\n"
    )

    said = preseason("gate", "--slo", slo, "--locustfile", plain, "--leagues", "1")

    assert said.exit_code == 0, said.all
    endpoints = json.loads(preseason("show", "--json").output)["endpoints"]
    assert [(e["method"], e["name"]) for e in endpoints] == [("GET", "/api/players")]


def test_objectives_without_their_source_are_no_data(preseason: CommandLine, tmp_path: Path) -> None:
    plain = locust_file(tmp_path, PLAIN)
    slo = slo_file(
        tmp_path,
        """
        load: {model: closed, users: 3, duration: 5s}
        objectives: [redis.hit_rate > 90 %, postgres.connections < 80 %]
        """,
    )
    with preseason.started("platform", "--port", "0", "--leagues", "1") as platform:
        url = json.loads(platform.stdout.readline())["url"]
        said = CommandLine(tmp_path)("gate", "--slo", slo, "--locustfile", plain, "--target", url)
        platform.terminate()

    assert said.exit_code == 3, said.all
    assert {o["outcome"] for o in verdict_of(preseason)["objectives"]} == {"NO_DATA"}
    assert "--redis" in said.output


def test_an_interrupted_run_is_kept_and_can_be_shown(preseason: CommandLine, tmp_path: Path) -> None:
    slo = slo_file(tmp_path, QUICK.replace("14s", "300s"))
    with preseason.started("gate", "--slo", slo, "--leagues", "2") as process:
        run, _ = load_began(preseason, process)
        until(lambda: len(read_segments(run, Table.REQUESTS)) > 0)
        interrupt(process)
        _, errors = process.communicate(timeout=60)

    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    assert (run / "timeline.jsonl").exists()
    shown = json.loads(preseason("show", "latest", "--json").output)
    assert shown["status"] == "interrupted"
    assert sum(endpoint["requests"] for endpoint in shown["endpoints"]) > 0
