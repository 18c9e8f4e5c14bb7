from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from preseason.collectors.counters import CounterLife

SAME = {"the server restarted": 1}


def test_counters_that_grow_stay_in_one_epoch() -> None:
    life = CounterLife()
    turns = [life.turn(second, SAME, {"hits": second}) for second in range(5)]
    assert len({turn.epoch for turn in turns}) == 1
    assert not any(turn.broken for turn in turns)


def test_a_changed_identity_ends_the_epoch_and_says_what_that_means() -> None:
    life = CounterLife()
    before = life.turn(0, SAME, {"hits": 5})
    after = life.turn(1, {"the server restarted": 2}, {"hits": 6})
    assert after.epoch != before.epoch
    assert after.broken == "the server restarted"


def test_one_counter_that_went_back_ends_the_epoch_of_all_of_them() -> None:
    life = CounterLife()
    before = life.turn(0, SAME, {"hits": 5, "deadlocks": 0})
    after = life.turn(1, SAME, {"hits": 4, "deadlocks": 0})
    later = life.turn(2, SAME, {"hits": 5, "deadlocks": 0})
    assert after.broken == "hits went back"
    assert before.epoch != after.epoch == later.epoch
    assert not later.broken


def test_a_value_that_becomes_unknown_is_a_change_too() -> None:
    life = CounterLife()
    life.turn(0, {"it was reset": 1.0}, {})
    assert life.turn(1, {"it was reset": None}, {}).broken == "it was reset"


def test_what_is_not_told_counts_as_unchanged() -> None:
    life = CounterLife()
    before = life.turn(0, {**SAME, "it was reset": 1.0}, {"hits": 1, "evicted": 1})
    assert life.turn(1, SAME, {"hits": 1}) == before


def test_another_process_names_the_same_life_alike() -> None:
    assert CounterLife().turn(0, SAME, {"hits": 1}).epoch == CounterLife().turn(9, SAME, {"hits": 7}).epoch


@given(st.lists(st.integers(0, 5), min_size=1))
def test_within_one_epoch_no_counter_ever_falls(values: list[int]) -> None:
    life = CounterLife()
    turns = [life.turn(second, SAME, {"hits": value}).epoch for second, value in enumerate(values)]
    pairs = zip(zip(turns, values, strict=True), list(zip(turns, values, strict=True))[1:], strict=False)
    assert all(now >= then for (old, then), (new, now) in pairs if old == new)
