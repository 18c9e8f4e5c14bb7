from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from preseason.planning.search.next_step import (
    Planned,
    Purpose,
    Settings,
    Step,
    bracket,
    next_step,
)
from preseason.planning.search.slo_capacity import capacity
from preseason.planning.triggers.queues import Queue
from preseason.planning.triggers.simulation import observe
from preseason.verdict.model import Decision
from preseason.verdict.statistics.intervals import ratio_bounds

SETTINGS = Settings(start_rate=10, least_rate=0.1, most_rate=1000)
PASS, FAIL, UNDECIDED, INVALID = Decision.PASS, Decision.FAIL, Decision.UNDECIDED, Decision.INVALID


def step(rate: float, outcome: Decision, purpose: Purpose = Purpose.RAMP, *, binds: str = "") -> Step:
    return Step(rate, purpose, outcome, binds=binds)


def searched(settings: Settings, true_capacity: float, undecided_within: float = 0.0) -> list[Step]:
    """A search on a platform that passes below its capacity and fails above it, undecided near it."""
    steps: list[Step] = []
    while (planned := next_step(settings, steps)) is not None:
        near = abs(planned.rate / true_capacity - 1) < undecided_within
        outcome = UNDECIDED if near else PASS if planned.rate <= true_capacity else FAIL
        steps.append(Step(planned.rate, planned.purpose, outcome))
    return steps


def test_rates_rise_by_a_factor_until_one_fails() -> None:
    steps = searched(SETTINGS, 50)
    assert [one.rate for one in steps[:5]] == pytest.approx([10, 15, 22.5, 33.75, 50.625])
    assert steps[4].outcome is FAIL


@pytest.mark.parametrize("true_capacity", [10.01, 17, 50, 333, 999])
def test_the_bracket_closes_around_the_truth_and_is_confirmed(true_capacity: float) -> None:
    found = capacity(SETTINGS, searched(SETTINGS, true_capacity))
    assert found.rate is not None
    assert found.below is not None
    assert found.rate <= true_capacity < found.below <= found.rate * 1.1
    assert found.confirmed
    assert found.findings == ()


def test_a_target_that_fails_at_the_start_is_searched_downwards() -> None:
    found = capacity(SETTINGS, searched(SETTINGS, 1.3))
    assert found.rate == pytest.approx(1.3, rel=0.1)


def test_a_target_that_carries_nothing_has_no_capacity() -> None:
    steps = searched(SETTINGS, 0.01)
    found = capacity(SETTINGS, steps)
    assert (found.rate, found.confirmed) == (None, False)
    assert found.below == SETTINGS.least_rate


def test_an_undecided_step_is_made_longer_once() -> None:
    steps = [step(10, PASS), step(15, UNDECIDED)]
    assert next_step(SETTINGS, steps) == Planned(15, Purpose.EXTEND)
    steps.append(step(15, UNDECIDED, Purpose.EXTEND))
    assert next_step(SETTINGS, steps) == Planned(22.5, Purpose.RAMP)


def test_an_undecided_step_is_neither_end_and_is_told() -> None:
    steps = searched(SETTINGS, 50, undecided_within=0.04)
    found = capacity(SETTINGS, steps)
    ends = {one.rate: one.outcome for one in steps}
    assert found.rate is not None
    assert found.below is not None
    assert (ends[found.rate], ends[found.below]) == (PASS, FAIL)
    assert found.rate <= 48
    assert found.below >= 52
    assert found.undecided
    assert "could not be decided" in found.findings[-1]


def test_a_lucky_pass_above_a_doubtful_rate_does_not_count() -> None:
    found = bracket([step(10, PASS), step(15, UNDECIDED), step(16, PASS), step(18, FAIL)])
    assert (found.low, found.high, found.undecided) == (10, 18, (15,))


def test_a_saturated_generator_ends_the_search_and_says_so() -> None:
    steps = [step(10, PASS), step(15, PASS)]
    steps.append(Step(22.5, Purpose.RAMP, INVALID, generator_bound=True))
    assert next_step(SETTINGS, steps) == Planned(22.5, Purpose.REPEAT)
    steps.append(Step(22.5, Purpose.REPEAT, INVALID, generator_bound=True))
    assert next_step(SETTINGS, steps) == Planned(13.5, Purpose.CONFIRM)
    steps.append(step(13.5, PASS, Purpose.CONFIRM))
    assert next_step(SETTINGS, steps) is None
    found = capacity(SETTINGS, steps)
    assert (found.rate, found.below) == (15, None)
    assert "generator-bound" in found.limited_by


def test_a_generator_that_was_disturbed_once_ends_no_search() -> None:
    steps = [step(10, PASS), Step(15, Purpose.RAMP, INVALID, generator_bound=True)]
    steps.append(step(15, PASS, Purpose.REPEAT))
    assert next_step(SETTINGS, steps) == Planned(22.5, Purpose.RAMP)
    assert "generator" not in capacity(SETTINGS, steps).limited_by


def test_an_invalid_step_is_repeated_once_and_then_given_up() -> None:
    steps = [step(10, PASS), step(15, INVALID)]
    assert next_step(SETTINGS, steps) == Planned(15, Purpose.REPEAT)
    steps.append(step(15, INVALID, Purpose.REPEAT))
    assert next_step(SETTINGS, steps) == Planned(9, Purpose.CONFIRM)


def test_a_search_that_reaches_the_highest_allowed_rate_claims_no_upper_end() -> None:
    settings = replace(SETTINGS, most_rate=40)
    steps = searched(settings, 5000)
    found = capacity(settings, steps)
    assert max(one.rate for one in steps) == 40
    assert (found.rate, found.below) == (40, None)
    assert "highest rate that was allowed" in found.limited_by


def test_a_soak_that_fails_after_an_overload_is_hysteresis() -> None:
    steps = searched(SETTINGS, 50)
    index = next(number for number, one in enumerate(steps) if one.purpose is Purpose.CONFIRM)
    steps = [*steps[:index], replace(steps[index], outcome=FAIL)]
    found = capacity(SETTINGS, steps)
    assert not found.confirmed
    assert any("hysteresis" in text for text in found.findings)
    assert found.below == steps[-1].rate
    assert next_step(SETTINGS, steps) is not None


def test_a_failure_that_does_not_come_back_is_told() -> None:
    steps = searched(SETTINGS, 50)[:-1]
    assert steps[-1].purpose is Purpose.RETEST
    steps[-1] = replace(steps[-1], outcome=PASS)
    found = capacity(SETTINGS, steps)
    assert found.below == steps[-1].rate
    assert "passed when it was made again" in found.findings[0]


def test_a_rate_that_had_passed_is_made_again_right_after_the_last_overload() -> None:
    steps = searched(SETTINGS, 50)
    last = steps[-1]
    assert (last.purpose, last.rate) == (Purpose.LOWER, 33.75)
    recovered = [*steps[:-1], replace(last, recovered_s=7.4)]
    assert capacity(SETTINGS, recovered).findings == (
        "after the overload, 33.75/s was answered well again within 7 s",
    )
    slow = [*steps[:-1], replace(last, outcome=FAIL)]
    found = capacity(SETTINGS, slow)
    assert "hysteresis" in found.findings[0]
    assert "was not answered well again" in found.findings[1]
    assert (found.rate, found.below) == (capacity(SETTINGS, steps).rate, capacity(SETTINGS, steps).below)


def test_a_search_that_runs_out_of_time_keeps_the_time_to_confirm_what_it_has() -> None:
    settings, steps = replace(SETTINGS, within_s=600), list[Step]()
    while (planned := next_step(settings, steps)) is not None:
        outcome = PASS if planned.rate <= 50 else FAIL
        steps.append(Step(planned.rate, planned.purpose, outcome, took_s=60))
    assert sum(one.took_s for one in steps) <= 600
    assert [one.purpose for one in steps[-3:]] == [Purpose.CONFIRM, Purpose.RETEST, Purpose.LOWER]
    found = capacity(settings, steps)
    assert found.confirmed
    assert found.findings[-1] == "the time ran out with a bracket 22 % wide; 10 % were wanted"


def test_a_search_goes_on_from_any_step_as_if_it_had_not_been_stopped() -> None:
    whole = searched(SETTINGS, 77)
    for number, made in enumerate(whole):
        planned = next_step(SETTINGS, whole[:number])
        assert planned == Planned(made.rate, made.purpose)


def test_the_objective_that_fails_first_binds() -> None:
    steps = [
        step(10, PASS),
        step(10.9, FAIL, Purpose.BISECT, binds="p95 < 200 ms"),
        step(15, FAIL, binds="errors"),
    ]
    assert capacity(SETTINGS, steps).binds == "p95 < 200 ms"


def test_a_search_ends_whatever_it_meets() -> None:
    random = np.random.default_rng(9)
    for _ in range(300):
        steps: list[Step] = []
        while (planned := next_step(SETTINGS, steps)) is not None:
            outcome = list(Decision)[int(random.integers(4))]
            bound = outcome is INVALID and random.random() < 0.3
            steps.append(Step(planned.rate, planned.purpose, outcome, generator_bound=bool(bound)))
        assert len(steps) <= SETTINGS.most_steps
        found = capacity(SETTINGS, steps)
        assert found.rate is None or found.below is None or found.rate < found.below


@pytest.mark.parametrize("seed", range(4))
def test_the_capacity_of_a_queue_is_found_where_theory_puts_it(seed: int) -> None:
    queue, random, steps = Queue(4, 0.05), np.random.default_rng(seed), list[Step]()
    truth = queue.rate_within(0.2, 0.95)
    settings = Settings(start_rate=0.3 * truth, least_rate=1, most_rate=1000)
    while (planned := next_step(settings, steps)) is not None:
        length_s = 900 if planned.purpose in {Purpose.EXTEND, Purpose.CONFIRM} else 300
        seen = observe(queue, planned.rate, limit_s=0.2, warmup_s=60, measure_s=length_s, random=random)
        bounds = ratio_bounds(seen.good, seen.total, 0.95)
        outcome = PASS if bounds.low >= 0.95 else FAIL if bounds.high < 0.95 else UNDECIDED
        steps.append(Step(planned.rate, planned.purpose, outcome))
    found = capacity(settings, steps)
    assert found.rate == pytest.approx(truth, rel=0.1)
    assert found.below is not None
    assert found.rate <= truth * 1.01
    assert found.below >= truth * 0.99
