from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from preseason.verdict.statistics.changes import Sensitivity, change_points

HALVED = [1.02, 0.95, 0.99, 1.00, 1.12, 1.00, 1.01, 0.98, 1.01, 0.96]
HALVED += [0.50, 0.51, 0.48, 0.48, 0.55, 0.50, 0.49, 0.51, 0.50, 0.49]
TWO_STEPS = [0.3, 2.4, 1.5, -0.9, -0.5, 99.7, 98.3, 99.1, 149.0, 149.7, 149.5, 149.1, 148.8, 150.0]
SHORT = [1.02, 0.95, 0.99, 1.00, 1.12, 0.90, 0.50, 0.51, 0.48, 0.48, 0.55]
SLIGHT = [2.02, 2.03, 2.01, 2.04, 1.82, 1.85, 1.79, 1.81, 1.80, 1.76, 1.78]
FROM_ZERO = [0, 0, 0, 1.00, 1.12, 0.90, 0.50, 0.51, 0.48, 0.48, 0.55]


def indices(values: list[float], **how: float) -> list[int]:
    return [point.index for point in change_points(values, Sensitivity(**how))]  # type: ignore[arg-type]


def test_the_known_answers_of_otava_are_found() -> None:
    assert indices(HALVED, window=10, p=1e-4) == [10]
    assert indices(TWO_STEPS, p=0.01) == [5, 8]
    assert indices(SHORT) == [6]
    assert indices(SLIGHT) == [4]
    assert (indices(SHORT, min_magnitude=0.2), indices(SLIGHT, min_magnitude=0.2)) == ([6], [])


def test_what_otava_answers_is_answered_here() -> None:
    """Series of noise, steps, ramps, spikes and walks, with what Apache Otava 0.8.0 said of each."""
    for case in json.loads((Path(__file__).parent / "otava_answers.json").read_text()):
        how = Sensitivity(case["window"], case["p"], case["min_magnitude"])
        found = change_points(case["series"], how)
        assert [point.index for point in found] == [point["index"] for point in case["otava"]]
        assert [point.before for point in found] == pytest.approx(
            [point["before"] for point in case["otava"]]
        )
        assert [point.p for point in found] == pytest.approx(
            [point["p"] for point in case["otava"]], rel=1e-6
        )


def test_a_series_that_begins_with_zeros_is_divided_without_a_warning() -> None:
    found = indices(FROM_ZERO)
    assert (len(found), found[0]) == (2, 3)


@pytest.mark.parametrize("values", [[], [1.0], [1.0, 2.0], [0.0] * 60, [0.1] * 60, [1e300] * 60])
def test_what_has_no_change_has_no_change_points(values: list[float]) -> None:
    assert change_points(values) == []


@pytest.mark.parametrize("scale", [1e-300, 1e-9, -1.0, 1e9, 1e300])
def test_the_scale_of_a_series_does_not_matter(scale: float) -> None:
    (point,) = change_points([value * scale for value in HALVED])
    assert point.index == 10
    assert point.before == pytest.approx(1.004 * scale)
    assert point.after == pytest.approx(0.501 * scale)


def test_noise_rarely_raises_an_alarm_and_a_step_of_three_deviations_is_found() -> None:
    generator = np.random.default_rng(8)
    nights = generator.normal(100, 5, size=(200, 90))
    assert sum(bool(change_points(night)) for night in nights) <= 30
    nights[:, 60:] += 15
    found = [[point.index for point in change_points(night)] for night in nights]
    assert sum(any(abs(index - 60) <= 2 for index in one) for one in found) >= 190
