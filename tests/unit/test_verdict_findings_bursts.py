from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.special import ndtr, ndtri

from preseason.verdict.findings.bursts import bursts
from preseason.verdict.findings.normal import normal_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Counts = NDArray[np.float64]

MAY_BE_BAD = 0.05
SIMULATIONS = 200


def quiet(seconds: int, per_second: int = 10) -> tuple[Counts, Counts]:
    """Nothing bad at all."""
    return np.zeros(seconds), np.full(seconds, float(per_second))


def stationary(  # noqa: PLR0917 - a model and its seed
    seed: int, seconds: int, rate: float, share: float, memory: float = 0.0, wander: float = 0.0
) -> tuple[Counts, Counts]:
    """Poisson traffic whose share of bad requests is a probit AR(1): ``memory`` its correlation a second."""
    generator = np.random.default_rng([seed, seconds, int(rate), int(1000 * share)])
    first = generator.standard_normal()
    steps = generator.standard_normal(seconds) * np.sqrt(1 - memory**2)
    from scipy.signal import lfilter  # noqa: PLC0415 - a second to import, for whoever runs these

    level = lfilter([1.0], [1.0, -memory], [first, *steps[1:]])
    chance = ndtr(ndtri(share) * np.sqrt(1 + wander**2) + wander * level)
    total = generator.poisson(rate, seconds)
    return generator.binomial(total, chance).astype(float), total.astype(float)


def with_incident(counts: tuple[Counts, Counts], start: int, end: int) -> tuple[Counts, Counts]:
    """Everything between two seconds is bad."""
    bad, total = counts
    bad[start:end] = total[start:end]
    return bad, total


def test_a_lock_of_two_seconds_is_found_to_the_second() -> None:
    assert bursts(*with_incident(quiet(60), 20, 22), MAY_BE_BAD) == [(20, 22)]


def test_incidents_apart_are_told_apart_and_close_ones_are_one() -> None:
    counts = quiet(300)
    for start, end in ((50, 54), (56, 58), (200, 203)):
        with_incident(counts, start, end)

    assert bursts(*counts, MAY_BE_BAD) == [(50, 58), (200, 203)]


def test_a_change_for_the_worse_lasts_until_the_end() -> None:
    assert bursts(*with_incident(quiet(120), 70, 120), MAY_BE_BAD) == [(70, 120)]


def test_an_endpoint_asked_once_a_second_needs_more_seconds_but_is_heard() -> None:
    ((start, end),) = bursts(*with_incident(quiet(300, per_second=1), 150, 170), MAY_BE_BAD)

    assert (start, end) == (150, 170)


@pytest.mark.parametrize(("seconds", "start", "end"), [(60, 12, 30), (300, 100, 200), (3600, 600, 2000)])
@pytest.mark.parametrize("rate", [1.7, 10])
def test_an_incident_of_a_third_of_the_time_is_no_normal(
    seconds: int, start: int, end: int, rate: float
) -> None:
    for seed in range(20):
        total = np.random.default_rng([seed, seconds]).poisson(rate, seconds).astype(float)
        told = bursts(*with_incident((np.zeros(seconds), total), start, end), MAY_BE_BAD)
        at, until = max(told, key=lambda one: one[1] - one[0], default=(0, 0))
        assert start <= at < until <= end
        assert until - at >= 0.8 * (end - start)


def test_an_endpoint_that_is_always_bad_has_no_episode() -> None:
    total = np.full(120, 10.0)

    assert bursts(total.copy(), total, MAY_BE_BAD) == []


@pytest.mark.parametrize("bad", [0, 1, 4])
def test_a_few_bad_requests_are_an_accident(bad: int) -> None:
    counts, total = quiet(60)
    counts[30] = bad

    assert bursts(counts, total, MAY_BE_BAD) == []


def test_what_was_promised_to_be_allowed_is_no_episode() -> None:
    """Improbable as it is, nine of ten are still in time, and so it was promised."""
    counts, total = quiet(600, per_second=100)
    counts[300:310] = 10.0

    assert bursts(counts, total, 0.2) == []
    assert bursts(counts, total, MAY_BE_BAD) == [(300, 310)]


@pytest.mark.parametrize("seconds", [0, 1, 7])
def test_of_a_few_seconds_nothing_is_usual(seconds: int) -> None:
    total = np.full(seconds, 10.0)

    assert bursts(total.copy(), total, MAY_BE_BAD) == []


@pytest.mark.parametrize(("memory", "wander"), [(0.0, 0.0), (0.5, 0.3), (0.9, 0.3), (0.9, 0.5), (0.97, 0.5)])
@pytest.mark.parametrize(("seconds", "rate"), [(60, 5), (300, 5), (300, 30), (1800, 30)])
@pytest.mark.parametrize("share", [0.01, 0.05])
def test_stationary_noise_has_no_episode_in_95_of_100_runs(
    memory: float, wander: float, seconds: int, rate: float, share: float
) -> None:
    found = sum(
        bool(bursts(*stationary(seed, seconds, rate, share, memory, wander), MAY_BE_BAD, chance=0.05 / 2))
        for seed in range(SIMULATIONS)
    )

    assert found <= 0.05 * SIMULATIONS


@pytest.mark.parametrize(("memory", "wander"), [(0.0, 0.0), (0.5, 0.3)])
def test_an_incident_is_found_in_the_noise_nearly_always(memory: float, wander: float) -> None:
    found = 0
    for seed in range(SIMULATIONS):
        counts = with_incident(stationary(seed, 300, 10, 0.01, memory, wander), 100, 104)
        told = bursts(*counts, MAY_BE_BAD, chance=0.05 / 24)
        found += any(start >= 98 and end <= 106 for start, end in told)

    assert found >= 0.85 * SIMULATIONS


def test_what_was_bad_while_anybody_asked_is_no_incident_of_a_load_that_drained() -> None:
    bad, total = np.zeros(20), np.zeros(20)
    bad[:9] = total[:9] = 10.0

    assert bursts(bad, total, MAY_BE_BAD) == []


@pytest.mark.parametrize("start", [0, 170, 190])
def test_of_what_was_asked_for_a_moment_only_nothing_is_usual(start: int) -> None:
    bad, total = np.zeros(199), np.zeros(199)
    bad[start : start + 4], total[start : start + 9] = 10.0, 10.0

    assert bursts(bad, total, MAY_BE_BAD) == []


@pytest.mark.parametrize("pause", [60, 100, 150])
@pytest.mark.parametrize("rate", [1, 10])
@pytest.mark.parametrize("share", [0.05, 0.3])
def test_seconds_in_which_nobody_asks_do_not_make_what_is_usual(
    pause: int, rate: float, share: float
) -> None:
    found = 0
    for seed in range(SIMULATIONS):
        bad, total = stationary(seed, 300, rate, share)
        bad[-pause:] = total[-pause:] = 0.0
        found += bool(bursts(bad, total, MAY_BE_BAD))

    assert found <= 0.05 * SIMULATIONS


def test_an_incident_does_not_become_what_is_usual() -> None:
    before = normal_of(*stationary(1, 600, 20, 0.05))
    after = normal_of(*with_incident(stationary(1, 600, 20, 0.05), 100, 130))

    assert before is not None
    assert after is not None
    assert after.share == pytest.approx(before.share, rel=0.3)
    assert after.highest < 0.5
