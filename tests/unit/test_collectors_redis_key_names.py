"""The names of keys become patterns that hold no id, and so nobody's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preseason.collectors.redis.key_names import CROWD, ID, patterns

NAMES = ("ann", "bob", "cat", "dan", "eve", "fay", "gus", "hal", "ivy", "jan", "kim", "lee")


@pytest.mark.parametrize(
    ("key", "pattern"),
    [
        ("league:42:data", "league:{id}:data"),
        ("user:7c9e6679-7425-40de-944b-e07fc1f90ae7", "user:{id}"),
        ("session:0123456789abcdef0123456789abcdef", "session:{id}"),
        ("astral:7edb3faa:team:9", "astral:{id}:team:{id}"),
        ("token:eyJhbGciOiJIUzI1NiJ9_abc", "token:{id}"),
        ("mail:ann@example.org:sent", "mail:{id}:sent"),
        ("week:2026-11-24", "week:{id}"),
        ("cart-17/items", "cart-{id}/items"),
        ("{user:99}:roster", "user:{id}:roster"),
        ("name:Жанна:x", "name:{id}:x"),
        ("bin:\udcff\udcfe", "bin:{id}"),
        ("players", "players"),
        ("", ""),
    ],
)
def test_what_looks_like_an_id_is_left_out(key: str, pattern: str) -> None:
    assert patterns([key] * 3) == [pattern] * 3


def test_a_crowd_of_words_in_one_place_is_ids_and_its_neighbours_stay() -> None:
    keys = [f"user:{name}:{what}" for name in NAMES for what in ("name", "team")]

    assert set(patterns(keys)) == {"user:{id}:name", "user:{id}:team"}


def test_many_words_that_each_have_many_keys_are_kinds() -> None:
    keys = [f"{kind}:{number}" for kind in NAMES for number in range(30)]

    assert set(patterns(keys)) == {f"{kind}:{{id}}" for kind in NAMES}


def test_a_kind_of_few_keys_is_known_by_its_first_word_only() -> None:
    assert patterns(["config:ann:flags", "config:bob"]) == ["config:{id}:{id}", "config:{id}"]


@given(st.lists(st.text(max_size=40), max_size=60))
def test_every_key_has_a_pattern_without_a_digit_and_there_are_few_in_a_place(keys: list[str]) -> None:
    found = patterns(keys)

    assert len(found) == len(keys)
    assert not any(character in pattern for pattern in found for character in "0123456789@")


@given(st.lists(st.from_regex(r"[a-z]{5,8}", fullmatch=True), min_size=CROWD + 1, max_size=40, unique=True))
def test_of_many_words_none_is_left(words: list[str]) -> None:
    assert set(patterns([f"user:{word}" for word in words])) == {f"user:{ID}"}
