from __future__ import annotations

import math
from contextlib import suppress
from string import ascii_letters, digits

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preseason.collectors.exposition import PageError, read_page

LETTERS = f"{ascii_letters}_"
#: Texts of an alphabet, not of an expression: Hypothesis draws these in half the time.
NAMES = st.builds(str.__add__, st.sampled_from(f"{LETTERS}:"), st.text(f"{LETTERS}{digits}:"))
LABEL_NAMES = st.builds(str.__add__, st.sampled_from(LETTERS), st.text(f"{LETTERS}{digits}"))
LABELS = st.dictionaries(LABEL_NAMES, st.text())
VALUES = st.floats(allow_nan=False)


def written(name: str, labels: dict[str, str], value: float) -> str:
    """A line as exporters write it."""
    escaped = (
        (key, text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n"))
        for key, text in labels.items()
    )
    inner = ",".join(f'{key}="{text}"' for key, text in escaped)
    number = "+Inf" if value == math.inf else "-Inf" if value == -math.inf else repr(value)
    return f"{name}{{{inner}}} {number}" if labels else f"{name} {number}"


@given(st.lists(st.tuples(NAMES, LABELS, VALUES)))
def test_what_an_exporter_writes_is_read_as_it_was_meant(
    points: list[tuple[str, dict[str, str], float]],
) -> None:
    page = "".join(f"# HELP any text\n{written(*point)}\n" for point in points)
    assert [tuple(point) for point in read_page(page)] == points


@given(st.text())
def test_any_text_is_either_a_page_or_refused(text: str) -> None:
    with suppress(PageError):
        assert len(read_page(text)) <= text.count("\n")


@given(st.lists(st.tuples(NAMES, LABELS, VALUES), min_size=1), st.data())
def test_a_page_that_is_cut_off_is_no_page(
    points: list[tuple[str, dict[str, str], float]], data: st.DataObject
) -> None:
    page = "".join(f"{written(*point)}\n" for point in points)
    cut = data.draw(st.integers(min_value=1, max_value=len(page) - 1))
    if page[cut - 1] != "\n":
        with pytest.raises(PageError):
            read_page(page[:cut])


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("node_load1 0.12", 0.12),
        ("node_boot_time_seconds 1.79552716e+09", 1795527160.0),
        ("a 1 1700000000000", 1.0),
        ('a { b = "c" , d="}" , } -.5', -0.5),
        ("\ta\t3.", 3.0),
        ("a +Inf", math.inf),
    ],
)
def test_forms_that_are_allowed(line: str, value: float) -> None:
    (point,) = read_page(f"{line}\n")
    assert point.value == value


def test_a_value_may_be_no_number() -> None:
    (point,) = read_page("a NaN\n")
    assert math.isnan(point.value)


@pytest.mark.parametrize(
    "line",
    [
        "a",
        "a 1_000",
        "a 0x10",
        "a one",
        "a 1 2 3",
        "9a 1",
        "a{b=c} 1",
        'a{b="c} 1',
        'a{b="c" d="e"} 1',
        'a{b="1",b="2"} 1',
        "<html><body>502 Bad Gateway</body></html>",
    ],
)
def test_forms_that_are_not(line: str) -> None:
    with pytest.raises(PageError, match="line 2 is no sample"):
        read_page(f"# a comment\n{line}\n")


def test_only_a_line_feed_ends_a_line() -> None:
    (point,) = read_page('a{b="x\x85\u2028\ry"} 1\n')
    assert point.labels == {"b": "x\x85\u2028\ry"}
