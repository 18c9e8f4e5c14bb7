from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preseason.errors import BadInputError, Problem
from preseason.planning.scalability.points_csv import parse_points

GOOD = "concurrency,throughput\n1,10\n2,19\n4,34\n"


def problems(text: str) -> tuple[Problem, ...]:
    with pytest.raises(BadInputError) as caught:
        parse_points(text, "p.csv")
    return caught.value.problems


def test_points_are_read_in_the_order_of_their_concurrency() -> None:
    points = parse_points("concurrency,throughput,sd\n4,34,3\n1,10,1\n2,19,2\n", "p.csv")
    assert points.concurrency.tolist() == [1, 2, 4]
    assert points.throughput.tolist() == [10, 19, 34]
    assert points.sd is not None
    assert points.sd.tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + GOOD,
        GOOD.replace("\n", "\r\n"),
        GOOD.replace("\n", "\n\n") + "\n , \n",
        GOOD.replace(",", " , ").replace("concurrency", "Concurrency"),
        '"concurrency","throughput"\n"1","10"\n"2","19"\n"4","34"',
        "throughput,concurrency\n10,1\n19,2\n34,4\n",
        GOOD.replace("10", "1e1"),
        "# from wrk\n" + GOOD.replace("2,19", "# warm from here on, by hand\n2,19"),
    ],
    ids=["byte order mark", "CRLF", "blank lines", "spaces", "quotes", "other order", "exponent", "comments"],
)
def test_what_spreadsheets_write_is_read(text: str) -> None:
    assert parse_points(text, "p.csv").throughput.tolist() == [10, 19, 34]


def test_digits_that_only_python_reads_and_a_missing_header_are_refused() -> None:
    told = [problem.cause for problem in problems("concurrency,throughput\n1,1_0\n2,0x13\n4,\uff13\n")]
    assert told == [f"the throughput '{text}' is not a number" for text in ("1_0", "0x13", "\uff13")]
    (headless,) = problems("1,10\n2,19\n4,34\n")
    assert headless.cause.endswith("the first line holds numbers")


def test_a_concurrency_may_be_measured_several_times_even_with_the_same_result() -> None:
    points = parse_points(GOOD + "4,33\n4,34\n", "p.csv")
    assert points.levels.tolist() == [1, 2, 4]
    assert len(points) == 5


def test_every_mistake_is_told_at_once_with_its_line_and_a_way_out() -> None:
    found = problems("concurrency,throughput\n1,ten\n-2,19\n4,nan\n8\n0,5\n,7\n16,-3\n32,inf\n")
    assert [problem.place for problem in found] == [f"p.csv:{line}" for line in range(2, 10)]
    assert all(problem.remedy for problem in found)
    assert "'ten' is not a number" in found[0].cause
    assert "not above 0" in found[1].cause


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("concurrency;throughput\n1;10\n", "separated by semicolons"),
        ("concurrency\tthroughput\n1\t10\n", "separated by tabs"),
        ("concurrency,latency\n1,10\n", "there is no column throughput"),
        ("1,10\n2,19\n4,34\n", "there is no column concurrency"),
        ("concurrency,throughput,throughput\n1,2,3\n", "throughput stands twice"),
        ("concurrency,throughput,stdev\n1,2,3\n", "unknown column 'stdev'"),
        ("concurrency,throughput\n", "0 different concurrencies"),
        ("concurrency,throughput\n1,10\n2,19\n2,18\n", "2 different concurrencies"),
        ("concurrency,throughput\n1,0\n2,0\n4,0\n", "every throughput is 0"),
        ("concurrency,throughput\n1,1,000\n2,2,000\n4,4,000\n", "3 cells where the header has 2"),
        ("concurrency,throughput,sd\n1,10,0\n2,19,1\n4,34,1\n", "the sd 0 is not above 0"),
        ("concurrency,throughput\n1,1e300\n2,19\n4,34\n", "larger than anything"),
        ("concurrency,throughput\n1,1e-310\n2,2e-310\n4,4e-310\n", "smaller than anything"),
        ('concurrency,throughput\n1,"10\n2,19\n4,34\n', "is not CSV"),
    ],
)
def test_what_cannot_be_read_is_said(text: str, said: str) -> None:
    found = problems(text)
    assert any(said in problem.cause for problem in found), found
    assert all(problem.place.startswith("p.csv") and problem.remedy for problem in found)


def test_a_thousand_mistakes_do_not_fill_the_screen() -> None:
    found = problems("concurrency,throughput\n" + "x,y\n" * 1000)
    assert len(found) <= 21
    assert "more mistakes" in found[-1].cause


def test_a_log_of_seconds_is_too_long() -> None:
    rows = "".join(f"{n},{n}\n" for n in range(1, 10_002))
    assert "10001 measurements" in problems("concurrency,throughput\n" + rows)[0].cause


def read_or_refused(text: str) -> bool:
    """Points with something in them, or problems that all have a place."""
    try:
        return len(parse_points(text, "p.csv")) > 0
    except BadInputError as error:
        return bool(error.problems) and all(problem.place for problem in error.problems)


@given(st.text())
def test_any_text_is_read_or_refused_with_a_reason(text: str) -> None:
    assert read_or_refused(text)


@given(st.lists(st.sampled_from(["1", "2", "8", "x", "", "-1", "nan", "1e999", ";", '"']), max_size=30))
def test_any_cells_are_read_or_refused_with_a_reason(cells: list[str]) -> None:
    rows = "\n".join(",".join(cells[at : at + 2]) for at in range(0, len(cells), 2))
    assert read_or_refused(f"concurrency,throughput\n{rows}\n")
