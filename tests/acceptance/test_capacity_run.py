from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from commandline import CommandLine

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.gate

#: The limit of seconds keeps a step valid of whose few journeys some begin tenths of one late.
SLO = """version: 1
name: lenient
load: {model: open, rate: 2/s, duration: 10s, mix: {league_read: 1}}
objectives: [errors < 30 %, p50 < 20 s]
"""
CLOSED = "version: 1\nload: {model: closed, users: 5, duration: 10s}\nobjectives: [errors < 30 %]\n"


RATES = ("--start", "3", "--most", "3", "--settle", "2s", "--measure", "6s", "--leagues", "2", "-q")
PLAN = """capacity:
  from: 2027-07-05
  users: 1000
  leagues: 100
  requests_per_user: 3/h
  growth_per_week: 5 %
  instances: {running: 2, utilisation: 70 %}
"""


def test_a_search_that_is_killed_goes_on_after_its_last_finished_step(tmp_path: Path) -> None:
    preseason = CommandLine(tmp_path)
    (tmp_path / "slo.yaml").write_text(SLO)
    (tmp_path / "plan.yaml").write_text(PLAN)
    killed = kill_in_second_step(preseason, "capacity", "run", "--slo", "slo.yaml", "--share", "0.9", *RATES)

    said = preseason("capacity", "run", "--slo", "slo.yaml", *RATES, "--resume", killed.folder)
    assert said.exit_code == 0, said.all
    assert "at least 3/s arrivals, confirmed; limited by the highest rate that was allowed" in said.output
    answer = json.loads(preseason("capacity", "report", killed.folder, "--json").output)
    assert answer["finished"]
    steps = answer["steps"]
    assert steps[0]["run"] == killed.first_run
    valid = [step for step in steps if step["outcome"] != "INVALID"]  # a step that was held up is made again
    assert [(step["rate"], step["purpose"]) for step in valid] == [(3, "ramp"), (2.7, "confirm")]
    assert all((killed.folder / step["run"] / "report.html").is_file() for step in steps)
    assert answer["landmarks"]["peak"] > 0
    used = set(valid[-1]["measured"]["uses"])
    assert {"application CPU", "database CPU", "database connections", "Redis CPU", "Redis memory"} <= used

    again = preseason("capacity", "run", "--slo", "slo.yaml", *RATES, "--resume", killed.folder)
    assert again.output == said.output
    planned = preseason("capacity", "report", killed.folder, "--plan", "plan.yaml")
    assert planned.exit_code == 0, planned.all
    assert "Until when does it last?" in (killed.folder / "capacity.html").read_text()
    plan = json.loads(preseason("capacity", "plan", killed.folder, "--plan", "plan.yaml", "--json").output)
    assert plan["weeks"][0]["redis_bytes"] > 0
    costs = json.loads(preseason("capacity", "costs", killed.folder / valid[0]["run"], "--json").output)
    assert {"statement", "connections", "cache"} <= {one["kind"] for one in costs["found"]}


@dataclass(frozen=True)
class Killed:
    """A search whose process was killed in its second step, and the run of its first."""

    folder: Path
    first_run: str


def kill_in_second_step(preseason: CommandLine, *arguments: str) -> Killed:
    """Kill as the kernel does when memory is short: nothing can be tidied up by the one that dies."""
    reports = preseason.folder / "reports"
    with preseason.started(*arguments) as process:
        deadline_s = time.monotonic() + 240
        while len(list(reports.glob("*/*/run.json"))) < 2:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline_s
            time.sleep(0.2)
        process.kill()
    (folder,) = reports.iterdir()
    (first,) = json.loads((folder / "capacity.json").read_text())["steps"]
    return Killed(folder, first["run"])


def test_what_cannot_be_searched_is_refused_before_any_load(tmp_path: Path) -> None:
    preseason = CommandLine(tmp_path)
    (tmp_path / "closed.yaml").write_text(CLOSED)
    closed = preseason("capacity", "run", "--slo", "closed.yaml", "-q")
    assert (closed.exit_code, "this load is closed" in closed.all) == (2, True)
    assert not (tmp_path / "reports").exists()
    nothing = preseason("capacity", "report", tmp_path)
    assert (nothing.exit_code, "holds no capacity search" in nothing.all) == (2, True)
