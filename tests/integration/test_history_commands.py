"""``preseason history`` and ``trend`` on a history of nights, all in one process."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from history_specimen import FIRST, SLOWER, Nights, nights, write
from preseason.campaign.capacity.record import CapacityRecord, Pace, StepRecord, write_record
from preseason.cli import main
from preseason.planning.search.next_step import Purpose, Settings
from preseason.planning.search.steps import Measured
from preseason.verdict.model import Decision

if TYPE_CHECKING:
    from pathlib import Path


PLAN = """
capacity:
  from: 2026-11-02
  users: 20000
  requests_per_user: 20/h
  burst: 1.3
  growth_per_week: 2 %
  mean_load: 30 %
  growth_per_week_high: 4 %
  instances: {tested: 1, running: 6, spare: 1, utilisation: 70 %}
  prices:
    currency: USD
    items:
      - {name: web, price: 0.04, per: instance-hour, source: the contract, date: 2026-06-01}
"""


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


def test_a_week_and_a_month_are_reviewed_and_an_empty_one_is_said(history: Commands) -> None:
    said = history("review", "--week", "--until", "2026-10-23", "--to", "pages")
    assert said.exit_code == 0, said.all
    assert "7 runs in the week from 2026-10-17 to 2026-10-23: 7 PASS." in said.output
    assert "worse: p95 for GET /api/players" in said.output
    markdown = (history.folder / "pages" / "review-week-2026-10-23.md").read_text()
    assert "| p95 for GET /api/players |" in markdown
    assert (history.folder / "pages" / "review-week-2026-10-23.html").exists()
    record = CapacityRecord(
        slo="capacity",
        objectives=("p95 < 200 ms",),
        target="https://staging.example.org",
        started_at=FIRST,
        settings=Settings(start_rate=20, least_rate=1, most_rate=100),
        pace=Pace(settle_s=10, measure_s=60, longer=3),
        steps=tuple(step(rate) for rate in (20.0, 30.0, 50.0)),
    )
    folder = history.folder / "reports" / "20261001T023000Z-capacity"
    folder.mkdir()
    write_record(folder, record)
    (history.folder / "plan.yaml").write_text(PLAN)
    said = history("review", "--month", "--until", "2026-10-30", "--plan", "plan.yaml")
    assert said.exit_code == 0, said.all
    markdown = (history.folder / "reports" / "review-month-2026-10-30.md").read_text()
    assert "| 20261001T023000Z-capacity |" in markdown
    assert "30/s arrivals, not confirmed" in markdown
    assert "1 000 requests, as tested: **0" in markdown.replace("\u2009", " ")
    assert "USD" in markdown
    said = history("review", "--week", "--until", "2025-01-01")
    assert said.exit_code == 3
    assert "no run was made from 2024-12-26 to 2025-01-01; those in reports are from" in said.output
    assert history("review").exit_code == 2


def test_mistakes_in_what_a_review_is_asked_are_told_together(history: Commands) -> None:
    (history.folder / "plan.yaml").write_text(PLAN.replace("20000", "many"))
    asked = ("--month", "--until", "0001-01-01", "--plan", "plan.yaml", "nowhere")
    refused = history("review", *asked)
    assert refused.exit_code == 2
    for told in ("--until 0001-01-01", "'many' is not", "nowhere: there is no such folder"):
        assert told in refused.all
    refused = history("review", "--month", "--until", "2026-10-30", "--plan", "plan.yaml", "--workload", "zz")
    assert refused.exit_code == 2
    assert "'many' is not" in refused.all
    refused = history("review", "--week", "--until", "2026-10-23", "--to", "no/where")
    assert refused.exit_code == 2
    assert "--to no/where: cannot be made" in refused.all


def test_of_a_short_series_nobody_says_that_it_has_no_change(history: Commands) -> None:
    series = history.folder / "a.csv"
    for values, told in (("5", "v: 1 value, too few"), ("5\n6", "v: 2 values, too few")):
        series.write_text(f"v\n{values}\n")
        assert told in history("trend", "--csv", "a.csv", "--metric", "v").output
    series.write_text("v\n" + "5\n" * 6)
    assert "v: 6 values, no change point" in history("trend", "--csv", "a.csv", "--metric", "v").output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("history", "prune", "--older-than", "9999999999h"), "older than any run"),
        (("review", "--week", "--until", "9999-12-31"), "no day after it"),
    ],
)
def test_a_time_beyond_the_calendar_is_refused(
    history: Commands, arguments: tuple[str, ...], said: str
) -> None:
    refused = history(*arguments)
    assert refused.exit_code == 2, refused.all
    assert said in refused.all


def step(rate: float) -> StepRecord:
    outcome = Decision.PASS if rate < 40 else Decision.FAIL
    measured = Measured(4 * rate, 4 * rate, 0.0, 90.0, rate / 5, valid=True)
    return StepRecord(
        rate=rate,
        purpose=Purpose.RAMP,
        outcome=outcome,
        generator_bound=False,
        binds="" if outcome is Decision.PASS else "p95 < 200 ms",
        run=f"{rate:g}",
        measured=measured,
    )
