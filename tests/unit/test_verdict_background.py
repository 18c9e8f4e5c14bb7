"""The pace of what others do, with bounds that are in the books."""

from __future__ import annotations

import numpy as np
import pytest

from preseason.verdict.background import pace


@pytest.mark.parametrize(
    ("count", "low", "high"),
    [(0, 0.0, 2.996), (1, 0.0513, 4.744), (10, 5.425, 16.962), (100, 84.14, 118.08)],
)
def test_bounds_of_a_count_are_those_of_garwoods_table(count: int, low: float, high: float) -> None:
    """Ends of the two-sided interval of 90 %, each of which holds with 95 %."""
    found = pace(np.array([float(count)]), seconds=1.0, confidence=0.95)

    assert (found.point, found.low, found.high) == (
        count,
        pytest.approx(low, rel=1e-3),
        pytest.approx(high, rel=1e-3),
    )


def test_counts_that_come_in_bursts_are_known_less_well() -> None:
    even, bursts = np.full(20, 5.0), np.where(np.arange(20) % 10 == 0, 50.0, 0.0)

    steady, bursty = (pace(counts, 20.0, 0.95) for counts in (even, bursts))

    assert steady.point == bursty.point == 5.0
    assert bursty.low < steady.low < 5.0 < steady.high < bursty.high


@pytest.mark.parametrize("rate", [0.3, 4.0, 60.0])
def test_the_bounds_hold_as_often_as_they_promise(rate: float) -> None:
    random = np.random.default_rng(7)
    found = [pace(random.poisson(rate, 10).astype(float), 10.0, 0.95) for _ in range(2000)]

    assert np.mean([one.low <= rate for one in found]) >= 0.94
    assert np.mean([one.high >= rate for one in found]) >= 0.94
