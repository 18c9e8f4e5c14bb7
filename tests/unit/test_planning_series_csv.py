from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preseason.errors import BadInputError
from preseason.planning.series_csv import parse_series

GOOD = "day,p95\nmon,10\ntue,\nwed,NaN\nthu,1.5e1\n"


@pytest.mark.parametrize(
    "text", [GOOD, "\ufeff" + GOOD, GOOD.replace("\n", "\r\n"), GOOD.replace("\n", "\n\n")]
)
def test_a_column_is_read_and_missing_values_keep_their_rows(text: str) -> None:
    series = parse_series(text, "p95", "s.csv")
    assert (series.values, series.rows, series.missing) == ((10.0, 15.0), (0, 3), 2)


@pytest.mark.parametrize("separator", [";", "\t"])
def test_spreadsheets_may_separate_otherwise_and_write_a_decimal_comma(separator: str) -> None:
    text = "day;p95, all;max\nmon;-1,5e1;9\ntue;NA;9\nwed;0.25;9\n".replace(";", separator)
    series = parse_series(text, "p95, all", "s.csv")
    assert (series.values, series.rows) == ((-15.0, 0.25), (0, 2))


def test_every_mistake_is_told_with_its_line() -> None:
    with pytest.raises(BadInputError) as caught:
        parse_series("day,p95\nmon,ten\ntue,4\nwed,inf\nthu\n", "p95", "s.csv")
    assert [problem.place for problem in caught.value.problems] == ["s.csv:2", "s.csv:4", "s.csv:5"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("p95\n", "holds no value"),
        ("p95\nNA\n", "holds no value"),
        ("mean,max\n1,2\n", "no column p95"),
        ("p95,p95\n1,2\n", "stands 2 times"),
        ("p95;p95\n1;2\n", "stands 2 times"),
        ("p95;day\n1.234,5;2\n", "is not a number"),
    ],
)
def test_what_holds_no_series_is_refused(text: str, said: str) -> None:
    with pytest.raises(BadInputError, match=said):
        parse_series(text, "p95", "s.csv")


@given(st.text())
def test_no_text_ends_in_anything_but_a_series_or_a_refusal(text: str) -> None:
    try:
        series = parse_series("p95\n" + text, "p95", "s.csv")
    except BadInputError:
        return
    assert len(series.values) == len(series.rows) > 0
