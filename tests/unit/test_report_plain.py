from __future__ import annotations

from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from preseason.report import plain

ANY_TEXT = st.text(st.characters(codec=None))


@given(ANY_TEXT)
def test_cleaned_text_can_stand_in_xml_and_in_utf_8(text: str) -> None:
    element = ET.Element("told")
    element.text = plain.clean(text)
    assert ET.fromstring(ET.tostring(element, encoding="utf-8")).text in {plain.clean(text), None}


def test_reading_direction_cannot_be_reversed_by_foreign_text() -> None:
    assert "\u202e" not in plain.clean("user\u202egpj.exe")


@given(ANY_TEXT, st.integers(5, 200))
def test_shortened_text_is_one_line_of_bounded_length(text: str, length: int) -> None:
    told = plain.short(text, length)
    assert len(told) <= length
    assert "\n" not in told


def test_shortened_text_keeps_both_ends() -> None:
    told = plain.short("begin" + "x" * 10_000 + "end")
    assert told.startswith("begin")
    assert told.endswith("end")
    assert plain.ELLIPSIS in told


def test_a_sentence_begins_with_a_capital_and_ends_with_a_stop() -> None:
    assert plain.sentence("redis was not sampled") == "Redis was not sampled."
    assert plain.sentence("Too late!") == "Too late!"
    assert plain.sentence("") == ""


def test_a_path_or_an_id_at_the_start_of_a_sentence_is_left_alone() -> None:
    assert plain.sentence("/api/trades is slow") == "/api/trades is slow."
    assert plain.sentence("redis.hit_rate fell") == "redis.hit_rate fell."


def test_a_number_is_not_parted_from_its_unit() -> None:
    assert (
        plain.sentence("Within 200 ms, 95 % of 40 requests.")
        == "Within 200\u202fms, 95\u202f% of 40 requests."
    )
