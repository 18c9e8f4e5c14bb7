from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from commandline import CommandLine

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.gate

SLO = """version: 1
name: lenient
load: {model: open, rate: 2/s, duration: 10s, mix: {league_read: 1}}
objectives: [errors < 30 %]
"""
CLOSED = "version: 1\nload: {model: closed, users: 5, duration: 10s}\nobjectives: [errors < 30 %]\n"


def test_a_search_is_recorded_step_by_step_and_can_be_gone_on_with(tmp_path: Path) -> None:
    preseason = CommandLine(tmp_path)
    (tmp_path / "slo.yaml").write_text(SLO)
    rates = ("--start", "3", "--most", "3", "--settle", "2s", "--measure", "6s", "--leagues", "2")
    said = preseason("capacity", "run", "--slo", "slo.yaml", *rates, "-q")

    assert said.exit_code == 0, said.all
    assert "at least 3/s arrivals, confirmed; limited by the highest rate that was allowed" in said.output
    (folder,) = (tmp_path / "reports").iterdir()
    answer = json.loads(preseason("capacity", "report", folder, "--json").output)
    assert answer["finished"]
    assert [(step["rate"], step["purpose"]) for step in answer["steps"]] == [
        (3, "ramp"),
        (2.7, "confirm"),
    ]
    assert all((folder / step["run"] / "report.html").is_file() for step in answer["steps"])
    assert answer["landmarks"]["peak"] > 0

    again = preseason("capacity", "run", "--slo", "slo.yaml", *rates, "-q", "--resume", folder)
    assert again.output == said.output.replace(str(folder.relative_to(tmp_path)), str(folder))


def test_what_cannot_be_searched_is_refused_before_any_load(tmp_path: Path) -> None:
    preseason = CommandLine(tmp_path)
    (tmp_path / "closed.yaml").write_text(CLOSED)
    closed = preseason("capacity", "run", "--slo", "closed.yaml", "-q")
    assert (closed.exit_code, "this load is closed" in closed.all) == (2, True)
    assert not (tmp_path / "reports").exists()
    nothing = preseason("capacity", "report", tmp_path)
    assert (nothing.exit_code, "holds no capacity search" in nothing.all) == (2, True)
