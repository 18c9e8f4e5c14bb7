"""Objectives about requests, judged on synthetic runs whose truth is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from preseason.run.manifest import Stage, Status
from preseason.slo.reading import parse_slo
from preseason.testing import LEAGUE, LINEUP, Traffic, arrivals_table, synthetic_run
from preseason.verdict.judging import judge
from preseason.verdict.model import Outcome

if TYPE_CHECKING:
    from preseason.testing import SyntheticRun
    from preseason.verdict.model import ObjectiveResult

LOAD = "load: {model: open, rate: 20/s, duration: 60s, warmup: 0s}\n"


def judged(run: SyntheticRun, objective: str) -> ObjectiveResult:
    slo = parse_slo(f"{LOAD}objectives:\n  - {objective}\n", "slo.yaml")
    return judge(run, slo).objectives[0]


def run_of(*traffic: Traffic, duration_s: int = 60, **changes: Any) -> SyntheticRun:  # noqa: ANN401 - passed on
    return synthetic_run(duration_s, traffic, **changes)


def lognormal(p95_ms: float, per_second: int = 50, duration_s: int = 60, seed: int = 1, **of: Any) -> Traffic:  # noqa: ANN401 - passed on
    """Independent latencies with this true p95."""
    spread = np.random.default_rng(seed).standard_normal(per_second * duration_s)
    return Traffic.steady(duration_s, per_second, p95_ms * np.exp(0.5 * (spread - 1.6448536)), **of)


def test_a_fast_platform_passes_and_its_percentile_is_bounded() -> None:
    found = judged(run_of(lognormal(100)), "p95 < 200 ms")

    assert found.outcome is Outcome.PASS
    assert found.point == pytest.approx(100, rel=0.05)
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.point < found.high < 200
    assert (found.limit, found.unit, found.total) == (200.0, "ms", 3000)


def test_a_slow_platform_fails() -> None:
    found = judged(run_of(lognormal(300)), "p95 < 200 ms")

    assert found.outcome is Outcome.FAIL
    assert found.low is not None
    assert found.low > 200
    assert found.ratio_high is not None
    assert found.target_ratio is not None
    assert found.ratio_high < found.target_ratio


def test_a_pass_bounds_the_percentile_by_its_limit_where_ranks_do_not() -> None:
    """One slow second in twenty carries the tail: no rank bounds p95, but all was within the limit."""
    spiky = np.where(np.repeat(np.arange(60), 50) % 20 == 7, 150.0, 10.0)

    found = judged(run_of(Traffic.steady(60, 50, spiky)), "p95 < 200 ms")

    assert (found.outcome, found.high) == (Outcome.PASS, 200.0)


def test_a_platform_at_its_limit_is_undecided_and_told_what_it_needs() -> None:
    found = judged(run_of(lognormal(195)), "p95 < 200 ms")

    assert found.outcome is Outcome.UNDECIDED
    assert "more of this load" in found.needs
    assert "more requests" in found.needs


@pytest.mark.parametrize(("count", "outcome"), [(58, Outcome.UNDECIDED), (59, Outcome.PASS)])
def test_fifty_nine_good_requests_are_the_fewest_that_prove_a_p95(count: int, outcome: Outcome) -> None:
    traffic = Traffic.of(np.arange(count), 10.0)

    assert judged(run_of(traffic), "p95 < 200 ms").outcome is outcome


def test_a_failed_request_is_never_a_good_one_however_fast() -> None:
    found = judged(run_of(lognormal(50), Traffic.steady(60, 10, 1.0, ok=False)), "p95 < 200 ms")

    assert found.outcome is Outcome.FAIL
    assert (found.good, found.total) == (3000, 3600)
    assert found.point is None  # it falls among the failures: slower than any limit
    assert found.high is None


def test_the_outcome_rests_on_exact_counts_also_where_the_limit_cuts_a_bucket() -> None:
    traffic = Traffic.steady(60, 20, np.where(np.arange(1200) % 2 == 0, 200.0, 199.9))

    found = judged(run_of(traffic), "p95 < 200 ms")

    assert found.outcome is Outcome.PASS
    assert found.good == 1200
    assert found.point is not None
    assert found.point <= 200


def test_another_limit_than_the_run_knew_is_judged_on_the_careful_side() -> None:
    """All answers took 250.1 ms, which the record knows as between 249.9 and 250.9 ms."""
    run = run_of(Traffic.steady(60, 20, 250.1))

    assert judged(run, "p95 < 250.5 ms").outcome is Outcome.UNDECIDED
    assert judged(run, "p95 < 260 ms").outcome is Outcome.PASS
    assert judged(run, "p95 < 240 ms").outcome is Outcome.FAIL


def test_seconds_that_share_their_fate_leave_a_verdict_open() -> None:
    """Three bad seconds of sixty: 5 % bad requests, but only sixty independent events."""
    slow = np.isin(np.repeat(np.arange(60), 50), (10, 11))
    found = judged(run_of(Traffic.steady(60, 50, np.where(slow, 500.0, 20.0))), "p95 < 200 ms")

    assert found.outcome is Outcome.UNDECIDED


def test_an_objective_speaks_only_of_its_endpoint_and_its_scenario() -> None:
    run = run_of(lognormal(50), lognormal(400, per_second=10, endpoint=LINEUP, scenario="lineup"))

    assert judged(run, f"p95 < 200 ms for {LEAGUE}").outcome is Outcome.PASS
    assert judged(run, f"p95 < 200 ms for {LINEUP}").outcome is Outcome.FAIL
    assert judged(run, f"p95 < 200 ms for {LINEUP.name}").outcome is Outcome.FAIL
    assert judged(run, "p95 < 200 ms for scenario lineup").outcome is Outcome.FAIL


def test_an_endpoint_that_nobody_asked_has_no_data_and_the_known_ones_are_named() -> None:
    found = judged(run_of(lognormal(50)), "p95 < 200 ms for POST /api/team/lineup")

    assert found.outcome is Outcome.NO_DATA
    assert str(LEAGUE) in found.reason


def test_no_requests_are_no_data_whatever_is_asked() -> None:
    for objective in (
        "p95 < 200 ms",
        "mean < 1 s",
        "errors < 1 %",
        "availability > 99 %",
        "rate > 1/s",
        "max < 1 s",
    ):
        assert judged(run_of(), objective).outcome is Outcome.NO_DATA


@pytest.mark.parametrize(
    ("failures", "requests", "outcome"),
    [
        (0, 3000, Outcome.PASS),
        (0, 240, Outcome.UNDECIDED),
        (7, 1000, Outcome.UNDECIDED),
        (90, 3000, Outcome.FAIL),
    ],
)
def test_errors_are_judged_by_what_their_number_proves(
    failures: int, requests: int, outcome: Outcome
) -> None:
    ok = np.ones(requests, dtype=bool)
    ok[np.linspace(0, requests - 1, failures, dtype=int)] = False
    traffic = Traffic.of(np.arange(requests) * 60 // requests, 10.0, ok)

    found = judged(run_of(traffic), "errors < 1 %")

    assert found.outcome is outcome
    assert found.point == pytest.approx(failures / requests)
    assert (found.good, found.total) == (requests - failures, requests)


def test_availability_is_the_other_side_of_errors() -> None:
    run = run_of(Traffic.steady(60, 50, 10.0))

    errors, availability = judged(run, "errors < 1 %"), judged(run, "availability >= 99 %")

    assert errors.low == pytest.approx(1 - (availability.high or 0))
    assert availability.outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("objective", "outcome"),
    [("mean < 60 ms", Outcome.PASS), ("mean < 40 ms", Outcome.FAIL), ("mean < 50 ms", Outcome.UNDECIDED)],
)
def test_a_mean_is_judged_by_its_interval(objective: str, outcome: Outcome) -> None:
    latencies = 50 + np.random.default_rng(2).normal(0, 20, 3000).clip(-45, 45)

    assert judged(run_of(Traffic.steady(60, 50, latencies)), objective).outcome is outcome


@pytest.mark.parametrize(
    ("objective", "outcome"),
    [("rate > 40/s", Outcome.PASS), ("rate > 60/s", Outcome.FAIL), ("rate < 60/s", Outcome.PASS)],
)
def test_a_rate_counts_requests_a_second(objective: str, outcome: Outcome) -> None:
    seconds = np.sort(np.random.default_rng(3).integers(0, 60, 3000))

    found = judged(run_of(Traffic.of(seconds, 10.0)), objective)

    assert found.outcome is outcome
    assert (found.point, found.unit) == (50.0, "1/s")


def test_a_maximum_is_a_fact_about_this_run() -> None:
    one_slow = Traffic.of(np.arange(60), [10.0] * 59 + [900.0])

    assert judged(run_of(one_slow), "max < 1 s").outcome is Outcome.PASS
    assert judged(run_of(one_slow), "max < 500 ms").outcome is Outcome.FAIL


def test_the_warm_up_is_not_judged() -> None:
    latencies = np.where(np.repeat(np.arange(60), 50) < 20, 900.0, 20.0)
    run = run_of(Traffic.steady(60, 50, latencies))
    warm = parse_slo(LOAD.replace("warmup: 0s", "warmup: 20s") + "objectives: [p95 < 200 ms]", "slo.yaml")

    assert judged(run, "p95 < 200 ms").outcome is not Outcome.PASS
    verdict = judge(run, warm)
    assert verdict.objectives[0].outcome is Outcome.PASS
    assert verdict.window is not None
    assert (verdict.window.warmup_s, verdict.window.warmup_found_by) == (20.0, "given")


def test_a_warm_up_nobody_gave_is_found_in_the_data_after_the_ramp() -> None:
    latencies = np.where(np.repeat(np.arange(120), 50) < 25, 900.0, 20.0)
    ramp = Stage(kind="ramp", start_s=0, end_s=5, begin=0, end=20, unit="arrivals/s")
    hold = Stage(kind="hold", start_s=5, end_s=120, begin=20, end=20, unit="arrivals/s")
    run = run_of(Traffic.steady(120, 50, latencies), duration_s=120, warmup_s=None, stages=(ramp, hold))
    slo = parse_slo(LOAD.replace("0s}", "auto}") + "objectives: [p95 < 200 ms]", "slo.yaml")

    verdict = judge(run, slo)

    assert verdict.window is not None
    assert verdict.window.warmup_found_by == "data"
    assert 25 <= verdict.window.warmup_s <= 35
    assert verdict.objectives[0].outcome is Outcome.PASS


def test_requests_under_way_when_the_load_ended_are_judged() -> None:
    """Everything stalls for the last ten seconds and is answered after the end."""
    fast, stalled = Traffic.steady(50, 50, 10.0), Traffic.of(np.full(500, 62), 8000.0)
    arrivals = arrivals_table([20] * 60 + [0] * 3, finished=[20] * 50 + [0] * 12 + [200])

    found = judged(run_of(fast, stalled, arrivals=arrivals), "p95 < 200 ms")

    assert found.outcome is not Outcome.PASS
    assert (found.good, found.total) == (2500, 3000)


def test_journeys_that_a_stalled_target_never_let_begin_count_as_slow() -> None:
    """In every third second, half the journeys found no user free and were dropped; the rest was fast."""
    lost = [0, 0, 10] * 20
    arrivals = arrivals_table([20] * 60, starved=lost, dropped=lost)

    found = judged(run_of(Traffic.steady(60, 50, 10.0), arrivals=arrivals), "p95 < 200 ms")

    assert found.outcome is Outcome.FAIL
    assert found.total == 3000 + 200 * 3000 // 1000


def test_few_lost_journeys_do_not_fail_a_platform_but_keep_it_from_passing() -> None:
    lost = [0] * 20 + [1] * 40
    arrivals = arrivals_table([20] * 60, starved=lost, dropped=lost)

    found = judged(run_of(Traffic.steady(60, 50, 10.0), arrivals=arrivals), "p90 < 200 ms")

    assert found.outcome is Outcome.UNDECIDED
    assert "the target held every user" in found.reason


@pytest.mark.parametrize(
    "objective",
    ["p95 < 200 ms", "mean < 200 ms", "errors < 5 %", "availability > 95 %", "errors < 30 % over 30s"],
)
def test_journeys_that_never_ended_keep_a_platform_from_passing(objective: str) -> None:
    """A target that hangs records no slow answer and no error, because it records nothing."""
    arrivals = arrivals_table([20] * 60, finished=[20] * 50 + [0] * 10)

    found = judged(run_of(Traffic.steady(50, 50, 10.0), arrivals=arrivals), objective)

    assert found.outcome is Outcome.UNDECIDED
    assert "had not ended" in found.reason


@pytest.mark.parametrize("objective", ["p95 < 200 ms", "errors < 5 %", "availability > 95 %"])
def test_a_target_that_never_answers_anybody_fails(objective: str) -> None:
    """Every user waits for its first answer, nobody else ever began, and no request was recorded."""
    started = [20] + [0] * 59
    dropped = [0] + [20] * 59
    arrivals = arrivals_table([20] * 60, started=started, finished=[0] * 60, starved=dropped, dropped=dropped)

    found = judged(run_of(arrivals=arrivals), objective)

    assert found.outcome is Outcome.FAIL
    assert (found.good, found.total) == (0, 1180)


def test_requests_that_failed_at_once_make_no_mean_fast() -> None:
    refused = Traffic.steady(60, 49, 1.0, ok=False)

    found = judged(run_of(Traffic.steady(60, 1, 300.0), refused), "mean < 200 ms")

    assert (found.outcome, found.point, found.total) == (Outcome.FAIL, 300.0, 60)


def test_an_interrupted_run_is_not_blamed_for_what_it_left_undone() -> None:
    arrivals = arrivals_table([20] * 60, finished=[20] * 50 + [0] * 10)
    run = run_of(Traffic.steady(60, 50, 10.0), arrivals=arrivals, status=Status.INTERRUPTED)

    assert judged(run, "p95 < 200 ms").outcome is Outcome.PASS


def test_every_window_must_hold() -> None:
    bad_minute = np.where((np.arange(9000) // 50 // 60) == 1, 300.0, 20.0)
    run = run_of(Traffic.steady(180, 50, bad_minute), duration_s=180)

    found = judged(run, "p50 < 200 ms over 1m")
    assert found.outcome is Outcome.FAIL
    assert found.point == pytest.approx(300, rel=0.01)
    assert "worst of 3 windows" in found.reason


def test_a_window_that_is_open_asks_for_more_in_each_not_for_more_of_them() -> None:
    failing = np.arange(3000) % 100 != 0
    run = run_of(Traffic.steady(60, 50, 20.0, ok=failing))

    found = judged(run, "errors < 1.2 % over 10s")

    assert found.outcome is Outcome.UNDECIDED
    assert found.needs == "a higher rate, or longer windows"


def test_a_window_that_fails_by_chance_is_told_by_the_interval_that_left_it_open() -> None:
    """The interval at which one of six windows is claimed holds the limit; the narrower one did not."""
    latencies = np.full(3000, 100.0)
    latencies[500:1000] = 205 / 1.13 * np.exp(0.5 * np.random.default_rng(3).standard_normal(500))

    found = judged(run_of(Traffic.steady(60, 50, latencies)), "mean < 200 ms over 10s")

    assert found.outcome is Outcome.UNDECIDED
    assert found.low is not None
    assert found.low > 200
    assert "between 198 ms and 224 ms" in found.reason
    assert found.reason.endswith("alone that window would fail, but a chance miss is expected among 6")


def test_windows_that_all_hold_pass_and_a_run_shorter_than_one_is_undecided() -> None:
    run = run_of(Traffic.steady(60, 50, 20.0))

    assert judged(run, "p95 < 200 ms over 20s").outcome is Outcome.PASS
    found = judged(run, "p95 < 200 ms over 2m")
    assert found.outcome is Outcome.UNDECIDED
    assert "60 seconds" in found.needs


def test_a_drift_towards_the_limit_is_not_steady() -> None:
    rising = np.repeat(np.linspace(20, 180, 120), 50)
    run = run_of(Traffic.steady(120, 50, rising), duration_s=120)

    found = judged(run, "p95 < 200 ms")

    assert found.outcome is Outcome.NOT_STEADY
    assert "did not settle" in found.reason
    assert judged(run, "p95 < 2 s").outcome is Outcome.PASS


def test_a_drift_beyond_the_limit_is_a_failure() -> None:
    rising = np.repeat(np.linspace(20, 600, 120), 50)

    assert (
        judged(run_of(Traffic.steady(120, 50, rising), duration_s=120), "p95 < 200 ms").outcome
        is Outcome.FAIL
    )


def test_a_platform_that_turned_bad_and_stayed_so_has_failed() -> None:
    """One change in a minute leaves the share over the whole minute open, but not what it came to."""
    slow = np.repeat(np.arange(60), 50) >= 30
    latencies = np.where(slow & (np.arange(3000) % 6 == 0), 900.0, 20.0)

    found = judged(run_of(Traffic.steady(60, 50, latencies)), "p95 < 200 ms")

    assert found.outcome is Outcome.FAIL
    assert "second half" in found.reason


def test_a_comparison_with_a_baseline_has_no_data_as_long_as_there_is_none() -> None:
    found = judged(run_of(Traffic.steady(60, 50, 20.0)), "p95 < 110 % of baseline")

    assert found.outcome is Outcome.NO_DATA
    assert "no baseline" in found.reason


def test_false_verdicts_are_rarer_than_the_stated_confidence_allows() -> None:
    """True p95 of 190 and 210 ms, 60 s at 50/s, 150 runs each: PASS above or FAIL below is false."""
    wrong = {190: 0, 210: 0}
    for seed in range(150):
        wrong[190] += judged(run_of(lognormal(190, seed=seed)), "p95 < 200 ms").outcome is Outcome.FAIL
        wrong[210] += judged(run_of(lognormal(210, seed=seed)), "p95 < 200 ms").outcome is Outcome.PASS

    assert max(wrong.values()) / 150 <= 0.05


def test_a_healthy_platform_passes_a_minute_almost_always() -> None:
    """What `make gate` rests on: p95 of 10 ms, no errors, 60 requests a second."""
    outcomes = {
        judged(run_of(lognormal(10, per_second=60, seed=seed)), objective).outcome
        for seed in range(20)
        for objective in ("p95 < 200 ms", "errors < 1 %", "p99 < 1 s")
    }

    assert outcomes == {Outcome.PASS}


@pytest.mark.parametrize(
    ("objective", "promised"),
    [("availability >= 99.99 %", "99.99 %"), ("errors < 0.03 %", "99.97 %"), ("p99.9 < 1 s", "99.9 %")],
)
def test_what_was_promised_is_written_as_the_file_has_it(objective: str, promised: str) -> None:
    found = judged(run_of(lognormal(100)), objective)

    assert found.reason.partition("; ")[2].startswith(
        (f"whether the promised {promised} do", f"{promised} were")
    )


def test_a_scenario_without_requests_is_told_which_there_are() -> None:
    run = run_of(lognormal(100, scenario="lineup"), lognormal(100, scenario=""))

    found = judged(run, "p95 < 200 ms for scenario nobody")

    assert found.outcome is Outcome.NO_DATA
    assert found.reason == "no request of the scenario nobody was recorded; known: lineup"
