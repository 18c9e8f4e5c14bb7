from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from commandline import CommandLine
from in_process import InProcess

from history_specimen import SLOWER, Nights, nights, write

if TYPE_CHECKING:
    from pathlib import Path

LEVELS = [1.02, 0.95, 0.99, 1.00, 1.12, 0.90, 0.50, 0.51, 0.48, 0.48, 0.55]


@pytest.fixture
def preseason(tmp_path: Path) -> InProcess:
    rows = "".join(f"night {at},{level}\r\n" for at, level in enumerate(LEVELS))
    (tmp_path / "nights.csv").write_text("\ufeffnight,p95\r\nbefore,NA\r\n" + rows, "utf-8", newline="")
    return InProcess(tmp_path)


def test_change_points_as_json_are_exactly_what_is_documented(preseason: InProcess) -> None:
    said = preseason("trend", "--csv", "nights.csv", "--metric", "p95", "--json")
    assert said.exit_code == 0, said.all
    answer = json.loads(said.output)
    assert list(answer) == ["change_points"]
    (point,) = answer["change_points"]
    assert list(point) == ["index", "before", "after", "p"]
    assert point["index"] == 7
    assert point["before"] == pytest.approx(0.99667, abs=1e-5)
    assert point["after"] == pytest.approx(0.504)
    assert 0 < point["p"] < 0.001


def test_change_points_are_said_in_words(preseason: InProcess) -> None:
    said = preseason("trend", "--csv", "nights.csv", "--metric", "p95")
    assert "11 values, 1 missing, 1 change point" in said.output
    assert "row 7: 0.99667 -> 0.504 (-49.4%)" in said.output
    said = preseason("trend", "--csv", "nights.csv", "--metric", "p95", "--min-magnitude", "2")
    assert "no change point" in said.output


def test_a_bad_series_is_refused_with_every_mistake(preseason: InProcess, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("p95\nten\n4\ninf\n")
    said = preseason("trend", "--csv", "bad.csv", "--metric", "p95")
    assert said.exit_code == 2
    assert "bad.csv:2: the p95 'ten' is not a number" in said.all
    assert "bad.csv:4: the p95 is inf" in said.all
    assert "Traceback" not in said.all


def test_runs_that_are_named_beside_a_series_are_refused_and_not_passed_over(
    preseason: InProcess,
) -> None:
    series = ("--csv", "nights.csv", "--metric", "p95")
    for words in (("trend", "reports", *series), ("trend", *series, "elsewhere")):
        said = preseason(*words)
        assert said.exit_code == 2
        assert "RUNS: goes with runs, not with --csv" in said.all
    assert preseason("trend", *series, PRESEASON_OUT="elsewhere").exit_code == 0


def test_one_run_is_said_to_show_no_trend(tmp_path: Path) -> None:
    write(tmp_path / "reports", nights(Nights(count=1)))
    said = InProcess(tmp_path)("trend", "--html", "trend.html")
    assert said.exit_code == 3, said.all
    assert "One run shows no trend" in said.output
    for told in (said.output, (tmp_path / "trend.html").read_text()):
        assert "every run" not in told


def test_a_regression_among_runs_is_told_by_the_exit_code(tmp_path: Path) -> None:
    write(tmp_path / "reports", nights(Nights(count=30, since=20, worse=SLOWER)))
    said = CommandLine(tmp_path)("trend", "--html", "trend.html")
    assert said.exit_code == 1, said.all
    assert "REGRESSION: 3 regressions in 30 runs" in said.output
    assert "worse" in (tmp_path / "trend.html").read_text()
