"""Baselines and comparisons of runs on disk: which past runs serve, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from preseason.campaign.baselines import FILE, baseline_for, choose_last, choose_runs, chosen
from preseason.campaign.comparing import compare_runs
from preseason.campaign.judging import judge_run
from preseason.errors import BadInputError
from preseason.run.manifest import Status
from preseason.run.reading import read_run
from preseason.testing import Traffic, synthetic_run, write_run
from preseason.verdict.comparison import Margins
from preseason.verdict.model import Decision, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SECONDS, PER_SECOND = 60, 20
SLO = """load: {model: open, rate: 20/s, duration: 60s, warmup: 0s}
objectives:
  - p95 < 200 ms
  - p95 < 110 % of baseline
"""
BEFORE, LATER, LATEST = (f"2026010{day}T120000Z-release" for day in (5, 6, 7))


def recorded(runs: Path, name: str, median_ms: float = 50.0, slo: str = SLO, **facts: object) -> Path:
    draw = np.random.default_rng(int(median_ms))
    times_ms = median_ms * np.exp(0.2 * draw.standard_normal(SECONDS * PER_SECOND))
    run = synthetic_run(SECONDS, [Traffic.steady(SECONDS, PER_SECOND, times_ms)], run_id=name, **facts)
    return write_run(runs / name, run, slo)


def passed(runs: Path, name: str, median_ms: float = 50.0, **facts: object) -> Path:
    """A run that has been judged, by an objective of its own alone."""
    folder = recorded(runs, name, median_ms, SLO.replace("  - p95 < 110 % of baseline\n", ""), **facts)
    verdict, _ = judge_run(folder)
    assert verdict.verdict is Decision.PASS, verdict.sentence
    return folder


def causes(refused: Callable[[], object]) -> list[str]:
    with pytest.raises(BadInputError) as caught:
        refused()
    return [problem.cause for problem in caught.value.problems]


def test_without_a_baseline_an_objective_of_it_has_no_data_and_says_how_to_get_one(tmp_path: Path) -> None:
    verdict, _ = judge_run(recorded(tmp_path, LATEST))

    of_baseline = verdict.objectives[1]
    assert of_baseline.outcome is Outcome.NO_DATA
    assert "preseason baseline set" in of_baseline.reason
    assert verdict.verdict is Decision.UNDECIDED


@pytest.mark.parametrize(
    ("median_ms", "outcome"), [(50, Outcome.PASS), (90, Outcome.FAIL)], ids=["as before", "slower"]
)
def test_a_run_is_held_against_the_runs_that_were_chosen(
    tmp_path: Path, median_ms: float, outcome: Outcome
) -> None:
    passed(tmp_path, BEFORE)
    choose_runs(tmp_path, [BEFORE])

    verdict, _ = judge_run(recorded(tmp_path, LATEST, median_ms))

    assert verdict.objectives[1].outcome is outcome
    assert verdict.comparison is not None
    assert verdict.comparison.baseline == (BEFORE,)


def test_the_last_ones_that_may_serve_are_taken_and_the_rest_passed_over(tmp_path: Path) -> None:
    passed(tmp_path, BEFORE)
    passed(tmp_path, LATER, workload_hash="f" * 64)
    recorded(tmp_path, "20260106T130000Z-release", status=Status.INTERRUPTED)
    choose_last(tmp_path, 3)

    found = baseline_for(read_run(recorded(tmp_path, LATEST)))

    assert [run.manifest.run_id for run in found.runs] == [BEFORE]


def test_no_run_is_its_own_baseline(tmp_path: Path) -> None:
    folder = passed(tmp_path, BEFORE)
    choose_runs(tmp_path, [BEFORE])

    assert baseline_for(read_run(folder)).absent == "this run is the baseline itself"


@pytest.mark.parametrize(
    ("facts", "cause"),
    [
        ({"workload_hash": "f" * 64}, "its workload is not that of"),
        ({"status": Status.INTERRUPTED}, "this run is interrupted, not finished"),
    ],
)
def test_a_chosen_run_that_cannot_serve_any_more_is_no_data_with_its_reason(
    tmp_path: Path, facts: dict[str, object], cause: str
) -> None:
    folder = passed(tmp_path, BEFORE)
    choose_runs(tmp_path, [BEFORE])
    run = read_run(folder)
    (folder / "run.json").write_text(run.manifest.model_copy(update=facts).model_dump_json())

    found = baseline_for(read_run(recorded(tmp_path, LATEST)))

    assert not found.runs
    assert cause in found.absent


def test_every_run_that_cannot_be_a_baseline_is_named_at_once(tmp_path: Path) -> None:
    assert causes(lambda: choose_runs(tmp_path, ["nowhere", "nobody"])) == ["no such run", "no such run"]

    recorded(tmp_path, BEFORE)
    slow = recorded(tmp_path, LATER, 400.0)
    judge_run(slow)
    assert causes(lambda: choose_runs(tmp_path, [BEFORE, LATER])) == [
        "this run has not been judged",
        "this run ended as FAIL",
    ]


def test_a_spoiled_choice_is_told_with_its_way_out(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("{")

    assert "Invalid JSON" in causes(lambda: chosen(tmp_path))[0]
    verdict, _ = judge_run(recorded(tmp_path, LATEST))
    assert "preseason baseline set" in verdict.objectives[1].reason


def test_a_run_is_not_compared_with_itself(tmp_path: Path) -> None:
    folder = passed(tmp_path, BEFORE)

    assert "the same run" in causes(lambda: compare_runs(folder, folder, Margins()))[0]


def test_runs_that_differ_in_more_than_the_platform_are_refused_with_all_differences(tmp_path: Path) -> None:
    one = passed(tmp_path, BEFORE)
    generator = read_run(one).manifest.generator.model_copy(update={"cores": 64, "locust": "1.0"})
    other = passed(tmp_path, LATER, workload_hash="f" * 64, generator=generator)

    found = causes(lambda: compare_runs(one, other, Margins()))

    assert len(found) == 3
    assert any("cores" in cause for cause in found)
    assert any("locust" in cause for cause in found)
