from __future__ import annotations

import pytest

from preseason.verdict import wording


@pytest.mark.parametrize(
    ("value_bytes", "told"),
    [
        (0, "0 B"),
        (5 * 2**10, "5 KiB"),
        (20.5 * 2**20, "20.5 MiB"),
        (3430 * 2**20, "3.35 GiB"),
        (-3 * 2**30, "-3 GiB"),
        (5000 * 2**40, "5000 TiB"),
    ],
)
def test_a_size_is_told_in_the_largest_unit_that_it_reaches(value_bytes: float, told: str) -> None:
    assert wording.size(value_bytes) == told
