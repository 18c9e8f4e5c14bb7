from __future__ import annotations

import numpy as np
import pytest

from preseason.run.requests import Requests
from preseason.testing import ORIGIN_S, Traffic, requests_table
from preseason.verdict.statistics.steady import Span, drifts, mser5, trend_p, warmup_length_s


def requests_with(latencies_ms: np.ndarray, per_second: int = 30) -> Requests:
    """So many requests in each second, scattered a little around the given latency."""
    scatter = np.random.default_rng(4).lognormal(0, 0.2, len(latencies_ms) * per_second)
    traffic = Traffic.steady(len(latencies_ms), per_second, np.repeat(latencies_ms, per_second) * scatter)
    return Requests.of(requests_table([traffic], []), ())


def hold(length_s: int) -> Span:
    return Span(ORIGIN_S, ORIGIN_S + length_s)


def test_an_exponential_decay_is_cut_where_it_has_died_away() -> None:
    """From 600 to 200 with a time constant of 80: known to be cut around 265."""
    at = np.arange(1000)
    series = 200 + 400 * np.exp(-at / 80) + np.random.default_rng(1).normal(0, 20, 1000)

    assert 200 <= mser5(series) <= 350


def test_pure_noise_loses_little() -> None:
    cuts = [mser5(np.random.default_rng(seed).normal(200, 20, 1000)) for seed in range(20)]

    assert np.median(cuts) <= 60


def test_a_trend_is_cut_at_the_half_bound_because_it_never_settles() -> None:
    series = np.arange(1000) + np.random.default_rng(1).normal(0, 20, 1000)

    assert mser5(series) >= 490


@pytest.mark.parametrize("length", [0, 1, 19])
def test_a_series_too_short_to_tell_is_not_cut(length: int) -> None:
    assert mser5(np.arange(length, dtype=float)) == 0


def test_a_monotonic_trend_is_told_from_noise() -> None:
    assert trend_p(np.arange(20.0)) < 1e-6
    noise = [trend_p(np.random.default_rng(seed).normal(size=20)) for seed in range(200)]
    assert np.mean(np.array(noise) < 0.05) <= 0.09


def test_a_cold_start_is_found_to_be_warm_up() -> None:
    latencies = np.full(120, 20.0)
    latencies[:20] = np.linspace(200, 25, 20)

    assert 10 <= warmup_length_s(requests_with(latencies), hold(120)) <= 40


def test_a_run_that_is_warm_from_the_start_has_no_drift() -> None:
    assert drifts(requests_with(np.full(120, 20.0)), [hold(120)]) == ()


def test_a_run_that_never_settles_drifts() -> None:
    found = drifts(requests_with(np.linspace(20, 180, 120)), [hold(120)])

    assert {drift.series for drift in found} >= {"mean response time", "p95 response time"}
    assert all(drift.change > 0.2 for drift in found)


def test_seconds_without_requests_are_left_out() -> None:
    traffic = Traffic.of(np.repeat(np.arange(0, 120, 10), 4), 20.0)
    requests = Requests.of(requests_table([traffic], []), ())

    assert warmup_length_s(requests, hold(120)) == 0
    assert drifts(requests, [hold(120)]) == ()
    assert warmup_length_s(requests, Span(ORIGIN_S + 500, ORIGIN_S + 600)) == 0
