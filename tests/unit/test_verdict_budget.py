from __future__ import annotations

import pytest

from preseason.slo.burn import PERIOD_S, WINDOWS, is_ratio
from preseason.slo.grammar import parse_objective
from preseason.slo.reading import parse_slo
from preseason.testing import Traffic, synthetic_run
from preseason.verdict.budget import budget_of
from preseason.verdict.judgement import Judgement
from preseason.verdict.judging import judge
from preseason.verdict.model import ErrorBudget, Outcome
from preseason.verdict.objectives import result_of


def budget(
    sentence: str, good: int, total: int, low: float | None = None, high: float | None = None
) -> ErrorBudget:
    """The budget of an objective of which so many events were good."""
    objective = parse_objective(sentence)
    judgement = Judgement(Outcome.PASS, "", good=good, total=total, ratio_low=low, ratio_high=high)
    return budget_of(objective, result_of(objective, judgement))


def test_the_windows_are_those_of_the_workbook_and_of_sloth() -> None:
    assert [(one.urgency, one.long_s / 3600, one.short_s / 60) for one in WINDOWS] == [
        ("page", 1, 5),
        ("page", 6, 30),
        ("ticket", 24, 120),
        ("ticket", 72, 360),
    ]
    assert [one.burn for one in WINDOWS] == pytest.approx([14.4, 6, 3, 1])


def test_burn_one_uses_a_budget_up_in_its_month() -> None:
    found = budget("availability >= 99.9 %", 999, 1000)

    assert found.burn == pytest.approx(1)
    assert found.days_left == pytest.approx(30)
    assert found.budget_ratio * PERIOD_S / 60 == pytest.approx(43.2)
    assert found.share_per_hour == pytest.approx(1 / 720)


@pytest.mark.parametrize(
    ("sentence", "burn"), [("errors < 1 %", 5.0), ("errors < 0.1 %", 50.0), ("p95 < 200 ms", 1.0)]
)
def test_the_same_share_burns_the_faster_the_more_was_promised(sentence: str, burn: float) -> None:
    assert budget(sentence, 95, 100).burn == pytest.approx(burn)


def test_a_run_without_a_bad_event_ends_no_budget() -> None:
    found = budget("errors < 1 %", 1000, 1000, low=0.997, high=1.0)

    assert (found.burn, found.days_left) == (0.0, None)
    assert [alert.fires for alert in found.alerts] == [False, False, False, False]


def test_an_alert_whose_threshold_lies_in_the_interval_is_open() -> None:
    # 4 % to 8 % failed of an allowed 1 %: burn 4 to 8.
    found = budget("errors < 1 %", 940, 1000, low=0.92, high=0.96)

    assert (found.burn_low, found.burn_high) == (pytest.approx(4), pytest.approx(8))
    assert [alert.fires for alert in found.alerts] == [False, None, True, True]


def test_the_time_to_fire_at_a_total_outage_is_that_of_the_workbook() -> None:
    found = budget("availability >= 99.9 %", 0, 1000, low=0.0, high=0.003)

    assert [alert.bad_ratio for alert in found.alerts] == pytest.approx([0.0144, 0.006, 0.003, 0.001])
    assert [alert.after_s for alert in found.alerts] == pytest.approx([51.84, 129.6, 259.2, 259.2])


def test_an_alert_that_not_even_an_outage_could_fire_says_so() -> None:
    found = budget("redis.hit_rate > 90 %", 0, 1000, low=0.0, high=0.01)

    assert (found.alerts[0].bad_ratio, found.alerts[0].fires, found.alerts[0].after_s) == (None, False, None)


def test_without_data_only_the_size_of_the_budget_is_known() -> None:
    objective = parse_objective("errors < 1 %")
    found = budget_of(objective, result_of(objective, Judgement.no_data("nothing was sent")))

    assert (found.burn, found.days_left, found.reason) == (None, None, "nothing was sent")
    assert all(alert.fires is None for alert in found.alerts)


@pytest.mark.parametrize(
    ("sentence", "has_one"),
    [
        ("p95 < 200 ms", True),
        ("errors < 1 % for POST /x", True),
        ("redis.hit_rate > 90 %", True),
        ("max < 2 s", False),
        ("mean < 100 ms", False),
        ("rate > 40/s", False),
        ("errors < 1 % over 1m", False),
        ("p95 < 110 % of baseline", False),
        ("postgres.connections < 80 %", False),
    ],
)
def test_a_budget_belongs_to_a_share_of_all_that_is_judged(sentence: str, *, has_one: bool) -> None:
    assert is_ratio(parse_objective(sentence)) is has_one


def test_a_verdict_has_a_budget_for_each_objective_that_promises_a_share() -> None:
    slo = parse_slo(
        "load: {model: open, rate: 20/s, duration: 60s, warmup: 0s}\n"
        "objectives: [errors < 1 %, mean < 1 s, redis.hit_rate > 90 %]\n",
        "slo.yaml",
    )
    errors, hit_rate = judge(synthetic_run(60, [Traffic.steady(60, 50, 10.0)]), slo).budgets

    assert (errors.objective, errors.burn) == ("errors < 1 %", 0.0)
    assert (hit_rate.burn, "not sampled" in hit_rate.reason) == (None, True)
