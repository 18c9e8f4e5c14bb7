from __future__ import annotations

import json
from pathlib import Path

import pytest
from commandline import CommandLine
from in_process import InProcess

KEYS = ["lambda", "sigma", "kappa", "n_peak", "x_peak", "x_limit", "grade", "reasons", "intervals"]
SPECSDM91 = """concurrency,throughput
1,64.9
18,995.9
36,1652.4
72,1853.2
108,1828.9
144,1775.0
216,1702.2
"""
STRAIGHT = "concurrency,throughput\n1,10\n2,20\n4,40\n8,80\n16,160\n32,320\n"


@pytest.fixture
def preseason(tmp_path: Path) -> InProcess:
    return InProcess(tmp_path)


def test_a_fit_as_json_has_exactly_the_documented_keys(tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text(SPECSDM91)
    said = CommandLine(tmp_path)("capacity", "fit", "points.csv", "--json")
    assert said.exit_code == 0, said.all
    answer = json.loads(said.output)
    assert list(answer) == KEYS
    assert answer["n_peak"] == pytest.approx(96.52, abs=0.01)
    assert list(answer["intervals"]) == KEYS[:6]
    low, high = answer["intervals"]["n_peak"]
    assert low < answer["n_peak"] < high


def test_what_may_not_be_claimed_is_null(preseason: InProcess, tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text(STRAIGHT)
    answer = json.loads(preseason("capacity", "fit", "points.csv", "--json").output)
    assert (answer["n_peak"], answer["x_peak"], answer["x_limit"]) == (None, None, None)
    assert answer["intervals"]["n_peak"][1] is None
    assert answer["reasons"]


def test_a_fit_is_said_in_words(preseason: InProcess, tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text(SPECSDM91)
    said = preseason("capacity", "fit", "points.csv")
    assert "throughput peaks at 1883.9, at a concurrency of 96.52" in said.output
    (tmp_path / "points.csv").write_text(STRAIGHT)
    said = preseason("capacity", "fit", "points.csv")
    assert "no peak by N = 32; the highest throughput is at least 320, as measured at N = 32" in said.output


def test_a_bad_file_is_refused_with_every_mistake(preseason: InProcess, tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text("concurrency,throughput\n1,ten\n2,-4\n")
    said = preseason("capacity", "fit", "points.csv")
    assert said.exit_code == 2
    assert "points.csv:2: the throughput 'ten' is not a number" in said.all
    assert "points.csv:3: the throughput -4 is not above 0" in said.all
    assert "Traceback" not in said.all


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xfec\x00o\x00", "is not UTF-8 text"),
        (b"x" * (5 * 2**20), "larger than 4 MiB"),
        (b"", "is empty"),
    ],
    ids=["UTF-16", "huge", "empty"],
)
def test_a_file_that_is_no_table_is_refused(
    preseason: InProcess, tmp_path: Path, content: bytes, said: str
) -> None:
    (tmp_path / "points.csv").write_bytes(content)
    refused = preseason("capacity", "fit", "points.csv")
    assert refused.exit_code == 2
    assert said in refused.all


def test_a_missing_file_and_a_folder_are_refused(preseason: InProcess, tmp_path: Path) -> None:
    assert preseason("capacity", "fit", "nowhere.csv").exit_code == 2
    assert preseason("capacity", "fit", str(tmp_path)).exit_code == 2


PLAN = """capacity:
  from: 2027-07-05
  users: 1000
  requests_per_user: 36/h
  growth_per_week: 10 %
  instances: {running: 2, spare: 1, utilisation: 50 %}
"""


def test_a_plan_needs_no_search_of_ours(preseason: InProcess, tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text(PLAN)
    plan = ("capacity", "plan", "--plan", "plan.yaml")
    answer = json.loads(preseason(*plan, "--capacity", "20/s", "--json").output)
    assert answer["headroom"] == pytest.approx(0.5)
    assert answer["runs_out"]["likely"] == "2027-08-30"  # 1.1^8 > 2
    said = preseason(*plan, "--capacity", "20/s")
    assert said.output.startswith(
        "50\N{NARROW NO-BREAK SPACE}% headroom in the week of 2027-07-05; "
        "it runs out in the week of 2027-08-30"
    )
    assert "no prices are given" in said.output


PRICES = """  mean_load: 30 %
  prices:
    currency: USD
    items:
      - {name: web, price: 0.04, per: instance-hour, source: the contract, date: 2027-06-01}
"""


def test_a_plan_in_the_past_says_its_own_dates_and_where_its_prices_are_from(
    preseason: InProcess, tmp_path: Path
) -> None:
    (tmp_path / "plan.yaml").write_text(PLAN.replace("2027-07-05", "2020-07-06") + PRICES)
    plan = ("capacity", "plan", "--plan", "plan.yaml", "--capacity", "20/s")
    said = preseason(*plan)
    assert said.exit_code == 0, said.all
    assert "headroom in the week of 2020-07-06" in said.output
    assert "today" not in said.output
    (price,) = (line for line in said.output.splitlines() if "instance-hour" in line)
    assert price.split() == ["web", "0.04", "USD", "instance-hour", "the", "contract", "2027-06-01"]
    (told,) = json.loads(preseason(*plan, "--json").output)["prices"]
    assert (told["source"], told["date"]) == ("the contract", "2027-06-01")


def test_a_bad_plan_is_refused_with_every_mistake(preseason: InProcess, tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text(PLAN.replace("36/h", "36").replace("1000", "many"))
    said = preseason("capacity", "plan", "--plan", "plan.yaml", "--capacity", "20/s")
    assert said.exit_code == 2
    assert "plan.yaml:3:10: 'many' is not a whole number" in said.all
    assert "plan.yaml:4:22: 36 has no unit" in said.all
    assert "Traceback" not in said.all
    lint = preseason("slo", "lint", "plan.yaml")
    assert (lint.exit_code, "2 errors" in lint.all) == (2, True)


def test_mistakes_in_a_plan_and_in_what_it_counts_on_are_told_together(
    preseason: InProcess, tmp_path: Path
) -> None:
    (tmp_path / "bad.yaml").write_text(PLAN.replace("1000", "many"))
    for words, tolds in (
        (("plan", "nowhere", "--plan", "none.yaml"), ("none.yaml: cannot be read", "nowhere")),
        (("plan", "--plan", "bad.yaml", "--capacity", "lots"), ("'many' is not", "--capacity lots")),
        (("plan", "nowhere", "--plan", "bad.yaml", "--capacity", "1/s"), ("'many' is not", "said twice")),
        (("report", "nowhere", "--plan", "bad.yaml"), ("'many' is not", "holds no capacity search")),
    ):
        said = preseason("capacity", *words)
        assert said.exit_code == 2
        for told in tolds:
            assert told in said.all, (words, told)


def test_costs_name_the_run_that_they_are_from(preseason: InProcess) -> None:
    example = Path(__file__).parents[2] / "reports" / "example"
    said = preseason("capacity", "costs", example)
    assert said.exit_code == 0
    assert said.output.startswith("What run example shows could be cheaper")
