from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preseason.run.manifest import Stage
from preseason.traffic.arrivals import Rate, schedule


def stages(*spans: tuple[float, float, float]) -> tuple[Stage, ...]:
    """Stages from (seconds, begin, end) one after the other."""
    ends = np.cumsum([seconds for seconds, _, _ in spans]).tolist()
    return tuple(
        Stage(kind="ramp", start_s=end - seconds, end_s=end, begin=begin, end=final, unit="arrivals/s")
        for end, (seconds, begin, final) in zip(ends, spans, strict=True)
    )


TRIANGLE = Rate.of(stages((10, 0, 100), (10, 100, 100), (10, 100, 0)))


def all_times(rate: Rate, *, poisson: bool, seed: int = 1, share: tuple[int, int] = (0, 1)) -> np.ndarray:
    chunks = schedule(rate, poisson=poisson, weights=[1.0], seed=seed, share=share)
    return np.concatenate([chunk.time_s for chunk in chunks])


def test_the_rate_follows_its_stages_and_is_zero_outside() -> None:
    assert [TRIANGLE.rate_at(t) for t in (-1, 0, 5, 10, 15, 25, 30)] == [0, 0, 50, 100, 100, 50, 0]


def test_uniform_arrivals_on_a_hold_are_evenly_spaced() -> None:
    times = all_times(Rate.of(stages((2, 50, 50))), poisson=False)

    assert len(times) == 100
    assert np.allclose(np.diff(times), 0.02)


def test_a_ramp_from_zero_has_its_kth_arrival_at_the_root_of_twice_k_over_the_slope() -> None:
    times = all_times(Rate.of(stages((10, 0, 100))), poisson=False)

    assert np.allclose(times, np.sqrt(2 * np.arange(500) / 10))


def test_arrivals_follow_the_rate_second_by_second() -> None:
    counts, _ = np.histogram(all_times(TRIANGLE, poisson=False), bins=6, range=(0, 30))

    assert counts.tolist() == [125, 375, 500, 500, 375, 125]


def test_poisson_arrivals_have_exponential_gaps_of_the_mean_that_the_rate_asks_for() -> None:
    gaps = np.diff(all_times(Rate.of(stages((400, 100, 100))), poisson=True, seed=7))

    assert gaps.mean() == pytest.approx(0.01, rel=0.02)
    assert gaps.std() == pytest.approx(0.01, rel=0.03)


@given(workers=st.integers(1, 7), seed=st.integers(0, 2**32), poisson=st.booleans())
def test_workers_together_make_exactly_the_arrivals_of_one(*, workers: int, seed: int, poisson: bool) -> None:
    rate = Rate.of(stages((3, 10, 200), (2, 200, 50)))
    alone = all_times(rate, poisson=poisson, seed=seed)
    dealt = [all_times(rate, poisson=poisson, seed=seed, share=(index, workers)) for index in range(workers)]

    assert np.array_equal(np.sort(np.concatenate(dealt)), alone)


@given(st.lists(st.tuples(st.floats(0.1, 20), st.floats(0, 300), st.floats(0, 300)), min_size=1, max_size=6))
def test_times_are_ascending_and_inside_the_stages(spans: list[tuple[float, float, float]]) -> None:
    rate = Rate.of(stages(*spans))
    times = all_times(rate, poisson=True) if rate.cumulative[-1] > 0 else np.array([])

    assert np.all(np.diff(times) >= 0)
    assert np.all((times >= 0) & (times <= rate.end_s[-1]))


def test_journeys_are_mixed_as_they_are_weighed() -> None:
    chunks = schedule(Rate.of(stages((1000, 100, 100))), poisson=True, weights=[60, 20, 8, 12], seed=3)
    shares = np.bincount(np.concatenate([chunk.who for chunk in chunks]), minlength=4) / 100_000

    assert shares == pytest.approx([0.60, 0.20, 0.08, 0.12], abs=0.01)
