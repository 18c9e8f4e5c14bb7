from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preseason.report import units
from preseason.report.plain import THIN_SPACE

UNITS = ("ms", "ratio", "count", "1/s", "bytes")


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.0421, "ms", "0.042 ms"),
        (8.3, "ms", "8.3 ms"),
        (183.4, "ms", "183 ms"),
        (1240.0, "ms", "1.24 s"),
        (75_000.0, "ms", "75 s"),
        (0.0, "ms", "0 ms"),
        (0.5, "ratio", "50 %"),
        (0.931, "ratio", "93.1 %"),
        (0.0056, "ratio", "0.56 %"),
        (1.0, "ratio", "100 %"),
        (24312.0, "count", "24 312"),
        (2.5, "count", "2.5"),
        (-3.0, "count", "\N{MINUS SIGN}3"),
        (73.44, "1/s", "73.4/s"),
        (12_345.0, "1/s", "12 345/s"),
        (0.0, "bytes", "0 B"),
        (16 * 2**30, "bytes", "16 GiB"),
        (3.0, "furlongs", "3 furlongs"),
        (None, "ms", "–"),
        (math.nan, "ms", "–"),
    ],
)
def test_a_quantity_reads_as_people_write_it(value: float | None, unit: str, text: str) -> None:
    assert units.quantity(value, unit) == text.replace(" ", THIN_SPACE)


@pytest.mark.parametrize("ratio", [0.9996, 0.99999, 0.0004, 0.00001])
def test_a_ratio_that_is_almost_all_or_nothing_is_not_rounded_onto_it(ratio: float) -> None:
    assert units.percent(ratio) not in {units.percent(0.0), units.percent(1.0)}


@given(st.floats(1, 1e6), st.floats(1e-6, 1), st.sampled_from(UNITS[:4]))
def test_a_value_that_missed_its_limit_is_never_printed_as_the_limit(
    limit: float, relative: float, unit: str
) -> None:
    value = limit * (1 + relative)
    assert units.quantity(value, unit, apart_from=limit) != units.exact(limit, unit)


def test_a_limit_keeps_the_digits_it_was_written_with() -> None:
    assert units.exact(199.6, "ms") == f"199.6{THIN_SPACE}ms"
    assert units.exact(0.999, "ratio") == f"99.9{THIN_SPACE}%"
    assert units.exact(80.0, "count") == "80"


@given(st.floats(0, 1e15), st.sampled_from(UNITS))
def test_every_quantity_stays_on_one_line(value: float, unit: str) -> None:
    assert " " not in units.quantity(value, unit)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0.4 s"), (47, "47 s"), (185, "3 min 05 s"), (120, "2 min"), (7800, "2 h 10 min")],
)
def test_a_duration_has_the_unit_that_fits(seconds: float, text: str) -> None:
    assert units.duration(seconds) == text.replace(" ", THIN_SPACE)


def test_a_place_on_a_time_axis_reads_as_a_clock() -> None:
    assert [units.clock(seconds) for seconds in (0, 47, 725, 7800)] == ["0:00", "0:47", "12:05", "2:10:00"]


def test_moments_are_told_in_utc() -> None:
    assert units.utc(1767614400.0) == "2026-01-05 12:00:00 UTC"
    assert units.utc(None) == "–"
