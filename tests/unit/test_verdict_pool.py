"""Journeys that wait for users who think are the generator's shortage, not the target's slowness."""

from __future__ import annotations

import numpy as np
import pytest

from preseason.run.histogram import Histogram
from preseason.run.timeline import Event, EventKind
from preseason.slo.reading import parse_slo
from preseason.testing import SyntheticRun, Traffic, arrivals_table, synthetic_run
from preseason.traffic.staffing import staffing
from preseason.verdict.judging import judge
from preseason.verdict.pool import Shortage, _mean_ms


@pytest.mark.parametrize(("thinking", "needed"), [(0.0, 0), (4.0, 8), (25.0, 35), (100.0, 120)])
def test_enough_users_are_the_mean_and_twice_its_swing(thinking: float, needed: int) -> None:
    assert Shortage("lineup", users=1, thinking=thinking).needed == needed


def test_rare_scenarios_get_more_than_their_share_of_users() -> None:
    users = staffing({"league_read": 0.6, "lineup": 0.2, "trade": 0.08, "waiver": 0.12})

    assert sum(users.values()) == pytest.approx(1.0)
    assert users["trade"] > 0.08
    assert users["league_read"] < 0.6


def test_users_of_equal_scenarios_are_equal() -> None:
    assert staffing({"a": 0.5, "b": 0.5}) == {"a": 0.5, "b": 0.5}


def test_an_empty_histogram_has_no_mean_to_be_wrong_about() -> None:
    assert _mean_ms(Histogram.empty()) == 0.0
    assert _mean_ms(Histogram.of(np.array([100.0, 300.0]))) == pytest.approx(200.0, rel=0.005)


SLO = parse_slo(
    "load: {model: open, rate: 10/s, duration: 60s, warmup: 1s}\nobjectives: [p95 < 200 ms]\n", "slo.yaml"
)


def waiting_run(
    *, journey_ms: float, service_ms: float, users: float = 10.0, timeline: tuple[Event, ...] = ()
) -> SyntheticRun:
    """Ten journeys a second of two requests each; three of them wait for one of the users."""
    arrivals = arrivals_table([10] * 60, lag_ms=1.0, starved=[3] * 60, journey_sum_ms=[10 * journey_ms] * 60)
    traffic = [Traffic.steady(60, 20, service_ms, scenario="league_read")]
    return synthetic_run(60, traffic, arrivals=arrivals, users={"league_read": users}, timeline=timeline)


def test_a_run_whose_users_were_busy_thinking_is_invalid_and_says_how_many_are_needed() -> None:
    verdict = judge(waiting_run(journey_ms=4000.0, service_ms=10.0), SLO)

    assert verdict.verdict == "INVALID"
    assert "there were 10, about 53 are needed" in verdict.validity.reasons[0]


def test_users_held_by_slow_answers_are_the_targets_doing() -> None:
    verdict = judge(waiting_run(journey_ms=4000.0, service_ms=1990.0), SLO)

    assert verdict.validity.valid
    assert verdict.verdict == "FAIL"


def test_users_who_could_not_log_in_are_missed() -> None:
    left = Event(
        at_s=0.0, kind=EventKind.NOTE, text="19 of 20 left", facts={"users_left": 19, "users_wanted": 20}
    )
    enough = waiting_run(journey_ms=900.0, service_ms=10.0, users=40.0)
    too_few = waiting_run(journey_ms=900.0, service_ms=10.0, users=40.0, timeline=(left,))

    assert judge(enough, SLO).validity.valid
    assert "most users stopped before the load began" in judge(too_few, SLO).validity.reasons[0]
