from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.signal import lfilter
from scipy.special import ndtri
from scipy.stats import binom, binomtest, quantile_test

from preseason.verdict.statistics.intervals import (
    at_effective,
    autocorrelation_time,
    batch_sums,
    effective_events,
    mean_bounds,
    ratio_bounds,
)
from preseason.verdict.statistics.ranks import fewest_for_upper, lower_rank, upper_rank

if TYPE_CHECKING:
    from numpy.typing import NDArray

PER_SECOND = 50


def autocorrelated(phi: float, runs: int, length: int, seed: int) -> NDArray[np.float64]:
    """Standard normal AR(1) series, one run a row."""
    shocks = np.random.default_rng(seed).standard_normal((runs, length)) * np.sqrt(1 - phi**2)
    shocks[:, 0] /= np.sqrt(1 - phi**2)
    series: NDArray[np.float64] = lfilter([1.0], [1.0, -phi], shocks, axis=1)
    return series


@pytest.mark.parametrize(
    ("count", "upper", "low", "high"),
    [
        (59, 59, 52, None),
        (100, 99, 90, 100),
        (200, 196, 184, 197),
        (500, 484, 465, 485),
        (1000, 962, 936, 964),
        (10_000, 9537, 9457, 9543),
        (100_000, 95_114, 94_864, 95_136),
    ],
)
def test_the_ranks_that_bound_p95_are_those_of_the_tables(
    count: int, upper: int, low: int, high: int | None
) -> None:
    assert upper_rank(count, 0.95, 0.95) == upper
    assert (lower_rank(count, 0.95, 0.975), upper_rank(count, 0.95, 0.975)) == (low, high)


def test_the_ranks_are_those_of_scipy() -> None:
    values = np.random.default_rng(1).lognormal(size=400)
    theirs = quantile_test(values, p=0.9).confidence_interval(0.95)
    ordered = np.sort(values)

    low, high = lower_rank(400, 0.9, 0.975), upper_rank(400, 0.9, 0.975)

    assert low is not None
    assert high is not None
    assert (ordered[low - 1], ordered[high - 1]) == (theirs.low, theirs.high)


@pytest.mark.parametrize(
    ("quantile", "fewest"), [(0.5, 5), (0.9, 29), (0.95, 59), (0.99, 299), (0.999, 2995)]
)
def test_no_fewer_requests_than_the_table_says_bound_a_percentile(quantile: float, fewest: int) -> None:
    assert fewest_for_upper(quantile, 0.95) == fewest
    assert upper_rank(fewest - 1, quantile, 0.95) is None
    assert upper_rank(fewest, quantile, 0.95) == fewest


@pytest.mark.parametrize(
    ("quantile", "fewest"), [(0.5, 6), (0.9, 36), (0.95, 72), (0.99, 368), (0.999, 3688)]
)
def test_two_sided_bounds_take_a_few_more(quantile: float, fewest: int) -> None:
    assert fewest_for_upper(quantile, 0.975) == fewest
    assert upper_rank(fewest - 1, quantile, 0.975) is None
    assert upper_rank(fewest, quantile, 0.975) == fewest


@pytest.mark.parametrize(("count", "covers"), [(100, 0.983), (1000, 0.958)])
def test_the_ranks_of_the_tables_cover_p95_as_often_as_stated(count: int, covers: float) -> None:
    low, high = lower_rank(count, 0.95, 0.975), upper_rank(count, 0.95, 0.975)

    assert low is not None
    assert high is not None
    assert binom.cdf(high - 1, count, 0.95) - binom.cdf(low - 1, count, 0.95) == pytest.approx(
        covers, abs=0.0006
    )


def test_dependent_values_bound_a_percentile_by_ranks_further_out() -> None:
    independent, dependent = (upper_rank(1000, 0.95, 0.95, effective) for effective in (1000, 250))

    assert independent == 962
    assert dependent == 974
    assert upper_rank(1000, 0.95, 0.95, effective=0.0) is None


def test_exact_bounds_are_those_of_clopper_and_pearson() -> None:
    for errors, count in [(0, 3000), (7, 1000), (1, 60), (500, 1000)]:
        theirs = binomtest(errors, count).proportion_ci(0.90, method="exact")
        found = at_effective(errors / count, count, 0.95)
        assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_seven_errors_in_a_thousand_do_not_prove_less_than_one_per_cent() -> None:
    found = at_effective(0.007, 1000, 0.975)

    assert found.low == pytest.approx(0.00282, abs=1e-5)
    assert found.high == pytest.approx(0.01437, abs=1e-5)
    # p = 0.219: so sure and no surer can one be that there are fewer than 1 %.
    assert at_effective(0.007, 1000, 1 - 0.219).high == pytest.approx(0.01, abs=1e-5)


def test_no_error_in_three_thousand_leaves_a_thousandth_open() -> None:
    assert at_effective(0.0, 3000, 0.95).high == pytest.approx(0.000998, abs=1e-6)
    assert at_effective(0.0, 3000, 0.975).high == pytest.approx(0.001229, abs=1e-6)


def test_where_all_went_well_every_event_counts() -> None:
    total = np.full(10, 6.0)

    assert effective_events(total, total, 0.95) == 60
    assert ratio_bounds(total, total, 0.95).low == pytest.approx(0.05 ** (1 / 60))


def test_events_that_share_their_fate_count_as_one() -> None:
    """Whole seconds succeed or fail: the seconds are what is independent, not their requests."""
    total = np.full(60, 100.0)
    good = total * (np.random.default_rng(3).random(60) < 0.8)

    assert effective_events(good, total, 0.95) < 80


def test_a_single_second_of_mixed_fates_tells_nothing() -> None:
    found = ratio_bounds(np.array([90.0]), np.array([100.0]), 0.95)

    assert (found.low, found.point, found.high) == (0.0, 0.9, 1.0)


@pytest.mark.parametrize(("phi", "expected"), [(0.0, 1.0), (0.5, 3.0), (0.9, 19.0)])
def test_the_autocorrelation_time_of_an_autoregression_is_known(phi: float, expected: float) -> None:
    found = [autocorrelation_time(series) for series in autocorrelated(phi, 20, 6000, seed=7)]

    assert np.mean(found) == pytest.approx(expected, rel=0.15)


def test_batches_grow_with_the_autocorrelation_and_lose_nothing() -> None:
    independent, dependent = (autocorrelated(phi, 1, 600, seed=2)[0] for phi in (0.0, 0.97))

    assert len(batch_sums(independent)) == 24
    assert len(batch_sums(dependent)) == 8
    assert batch_sums(dependent).sum() == pytest.approx(dependent.sum())


@pytest.mark.parametrize(("phi", "least"), [(0.0, 0.93), (0.5, 0.93), (0.9, 0.93), (0.97, 0.88)])
def test_the_interval_covers_the_truth_under_autocorrelation(phi: float, least: float) -> None:
    """Two-sided 95 % (one-sided 97.5 % each), 6 000 requests at 50/s, true share 95 %, 500 runs."""
    within = autocorrelated(phi, 500, 6000, seed=11) <= ndtri(0.95)
    good = within.reshape(500, -1, PER_SECOND).sum(axis=2).astype(np.float64)
    total = np.full(good.shape[1], float(PER_SECOND))

    found = [ratio_bounds(run, total, 0.975) for run in good]

    assert np.mean([one.low <= 0.95 <= one.high for one in found]) >= least


@pytest.mark.parametrize("phi", [0.0, 0.9])
def test_each_bound_alone_holds_with_its_confidence(phi: float) -> None:
    """One-sided 95 %, 15 000 requests at 50/s; each side may be wrong in 5 % plus three standard errors."""
    within = autocorrelated(phi, 500, 15_000, seed=12) <= ndtri(0.95)
    good = within.reshape(500, -1, PER_SECOND).sum(axis=2).astype(np.float64)
    total = np.full(good.shape[1], float(PER_SECOND))

    found = [ratio_bounds(run, total, 0.95) for run in good]

    most = 0.05 + 3 * np.sqrt(0.05 * 0.95 / 500)
    assert np.mean([one.low > 0.95 for one in found]) <= most
    assert np.mean([one.high < 0.95 for one in found]) <= most


def test_a_mean_is_bounded_by_the_scatter_of_batches() -> None:
    """Ratio of sums: requests vary in number, their mean is 100 ms."""
    generator = np.random.default_rng(5)
    inside = 0
    for _ in range(300):
        counts = generator.poisson(40, 60).astype(np.float64)
        sums = np.array([generator.exponential(100, int(count)).sum() for count in counts])
        found = mean_bounds(sums, counts, 0.975)
        assert found is not None
        inside += found.low <= 100 <= found.high

    assert inside / 300 >= 0.93


def test_a_mean_of_a_few_seconds_has_no_bounds() -> None:
    assert mean_bounds(np.ones(4), np.ones(4), 0.95) is None
