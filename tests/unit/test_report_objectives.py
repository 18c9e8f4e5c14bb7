from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_specimen import OBJECTIVES, objective

from preseason.report.run import objectives
from preseason.report.run.objectives import interval_bar, interval_text, judged_text, value_text
from preseason.verdict.model import Outcome


def test_the_most_urgent_outcomes_come_first() -> None:
    outcomes = [row.outcome for row in objectives.rows(OBJECTIVES)]
    assert outcomes[0] is Outcome.FAIL
    assert outcomes[-1] is Outcome.PASS


@pytest.mark.parametrize(
    ("comparison", "unit", "limit", "value"),
    [
        ("<", "ms", 200.0, 190.0),
        ("<=", "ratio", 0.01, 0.005),
        (">", "ratio", 0.9, 0.95),
        (">=", "1/s", 60.0, 61.0),
    ],
)
def test_left_of_the_line_is_good_whichever_way_the_limit_bounds(
    comparison: str, unit: str, limit: float, value: float
) -> None:
    good = interval_bar(objective(comparison=comparison, unit=unit, limit=limit, point=value))
    bad = interval_bar(objective(comparison=comparison, unit=unit, limit=limit, point=2 * limit - value))
    assert good is not None
    assert bad is not None
    assert good.point is not None
    assert bad.point is not None
    assert good.point < good.limit < bad.point


@given(st.floats(0, 1e9), st.floats(0, 1e9), st.floats(0, 1e9))
def test_no_interval_leaves_its_bar(low: float, point: float, high: float) -> None:
    low, point, high = sorted((low, point, high))
    bar = interval_bar(objective(low=low, point=point, high=high))
    assert bar is not None
    assert bar.point is not None
    assert 0 <= bar.low <= bar.point <= bar.high <= 100


def test_an_unbounded_end_reaches_the_end_of_the_bar() -> None:
    above = interval_bar(objective(high=None))
    below = interval_bar(objective(low=None))
    assert above is not None
    assert below is not None
    assert (above.high, below.low) == (100.0, 0.0)


def test_one_known_end_of_an_interval_is_drawn_to_the_end_without_any_value() -> None:
    above = interval_bar(objective(low=200.0, point=None, high=None))
    below = interval_bar(objective(low=None, point=None, high=200.0))
    assert above is not None
    assert below is not None
    assert (above.low, above.point, above.high) == (above.limit, None, 100.0)
    assert (below.low, below.point, below.high) == (0.0, None, below.limit)


def test_an_unbounded_low_end_of_a_lower_limit_is_the_bad_end() -> None:
    bar = interval_bar(objective(comparison=">", unit="ratio", limit=0.9, low=None, point=0.92, high=0.95))
    assert bar is not None
    assert bar.high == 100.0


def test_without_a_measurement_there_is_no_bar() -> None:
    assert interval_bar(objective(point=None, low=None, high=None)) is None
    assert interval_bar(objective(limit=None)) is None


def test_a_limit_of_zero_is_kept_by_nothing_and_broken_by_anything() -> None:
    kept = interval_bar(objective(comparison="==", unit="count", limit=0.0, point=0.0, low=None, high=None))
    broken = interval_bar(objective(comparison="==", unit="count", limit=0.0, point=1.0, low=None, high=None))
    assert kept is not None
    assert broken is not None
    assert (kept.point, broken.point) == (0.0, 100.0)


def test_an_interval_is_told_with_its_open_ends_in_words() -> None:
    assert interval_text(objective(low=170.0, high=190.0)) == "170\u202fms to 190\u202fms"
    assert interval_text(objective(low=170.0, high=None)) == "at least 170\u202fms"
    assert interval_text(objective(low=None, high=190.0)) == "at most 190\u202fms"
    assert interval_text(objective(low=None, high=None)) == ""


def test_a_value_just_over_its_limit_does_not_read_as_the_limit() -> None:
    assert value_text(objective(point=200.04)) == "200.04\u202fms"


def test_the_judged_ratio_is_told_beside_the_promised_one() -> None:
    assert judged_text(objective()) == "970 of 1\u202f000 good = 97\u202f%, 95\u202f% asked"
    assert judged_text(objective(good=None, total=None)) == ""


def test_a_scope_is_told_only_where_the_name_does_not() -> None:
    told, silent = objectives.rows(
        (objective(endpoint="GET /a"), objective(endpoint="GET /a", name="p95 of GET /a"))
    )
    assert (told.scope, silent.scope) == ("GET /a", "")
