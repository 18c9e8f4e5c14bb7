from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preseason.astral_field.rules import (
    BENCH,
    FLEX,
    FLEX_POSITIONS,
    STARTING_SLOTS,
    Held,
    RuleError,
    filled,
    lineup,
    traded,
)

POSITIONS = ("QB", "RB", "WR", "TE", "K", "DST")
ROSTER = [
    Held(f"{position}{number}", position)
    for position, size in {"QB": 2, "RB": 5, "WR": 5, "TE": 2, "K": 1, "DST": 1}.items()
    for number in range(1, size + 1)
]
STARTING = {"QB1", "RB1", "RB2", "WR1", "WR2", "TE1", "K1", "DST1"}

rosters = st.lists(st.sampled_from(POSITIONS), min_size=9, max_size=20).map(
    lambda positions: [Held(f"p{number}", position) for number, position in enumerate(positions)]
)


def can_be_filled(roster: list[Held]) -> bool:
    """By counting: each position fills its own slots, and one more of RB, WR or TE is left for FLEX."""
    counts = Counter(player.position for player in roster)
    own_slots = {slot: size for slot, size in STARTING_SLOTS.items() if slot != FLEX}
    flexible = sum(counts[position] - own_slots[position] for position in FLEX_POSITIONS)
    return all(counts[slot] >= size for slot, size in own_slots.items()) and flexible >= 1


@pytest.mark.parametrize("flex", ["RB3", "WR5", "TE2"])
def test_any_third_back_receiver_or_end_fills_the_flex_slot(flex: str) -> None:
    slots = lineup(ROSTER, STARTING | {flex})
    assert slots[flex] == FLEX
    assert Counter(slots.values()) == {**STARTING_SLOTS, BENCH: 7}


@pytest.mark.parametrize(
    "starters",
    [STARTING, STARTING | {"QB2"}, STARTING | {"RB3", "WR3"}, STARTING - {"K1"} | {"RB3", "WR3"}, set()],
)
def test_any_other_lineup_is_illegal(starters: set[str]) -> None:
    with pytest.raises(RuleError):
        lineup(ROSTER, starters)


@given(rosters)
def test_a_lineup_is_found_whenever_there_is_one(roster: list[Held]) -> None:
    if not can_be_filled(roster):
        with pytest.raises(RuleError):
            filled(roster)
        return
    slots = filled(roster)
    used = Counter(slots.values())
    positions = {player.player_id: player.position for player in roster}
    assert {slot: used[slot] for slot in STARTING_SLOTS} == STARTING_SLOTS
    assert slots.keys() == positions.keys()
    for player_id, slot in slots.items():
        assert slot in {BENCH, positions[player_id]} or (
            slot == FLEX and positions[player_id] in FLEX_POSITIONS
        )


def test_earlier_players_start() -> None:
    assert {player_id for player_id, slot in filled(ROSTER).items() if slot != BENCH} == STARTING | {"RB3"}


def test_a_traded_starter_is_replaced_from_the_bench_and_the_newcomer_sits_there() -> None:
    roster = [
        Held(p.player_id, p.position, slot) for p, slot in zip(ROSTER, filled(ROSTER).values(), strict=True)
    ]
    slots = traded(roster, ["WR1"], [Held("new", "WR", "WR")])
    assert slots["WR3"] == "WR"
    assert slots["new"] == BENCH
    assert "WR1" not in slots
    assert len(slots) == len(roster)


def test_a_newcomer_starts_where_nobody_else_can() -> None:
    roster = [
        Held(p.player_id, p.position, slot) for p, slot in zip(ROSTER, filled(ROSTER).values(), strict=True)
    ]
    assert traded(roster, ["K1"], [Held("new", "K")])["new"] == "K"


def test_a_trade_that_leaves_a_slot_empty_is_illegal() -> None:
    with pytest.raises(RuleError, match="K"):
        traded(ROSTER, ["K1"], [Held("new", "RB")])
