"""``preseason history`` and ``trend`` on a history of nights, all in one process."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from history_specimen import SLOWER, Nights, nights, write
from preseason.cli import main

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Said:
    exit_code: int
    output: str
    all: str


@dataclass(frozen=True)
class Commands:
    """The command line within this process, in a folder with a history."""

    folder: Path
    capture: pytest.CaptureFixture[str]

    def __call__(self, *arguments: str) -> Said:
        sys.argv[1:] = arguments
        with pytest.raises(SystemExit) as ended:
            main()
        output, errors = self.capture.readouterr()
        return Said(int(ended.value.code or 0), output, output + errors)

    def runs(self) -> int:
        return len(list(self.folder.glob("reports/*/run.json")))


@pytest.fixture
def history(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Commands:
    write(tmp_path / "reports", nights(Nights(count=30, since=20, worse=SLOWER)))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PRESEASON_OUT", raising=False)
    monkeypatch.setattr(sys, "argv", ["preseason"])
    return Commands(tmp_path, capsys)


def test_a_regression_among_runs_fails_until_somebody_answers_for_it(history: Commands) -> None:
    said = history("trend")
    assert said.exit_code == 1, said.all
    assert "worse: p95 for GET /api/players from" in said.output
    assert "(2.1.0 1f9c2ab before, 2.2.0 2f9c2ab then)" in said.output
    assert "REGRESSION: 3 regressions in 30 runs" in said.output
    answer = json.loads(history("trend", "reports", "--json").output)
    assert (answer["exit_code"], answer["open_regressions"], len(answer["runs"])) == (1, 3, 30)
    points = [point for one in answer["indicators"] for point in one["change_points"]]
    first_nights = {point["run"] for point in points if point["direction"] == "worse"}
    assert first_nights == {answer["runs"][20]["run"]}
    mine = ("--owner", "ada", "--reason", "the new search")
    unclear = history("trend", "ack", *mine)
    assert unclear.exit_code == 2
    assert "3 regressions stand" in unclear.all
    assert history("trend", "ack", *mine, "--indicator", "p95").exit_code == 0
    assert history("trend").exit_code == 1
    assert history("trend", "ack", *mine, "--all", "--until", "2020-01-01").exit_code == 0
    assert history("trend").exit_code == 1
    assert history("trend", "ack", *mine, "--all").exit_code == 0
    said = history("trend")
    assert said.exit_code == 0, said.all
    assert "acknowledged by ada: the new search" in said.output
    assert "nobody has acknowledged. Acknowledged and still there: 3." in said.output


def test_too_few_runs_and_no_runs_are_said(history: Commands, tmp_path: Path) -> None:
    write(tmp_path / "few", nights(Nights(count=4)))
    said = history("trend", "few")
    assert said.exit_code == 3
    assert "Too few runs to tell a change: 4 of the 6" in said.output
    (tmp_path / "empty").mkdir()
    said = history("trend", "empty")
    assert said.exit_code == 2
    assert "holds no run" in said.all
    said = history("trend", "--workload", "12345")
    assert said.exit_code == 2
    assert "a5d36442" in said.all
    said = history("trend", "--csv", "a.csv", "--html", "b.html")
    assert said.exit_code == 2
    assert "goes with runs" in said.all
    assert "--metric" in said.all


def test_runs_are_listed_pruned_and_exported(history: Commands) -> None:
    listed = json.loads(history("history", "--json").output)["runs"]
    assert len(listed) == 30
    assert listed[0]["commit"] == "1f9c2ab"
    assert "2.2.0 2f9c2ab" in history("history").output
    assert history("history", "prune").exit_code == 2
    shown = history("history", "prune", "--keep", "25")
    assert shown.output.count("goes: ") == 5
    assert "nothing was removed: --yes removes them" in shown.output
    assert history.runs() == 30
    assert history("history", "prune", "--keep", "10", "--older-than", "99999d", "--yes").exit_code == 0
    assert history.runs() == 30
    assert "removed: 5 of 30" in history("history", "prune", "--keep", "25", "--yes").output
    assert history.runs() == 25
    assert "rows of 25 runs" in history("history", "export", "all.parquet").output
