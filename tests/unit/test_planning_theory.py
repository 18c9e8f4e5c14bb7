"""Queues, demands, forecasts and cost against published and hand-made answers."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pytest

from preseason.planning.plan.cost import Price, cost, sensitivity
from preseason.planning.plan.forecast import MOST_WEEKS, exhaustion, headroom, instances_needed, trend
from preseason.planning.search.demand import bottleneck, demand
from preseason.planning.triggers.queues import Queue, erlang_b, erlang_c

DAY = date(2026, 11, 1)


@pytest.mark.parametrize(
    ("servers", "offered", "waits", "mean_wait"),
    [
        (1, 0.8, 0.8, 4.0),
        (2, 1.6, 0.711111, 1.777778),
        (10, 8, 0.409180, 0.204590),
        (14, 10, 0.174132, 0.043533),
    ],
)
def test_erlang_c_gives_the_known_table(servers: int, offered: float, waits: float, mean_wait: float) -> None:
    assert erlang_c(servers, offered) == pytest.approx(waits, abs=1e-6)
    assert Queue(servers, 1.0).mean_wait_s(offered) == pytest.approx(mean_wait, abs=1e-6)


def test_erlang_b_gives_the_known_table() -> None:
    assert erlang_b(2, 1.6) == pytest.approx(0.329897, abs=1e-6)
    assert erlang_b(10, 8) == pytest.approx(0.121661, abs=1e-6)
    assert erlang_b(14, 10) == pytest.approx(0.056819, abs=1e-6)


def test_a_saturated_queue_never_ends() -> None:
    queue = Queue(2, 0.1)
    assert queue.saturation_rate == 20
    assert queue.mean_wait_s(20) == math.inf
    assert queue.takes_longer(25, 1000) == 1
    assert erlang_c(2, 3) == 1


def test_waits_are_exponential_beyond_the_share_that_waits() -> None:
    queue = Queue(10, 1.0)
    assert queue.waits_longer(8, 0) == pytest.approx(0.409180, abs=1e-6)
    assert queue.waits_longer(8, 1) == pytest.approx(0.409180 * math.exp(-2), abs=1e-6)


def test_a_single_server_answers_exponentially() -> None:
    # M/M/1: P(T > t) = exp(-(mu - lambda) t).
    assert Queue(1, 1.0).takes_longer(0.8, 3.0) == pytest.approx(math.exp(-0.6))


@pytest.mark.parametrize("servers", [1, 2, 3, 8])
def test_the_response_times_of_a_simulated_queue_are_those_of_theory(servers: int) -> None:
    random, queue, rate = np.random.default_rng(servers), Queue(servers, 1.0), 0.7 * servers
    arrivals = np.cumsum(random.exponential(1 / rate, 60_000))
    free = [0.0] * servers
    took = []
    for at, length in zip(arrivals, random.exponential(1.0, len(arrivals)), strict=True):
        first = free.index(min(free))
        free[first] = max(at, free[first]) + length
        took.append(free[first] - at)
    assert np.mean(np.array(took) > 3) == pytest.approx(queue.takes_longer(rate, 3.0), abs=0.015)
    assert np.mean(took) == pytest.approx(queue.mean_response_s(rate), rel=0.06)


def test_the_rate_that_keeps_a_limit_keeps_it_exactly() -> None:
    queue = Queue(4, 0.05)
    rate = queue.rate_within(0.2, 0.95)
    assert 0 < rate < queue.saturation_rate
    assert queue.takes_longer(rate, 0.2) == pytest.approx(0.05, abs=1e-6)
    assert Queue(4, 0.5).rate_within(0.2, 0.95) == 0


def test_a_demand_is_the_slope_and_what_is_left_is_background() -> None:
    found = demand("cpu", [10, 20, 30, 40], [0.3, 0.5, 0.7, 0.9], limit=2)
    assert found is not None
    assert found.each == pytest.approx(0.02)
    assert found.background == pytest.approx(0.1)
    assert found.saturation_rate == pytest.approx(95)


def test_the_interval_of_a_demand_covers_the_truth() -> None:
    random, covered, x = np.random.default_rng(1), 0, np.array([5, 10, 20, 40, 60, 80.0])
    for _ in range(300):
        found = demand("cpu", list(x), list(0.1 + 0.01 * x + random.normal(0, 0.03, len(x))), limit=1)
        assert found is not None
        covered += found.low <= 0.01 <= found.high
    assert covered >= 0.92 * 300


def test_two_steps_or_one_load_show_no_demand() -> None:
    assert demand("cpu", [10, 20], [0.1, 0.2], limit=1) is None
    assert demand("cpu", [10, 10, 10], [0.1, 0.2, 0.3], limit=1) is None


def test_the_resource_that_is_used_up_first_is_the_bottleneck() -> None:
    cpu = demand("cpu", [10, 20, 30], [0.1, 0.2, 0.3], limit=1)
    pool = demand("pool", [10, 20, 30], [5, 10, 15], limit=25)
    idle = demand("disk", [10, 20, 30], [0.2, 0.2, 0.2], limit=1)
    found = [one for one in (cpu, pool, idle) if one]
    named = bottleneck(found)
    assert named is not None
    assert (named.resource, named.saturation_rate) == ("pool", pytest.approx(50))
    assert bottleneck(one for one in found if one.resource == "disk") is None


def test_growth_is_forecast_with_the_interval_of_a_prediction() -> None:
    random = np.random.default_rng(11)
    weeks = np.arange(30)
    truth, inside = 10 * math.exp(0.02 * 60), 0
    for _ in range(300):
        found = trend(list(10 * np.exp(0.02 * weeks + random.normal(0, 0.02, 30))))
        assert found is not None
        peak, later = found.at(60), truth * math.exp(random.normal(0, 0.02))
        assert peak.median == pytest.approx(truth, rel=0.12)
        inside += peak.low <= later <= peak.high
    assert inside / 300 == pytest.approx(0.8, abs=0.07)


def test_capacity_runs_out_earlier_than_the_median_says() -> None:
    random = np.random.default_rng(2)
    found = trend(list(10 * np.exp(0.02 * np.arange(30) + random.normal(0, 0.02, 30))))
    assert found is not None
    assert found.shown
    when = exhaustion([found.at(week) for week in range(MOST_WEEKS)], capacity=30)
    assert when.median is not None
    assert when.earliest is not None
    assert when.median == pytest.approx(math.log(3) / 0.02, abs=5)
    assert when.earliest < when.median


def test_seven_weeks_are_too_few_and_noise_is_no_trend() -> None:
    assert trend([10] * 7) is None
    found = trend(list(10 * np.exp(np.random.default_rng(3).normal(0, 0.1, 12))))
    assert found is not None
    assert not found.shown
    peaks = [found.at(week) for week in range(MOST_WEEKS)]
    assert exhaustion(peaks, capacity=1, shown=found.shown).median is None


def test_headroom_counts_the_lost_instance_and_the_burst() -> None:
    assert headroom(50, 100) == pytest.approx(0.5)
    assert headroom(50, 100, instances=4, lost=1) == pytest.approx(1 - 50 / 75)
    assert headroom(50, 100, burst=1.5) == pytest.approx(0.25)
    assert headroom(50, 100, instances=1, lost=1) == -math.inf
    assert instances_needed(100, 40, target_utilisation=0.5, spare=2) == 7
    assert instances_needed(100, 40, target_utilisation=0.625, spare=1) == 5


def test_cost_keeps_fixed_and_marginal_apart() -> None:
    database = Price("database", "price list", DAY, per_hour=0.36)
    function = Price("function", "price list", DAY, per_request=0.000002)
    found = cost([database, function], successes_per_s=10)
    assert found.fixed_per_thousand == pytest.approx(0.01)
    assert found.marginal_per_thousand == pytest.approx(0.002)
    assert found.fixed_per_month == pytest.approx(0.36 * 730)
    assert found.per_thousand == pytest.approx(0.012)
    failing = cost([database, function], successes_per_s=10, attempts_per_s=20)
    assert failing.marginal_per_thousand == pytest.approx(0.004)


def test_the_price_that_matters_most_stands_first() -> None:
    prices = [Price("small", "s", DAY, per_hour=0.1), Price("large", "s", DAY, per_hour=1.0, count=2)]
    found = sensitivity(prices, successes_per_s=1)
    assert [one.name for one in found] == ["large", "small"]
    assert found[0].per_thousand == pytest.approx(1000 * (0.1 + 2.4) / 3600)
