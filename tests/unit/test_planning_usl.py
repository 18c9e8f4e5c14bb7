"""The fitted law against published answers: data sets of Gunther (2007) and of R's package usl."""

from __future__ import annotations

import numpy as np
import pytest

from preseason.planning.scalability.assessing import Scalability, assess, ends
from preseason.planning.scalability.fitting import fit, fit_many
from preseason.planning.scalability.grading import Grade
from preseason.planning.scalability.points import Points
from preseason.planning.scalability.rivals import Shape
from preseason.planning.scalability.sign_runs import runs_p
from preseason.planning.scalability.usl import Usl

SPECSDM91 = Points.of([1, 18, 36, 72, 108, 144, 216], [64.9, 995.9, 1652.4, 1853.2, 1828.9, 1775.0, 1702.2])
RAYTRACER = Points.of(
    [1, 4, 8, 12, 16, 20, 24, 28, 32, 48, 64], [20, 78, 130, 170, 190, 200, 210, 230, 260, 280, 310]
)
SYNTHETIC = Points.of([1, 2, 4, 6, 8, 10], [1, 1.8868, 3.0769, 3.5294, 3.5398, 3.3557])
LEVELS = np.array([1, 2, 4, 8, 12, 16, 24, 32, 48, 64], dtype=np.float64)


def noisy(law: Usl, n: np.ndarray, sd: float, seed: int) -> Points:
    x = law.throughput(n)
    return Points.of(n, x + np.random.default_rng(seed).normal(0, sd * x.max(), len(n)))


def test_specsdm91_gives_the_published_parameters() -> None:
    law = fit(SPECSDM91)
    assert law.sigma == pytest.approx(0.0277285, abs=5e-7)
    assert law.kappa == pytest.approx(0.0001043657, abs=5e-10)
    assert law.lambda_ == pytest.approx(89.995233, abs=1e-3)
    assert law.n_peak == pytest.approx(96.51956, abs=1e-3)
    assert law.x_limit == pytest.approx(3245.589, abs=0.01)
    fitted = law.throughput(SPECSDM91.concurrency)
    assert fitted == pytest.approx([90, 1078, 1541, 1850, 1879, 1822, 1646], abs=0.6)
    residuals = SPECSDM91.throughput - fitted
    assert residuals == pytest.approx([-25.10, -81.66, 111.09, 3.05, -49.99, -46.60, 56.00], abs=0.01)


def test_specsdm91_is_not_fitted_by_the_quadratic_transform() -> None:
    law = fit(SPECSDM91)
    assert abs(law.sigma - 0.01704689) > 0.01
    assert abs(law.kappa - 7.892498e-05) > 2e-5


def test_the_peak_of_specsdm91_is_claimed_with_an_interval_around_it() -> None:
    found = assess(SPECSDM91)
    assert found.n_peak == pytest.approx(96.52, abs=0.01)
    assert found.x_peak == pytest.approx(1883.9, abs=0.1)
    assert found.intervals.n_peak.low < 96.5 < found.intervals.n_peak.high < 200
    # The t intervals are 0.0024 … 0.0531 and 4.92e-5 … 1.595e-4.
    assert found.intervals.sigma.high == pytest.approx(0.0531, rel=0.35)
    assert 0 < found.intervals.kappa.low < 7e-5
    assert found.intervals.kappa.high == pytest.approx(1.595e-4, rel=0.2)


def test_the_step_that_specsdm91_could_not_have_foretold_makes_it_weak() -> None:
    found = assess(SPECSDM91)
    assert found.grade is Grade.WEAK
    assert any("without its last step" in reason for reason in found.reasons)


def test_raytracer_has_no_coherency_and_so_no_peak() -> None:
    found = assess(RAYTRACER)
    assert found.law.lambda_ == pytest.approx(21.848843, abs=1e-4)
    assert found.law.sigma == pytest.approx(0.0577708, abs=1e-6)
    assert found.law.kappa == 0
    assert found.n_peak is None
    assert found.x_peak is None
    assert found.x_limit == pytest.approx(378.2, abs=0.05)
    assert found.grade is Grade.VALID
    assert "no peak reached by N = 64" in " ".join(found.reasons)
    assert found.intervals.n_peak.high == float("inf")


def test_bounds_keep_the_coherency_of_raytracer_from_going_below_zero() -> None:
    # Without bounds the same least squares end at -2.01e-4; here no sample of them does either.
    samples = RAYTRACER.throughput + np.random.default_rng(1).normal(0, 8, (200, len(RAYTRACER)))
    assert fit_many(RAYTRACER, samples, fit(RAYTRACER)).min() >= 0


def test_an_exact_curve_is_found_exactly() -> None:
    found = assess(SYNTHETIC)
    assert found.law.lambda_ == pytest.approx(1, abs=1e-4)
    assert found.law.sigma == pytest.approx(0.02, abs=1e-4)
    assert found.law.kappa == pytest.approx(0.02, abs=1e-4)
    assert found.n_peak == pytest.approx(7, abs=1e-3)
    assert (found.grade, found.reasons) == (Grade.VALID, ())


def test_five_points_are_too_few_to_be_sure() -> None:
    found = assess(Points.of(RAYTRACER.concurrency[:5], RAYTRACER.throughput[:5]))
    assert found.law.sigma == pytest.approx(0.028, abs=5e-4)
    assert found.law.kappa == pytest.approx(0.001, abs=5e-4)
    assert found.law.lambda_ == pytest.approx(21.059, abs=1e-3)
    assert found.grade is Grade.WEAK
    assert any(reason.startswith("only 5 concurrencies") for reason in found.reasons)
    assert found.n_peak is None


def test_three_points_prove_nothing() -> None:
    found = assess(Points.of([1, 4, 16], [10, 35, 90]))
    assert found.grade is Grade.REJECTED
    assert found.intervals.sigma.high == float("inf")


def test_four_points_are_fitted_and_weak() -> None:
    assert assess(Points.of([1, 4, 16, 64], [10, 35, 90, 80])).grade is Grade.WEAK


def test_a_rate_limited_target_is_flat_topped_and_not_called_usl() -> None:
    found = assess(Points.of(LEVELS, np.minimum(10 * LEVELS, 160)))
    assert found.grade is Grade.REJECTED
    assert found.n_peak is None
    assert "flat-topped" in found.reasons[0]


def test_a_rejected_law_claims_neither_a_peak_nor_a_limit() -> None:
    found = assess(Points.of([1, 2, 4, 8, 16, 32, 64], [50, 100, 200, 390, 402, 398, 400]))
    assert found.grade is Grade.REJECTED
    assert found.law.x_limit > 500
    assert (found.n_peak, found.x_peak, found.x_limit) == (None, None, None)
    bounds = found.intervals
    assert {ends(one) for one in (bounds.n_peak, bounds.x_peak, bounds.x_limit)} == {(0.0, None)}


def test_no_limit_is_claimed_where_contention_was_not_shown() -> None:
    found = assess(Points.of([1, 4, 8, 12, 16], [20, 78, 130, 170, 190]))
    assert (found.grade, found.intervals.sigma.low) == (Grade.WEAK, 0)
    assert found.law.x_limit > 700
    assert found.x_limit is None
    assert ends(found.intervals.x_limit) == (190, None)


def test_a_limit_above_what_was_measured_is_told_with_how_far() -> None:
    found = assess(SPECSDM91)
    assert found.grade is Grade.WEAK
    assert found.x_limit == pytest.approx(3245.589, abs=0.01)
    assert found.reasons[-1].startswith("the limit is extrapolated: it is 1.75 times")
    assert found.extrapolated == "1.75 × what was measured"
    low, high = ends(found.intervals.x_limit)
    assert low is not None
    assert low > found.at_least
    assert high is None


def test_a_limit_far_above_what_was_measured_is_not_claimed_of_a_weak_fit() -> None:
    levels, throughput = [1, 2, 4, 8, 16], [20, 39, 74, 135, 225]
    found = assess(Points.of(levels, throughput))
    assert (found.grade, found.x_limit, found.extrapolated) == (Grade.WEAK, None, "")
    assert found.law.x_limit > 2 * max(throughput)
    assert found.intervals.sigma.low > 0
    assert "no limit is claimed" in found.reasons[-1]
    low, high = ends(found.intervals.x_limit)
    assert low is not None
    assert low <= max(throughput)
    assert high is None


def test_a_valid_law_has_its_limit_wherever_it_lies_and_how_far_that_is() -> None:
    found = assess(Points.of([1, 2, 4, 6, 8, 10], [1, 1.8868, 3.0769, 3.5294, 3.5398, 3.3557]))
    assert (found.grade, found.reasons) == (Grade.VALID, ())
    assert found.x_limit == pytest.approx(found.law.lambda_ / found.law.sigma)
    assert found.extrapolated == "14.1 × what was measured"
    low, high = ends(found.intervals.x_limit)
    assert low is not None
    assert high is not None
    assert low <= found.x_limit <= high


def test_a_simpler_curve_that_is_better_is_not_said_to_be_as_good() -> None:
    scatter = 1 + np.array([0.04, -0.05, 0.03, 0.05, -0.04, 0.02, -0.03, 0.05])
    found = assess(Points.of(2.0 ** np.arange(8), 10 * 2.0 ** np.arange(8) * scatter))
    aicc = {one.model: one.aicc for one in found.explanations}
    better = f"better than the law (AICc {aicc[Shape.USL] - aicc[Shape.LINEAR]:.1f} lower)"
    assert aicc[Shape.USL] - aicc[Shape.LINEAR] > 2
    assert f"a straight line explains the points {better}: no limit was in sight by N = 128" in found.reasons


def test_a_noisy_rate_limit_is_told_from_a_curve_nine_times_in_ten() -> None:
    flat, random = np.minimum(10 * LEVELS, 200), np.random.default_rng(4)
    draws = [flat * (1 + random.normal(0, 0.02, len(flat))) for _ in range(40)]
    found = [assess(Points.of(LEVELS, draw), samples=100).grade for draw in draws]
    assert found.count(Grade.REJECTED) >= 36
    assert Grade.VALID not in found


def test_throughput_that_never_changes_is_flat_topped_too() -> None:
    assert assess(Points.of(LEVELS, np.full(len(LEVELS), 100.0))).grade is Grade.REJECTED


@pytest.mark.parametrize("power", [1.1, 1.2, 1.5])
def test_superlinear_throughput_is_rejected(power: float) -> None:
    found = assess(Points.of(LEVELS, 10 * LEVELS**power))
    assert found.grade is Grade.REJECTED
    assert "faster than concurrency" in found.reasons[0]


def test_a_cold_first_step_is_superlinear() -> None:
    x = 100 * LEVELS / (1 + 0.01 * (LEVELS - 1))
    x[0] = 60
    assert assess(Points.of(LEVELS, x)).grade is Grade.REJECTED


def test_a_straight_line_has_no_peak_and_no_limit() -> None:
    found = assess(Points.of(LEVELS, 10 * LEVELS))
    assert (found.n_peak, found.x_limit, found.grade) == (None, None, Grade.WEAK)
    assert "a straight line" in found.reasons[0]
    assert found.intervals.n_peak.low <= found.tested_to


def test_a_peak_beyond_what_was_tested_is_not_claimed() -> None:
    law = Usl(100, 0.02, 0.98 / 60**2)
    assert law.n_peak == pytest.approx(60)
    n = np.unique(np.round(np.geomspace(1, 0.57 * 60, 8)))
    found = [assess(noisy(law, n, 0.01, seed), samples=200) for seed in range(20)]
    assert all(one.n_peak is None and one.intervals.n_peak.high == float("inf") for one in found)
    assert all(one.intervals.n_peak.low <= one.tested_to for one in found)


def test_a_peak_within_what_was_tested_is_claimed_near_the_truth() -> None:
    law = Usl(100, 0.02, 0.98 / 60**2)
    n = np.unique(np.round(np.geomspace(1, 1.6 * 60, 10)))
    found = [assess(noisy(law, n, 0.01, seed), samples=200) for seed in range(20)]
    assert [one.n_peak for one in found] == pytest.approx([60.0] * 20, rel=0.2)


def test_intervals_cover_the_truth() -> None:
    law = Usl(100, 0.02, 0.98 / 60**2)
    n = np.unique(np.round(np.geomspace(1, 1.6 * 60, 8)))
    found = [assess(noisy(law, n, 0.03, seed), samples=200).intervals for seed in range(60)]
    assert sum(one.kappa.low <= law.kappa <= one.kappa.high for one in found) >= 52
    assert sum(one.sigma.low <= law.sigma <= one.sigma.high for one in found) >= 52


@pytest.mark.parametrize("factor", [0.5, 1.7])
def test_a_second_bottleneck_or_more_instances_from_some_load_on_are_two_laws(factor: float) -> None:
    n = np.array([1, 2, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96], dtype=np.float64)
    x = Usl(100, 0.05, 0.0002).throughput(n) * np.where(n > 12, factor, 1)
    found = assess(Points.of(n, x * (1 + np.random.default_rng(7).normal(0, 0.01, len(n)))), samples=100)
    assert (found.grade, found.n_peak) == (Grade.REJECTED, None)
    assert "at once between N = 12 and 16" in found.reasons[0]


def test_scatter_alone_is_no_second_bottleneck() -> None:
    law, n = Usl(100, 0.03, 0.0005), np.repeat([1.0, 2, 4, 8, 16, 32, 64, 128], 3)
    found = [assess(noisy(law, n, 0.05, seed), samples=50) for seed in range(20)]
    assert not [reason for one in found for reason in one.reasons if "at once" in reason]


def test_throughput_that_falls_from_the_start_has_no_peak() -> None:
    found = assess(Points.of([1, 2, 3, 4, 6, 8, 12, 16], [100, 90, 80, 70, 52, 40, 28, 20]))
    assert found.n_peak is None
    assert found.grade is not Grade.VALID


def test_a_curve_that_does_not_begin_at_one_is_found() -> None:
    law, n = Usl(1000, 0.01, 1e-5), np.array([50, 100, 150, 200, 300, 400, 500], dtype=np.float64)
    found = assess(Points.of(n, law.throughput(n)))
    assert found.n_peak == pytest.approx(law.n_peak, rel=1e-6)
    assert found.grade is Grade.VALID


@pytest.mark.parametrize("factor", [1e-9, 1e-3, 1e6, 1e12])
def test_the_unit_of_throughput_changes_nothing_but_lambda(factor: float) -> None:
    found = assess(SPECSDM91.with_throughput(SPECSDM91.throughput * factor), samples=100)
    assert found.law.sigma == pytest.approx(0.0277285, rel=1e-4)
    assert found.law.lambda_ == pytest.approx(89.995233 * factor, rel=1e-4)
    assert found.n_peak == pytest.approx(96.5196, rel=1e-4)
    assert found.grade is assess(SPECSDM91, samples=100).grade


def test_the_order_of_the_measurements_changes_nothing() -> None:
    order = np.random.default_rng(3).permutation(len(RAYTRACER))
    shuffled = Points.of(RAYTRACER.concurrency[order], RAYTRACER.throughput[order])
    assert assess(shuffled) == assess(RAYTRACER)


def test_repeated_measurements_narrow_the_intervals() -> None:
    law, random = Usl(100, 0.05, 0.0005), np.random.default_rng(8)
    n = np.tile(np.array([1, 2, 4, 8, 16, 32, 64], dtype=np.float64), 6)
    x = law.throughput(n) + random.normal(0, 10, len(n))
    once, often = (assess(Points.of(n[:rows], x[:rows]), samples=300) for rows in (7, 42))
    assert width(often) < width(once) / 1.5


def width(found: Scalability) -> float:
    return found.intervals.sigma.high - found.intervals.sigma.low


def test_standard_deviations_weigh_the_points() -> None:
    law, n = Usl(100, 0.05, 0.0005), LEVELS
    x = law.throughput(n)
    x[-1] *= 0.8
    sd = np.full(len(n), 1.0)
    sd[-1] = 1000.0
    assert fit(Points.of(n, x, sd)).kappa == pytest.approx(law.kappa, rel=1e-3)
    assert abs(fit(Points.of(n, x)).kappa - law.kappa) > 0.1 * law.kappa


def test_many_fits_at_once_end_where_single_fits_do() -> None:
    samples = SPECSDM91.throughput + np.random.default_rng(2).normal(0, 80, (30, len(SPECSDM91)))
    together = fit_many(SPECSDM91, samples, fit(SPECSDM91))
    for sample, parameters in zip(samples, together, strict=True):
        alone, among = fit(SPECSDM91.with_throughput(sample)), Usl(*parameters)
        n = SPECSDM91.concurrency
        assert among.throughput(n) == pytest.approx(alone.throughput(n), rel=1e-4)


def test_the_same_seed_gives_the_same_intervals() -> None:
    assert assess(SPECSDM91, seed=5) == assess(SPECSDM91, seed=5)
    assert assess(SPECSDM91, seed=5) != assess(SPECSDM91, seed=6)


def test_runs_of_one_sign_are_counted_exactly() -> None:
    # Of the 20 orders of three and three, two have two runs, and six have up to three.
    assert runs_p(np.array([True, True, True, False, False, False])) == pytest.approx(2 / 20)
    assert runs_p(np.array([True, False, False, False, True, True])) == pytest.approx(6 / 20)
    assert runs_p(np.array([True, True])) == 1
