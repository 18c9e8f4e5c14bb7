from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from history_specimen import FIRST, SEARCH, SLOWER, Nights, nights
from preseason.planning.search.slo_capacity import SloCapacity
from preseason.report.history.review import Beside, Searched, render, sentence
from preseason.verdict.history.reviewing import (
    Length,
    Period,
    Review,
    error_patterns,
    growth,
    journeys,
    misses,
    review_of,
)
from preseason.verdict.model import Decision, Outcome
from preseason.verdict.statistics.changes import Sensitivity

if TYPE_CHECKING:
    from preseason.verdict.history.comparable import PastRun

HOW = Sensitivity(min_magnitude=0.05)
#: The week in which the release of night 40 came out: nights 36 to 42.
WEEK = Period(Length.WEEK, (FIRST + timedelta(days=42)).date())
RUNS = nights(Nights(worse=SLOWER))


def review(runs: tuple[PastRun, ...] = RUNS, period: Period = WEEK) -> Review:
    found = review_of(runs, period, HOW)
    assert found is not None
    return found


def test_a_week_is_seven_whole_days_and_ends_with_its_last() -> None:
    period = Period(Length.WEEK, date(2026, 11, 29))
    assert (period.first_day, period.before.until) == (date(2026, 11, 23), date(2026, 11, 22))
    assert period.holds(FIRST.replace(month=11, day=29, hour=23))
    assert not period.holds(FIRST.replace(month=11, day=30, hour=0))


def test_figures_are_medians_beside_the_week_before_and_name_the_worst_run() -> None:
    found = review()
    assert [len(found.runs), len(found.now), len(found.before)] == [7, 7, 7]
    p95 = next(one for one in found.usual if (one.example.name, one.example.about) == ("p95", SEARCH))
    found_in = ((run.run_id, value) for run in RUNS[36:43] for value in run.values)
    values = {run_id: value.value for run_id, value in found_in if value.key == p95.example.key}
    assert p95.middle == sorted(values.values())[3]
    assert values[p95.worst_run] == max(values.values()) == p95.worst
    assert p95.before == pytest.approx(24, rel=0.1)


def test_of_a_hit_rate_the_lowest_is_the_worst() -> None:
    hits = next(one for one in review().usual if one.example.name == "redis.hit_rate")
    assert hits.worst < hits.middle


def test_what_began_in_the_week_is_told_and_what_came_later_is_not_known_yet() -> None:
    assert {(trend.name, trend.about) for trend, _ in review().changes} == set(SLOWER)
    assert max(run.started_at for run in review().trends.history.runs) < WEEK.end
    assert sentence(review()).startswith("p95 for GET /api/players became worse, from ")
    before = Period(Length.WEEK, WEEK.before.until)
    assert sentence(review(period=before)).endswith("No indicator became worse in it.")


def test_errors_misses_traffic_and_growth_are_added_up() -> None:
    found = review()
    (pattern,) = error_patterns(found.now)
    assert (pattern.kind, pattern.requests, pattern.endpoints) == ("503 Service Unavailable", 3, (SEARCH,))
    assert pattern.runs == (RUNS[40].run_id,)
    assert not misses(found.now)
    assert journeys(found.now)["league_read"] == 7 * 372
    grown = growth(found.now)
    assert grown is not None
    assert grown.first_run == RUNS[36].run_id
    assert grown.per_day == pytest.approx((grown.last - grown.first) / 6, rel=0.01)
    assert growth(found.now[:1]) is None


def test_a_missed_objective_is_named_with_its_runs() -> None:
    verdict = RUNS[41].verdict
    assert verdict is not None
    first = verdict.objectives[0].model_copy(update={"outcome": Outcome.FAIL})
    failed = verdict.model_copy(
        update={"verdict": Decision.FAIL, "objectives": (first, *verdict.objectives[1:])}
    )
    runs = (*RUNS[:41], replace(RUNS[41], verdict=failed), *RUNS[42:])
    (miss,) = misses(review(runs).now)
    assert (miss.objective.name, miss.runs) == (first.name, (RUNS[41].run_id,))
    page, markdown = render(review(runs), Beside())
    assert f"missed: {first.name}, in {RUNS[41].run_id}" in markdown
    assert "6 PASS, 1 FAIL" in page


def test_a_period_without_runs_of_use_has_no_review() -> None:
    assert review_of(RUNS, Period(Length.WEEK, date(2025, 1, 1)), HOW) is None
    unjudged = tuple(replace(run, verdict=None) for run in RUNS)
    assert review_of(unjudged, WEEK, HOW) is None


def test_a_month_has_capacity_and_cost_and_a_week_has_not() -> None:
    capacity = SloCapacity(
        42.0, 47.0, "p95 < 200 ms", confirmed=True, limited_by="", findings=(), undecided=()
    )
    search = Searched("20261101T000000Z-capacity", "capacity", "https://staging.example.org", FIRST, capacity)
    month = Period(Length.MONTH, WEEK.until)
    _, told = render(review(period=month), Beside((search,)))
    assert "| 20261101T000000Z-capacity | 2026-10-01 | capacity |" in told
    assert "42/s arrivals, confirmed; p95 < 200 ms binds" in told
    assert "No plan was given" in told
    assert "Capacity" not in render(review(), Beside((search,)))[1]
    assert "No capacity search lies beside the runs" in render(review(period=month), Beside())[1]


def test_a_table_is_told_with_what_it_says_in_markdown_too() -> None:
    _, told = render(review(), Beside())
    said = "Response times: medians of 7 runs, and the run in which each was worst."
    assert f"{said}\n\n| Indicator | Median | Before | Change | Worst |\n" in told


def test_the_first_week_of_all_has_none_before_it() -> None:
    first = Period(Length.WEEK, (FIRST + timedelta(days=3)).date())
    found = review(period=first)
    assert not found.before
    page, markdown = render(found, Beside())
    assert "Too few runs to tell a change: 4 of the 6" in markdown
    assert "0 the week before" in page


def test_of_few_runs_nobody_says_that_nothing_became_worse() -> None:
    found = review(RUNS[:4], Period(Length.WEEK, (FIRST + timedelta(days=4)).date()))
    assert sentence(found).endswith("Too few runs to tell a change: 4 of the 6 that it takes.")
    page, _ = render(found, Beside())
    assert 'class="badge undecided large"' in page
    assert "No indicator" not in page


def test_the_same_runs_give_the_same_page() -> None:
    assert render(review(), Beside()) == render(review(nights(Nights(worse=SLOWER))), Beside())
