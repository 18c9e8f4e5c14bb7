from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import lfilter

from preseason.verdict.statistics.drift import Block, creep

EVERY_5_S = np.arange(0, 1800, 5.0)
NIGHT = np.arange(0, 28_800, 10.0)


def test_a_leak_of_1_mb_a_minute_is_found_within_half_an_hour_under_a_saw() -> None:
    noise = np.random.default_rng(8).normal(0, 1, len(EVERY_5_S))
    memory_mb = 300 + EVERY_5_S / 60 + (EVERY_5_S % 50) + noise
    found = creep(EVERY_5_S, memory_mb, block=Block.FLOOR, limit=512)
    assert found is not None
    assert found.low < 60 < found.high
    assert found.to_limit_s == pytest.approx((512 - 330) * 60, rel=0.05)


@pytest.mark.parametrize("phi", [0.5, 0.9, 0.97])
def test_healthy_nights_of_autocorrelated_noise_are_quiet(phi: float) -> None:
    shocks = np.random.default_rng(8).normal(0, 2, (200, len(NIGHT)))
    nights = 100 + lfilter([1], [1, -phi], shocks, axis=1)
    quiet = sum(creep(NIGHT, night, least_share=0.0) is None for night in nights)
    assert quiet >= 190


def test_a_short_or_constant_series_has_no_drift() -> None:
    assert creep(NIGHT[:20], NIGHT[:20]) is None
    assert creep(NIGHT, np.full(len(NIGHT), 3.0)) is None
