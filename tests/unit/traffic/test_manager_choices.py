"""What managers decide, checked by the reference platform's own rules."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preseason.astral_field import rules
from preseason.astral_field.seeding.world import build
from preseason.traffic.astral import choices
from preseason.traffic.astral.model import Held, LeaguePage, Player

SEEDS = st.integers(min_value=0, max_value=10_000)
(LEAGUE,) = build(leagues=1, seed=7).leagues


def held(name: str, position: str, slot: str, points: float = 1.0) -> Held:
    return Held(Player(name, name, position, "KC", points), slot, slot != rules.BENCH)


ROSTERS = {
    team.id: tuple(
        Held(
            Player(player.id, player.name, player.position, player.nfl_team, player.projections[9]),
            slot,
            slot != rules.BENCH,
        )
        for player, slot in team.roster
    )
    for team in LEAGUE.teams
}
OWN, *OTHERS = ROSTERS
PAGE = LeaguePage(
    10,
    (),
    {
        team_id: [
            {
                "player": {"id": held.player.id, "name": held.player.name, "position": held.player.position},
                "rosterSlot": held.slot,
                "isStarter": held.starts,
            }
            for held in roster
        ]
        for team_id, roster in ROSTERS.items()
    },
)


def as_rules(roster: tuple[Held, ...]) -> list[rules.Held]:
    return [rules.Held(entry.player.id, entry.player.position, entry.slot) for entry in roster]


@pytest.mark.parametrize("roster", ROSTERS.values())
def test_every_swap_leaves_a_legal_lineup(roster: tuple[Held, ...]) -> None:
    starters = frozenset(entry.player.id for entry in roster if entry.starts)
    found = choices.swaps(roster)
    assert found
    for swap in found:
        rules.lineup(as_rules(roster), swap.applied(starters))


def test_only_flex_takes_another_position() -> None:
    roster = (
        held("runner", "RB", "RB"),
        held("flexible", "WR", "FLEX"),
        held("kicker", "K", "K"),
        held("spare", "RB", rules.BENCH),
        held("tight", "TE", rules.BENCH),
        held("thrower", "QB", rules.BENCH),
    )
    found = {(swap.out.name, swap.into.name) for swap in choices.swaps(roster)}
    assert found == {("runner", "spare"), ("flexible", "spare"), ("flexible", "tight")}


@pytest.mark.parametrize("roster", [(), (held("alone", "QB", "QB"),), (held("spare", "QB", rules.BENCH),)])
def test_a_roster_that_is_too_short_gives_nothing_to_do(roster: tuple[Held, ...]) -> None:
    assert choices.swap(roster, Random(1)) is None
    assert choices.claim([roster[0].player] if roster and roster[0].starts else [], roster, Random(1)) is None


@given(SEEDS)
def test_an_offer_leaves_both_teams_a_legal_lineup(seed: int) -> None:
    offer = choices.offer(PAGE, OWN, Random(seed))
    assert offer is not None
    assert offer.partner_id in OTHERS
    ours, theirs = as_rules(ROSTERS[OWN]), as_rules(ROSTERS[offer.partner_id])
    given_away = rules.Held(offer.give.id, offer.give.position)
    received = rules.Held(offer.get.id, offer.get.position)
    assert len(rules.traded(ours, [offer.give.id], [received])) == rules.ROSTER_SIZE
    assert len(rules.traded(theirs, [offer.get.id], [given_away])) == rules.ROSTER_SIZE


def test_without_partners_or_players_there_is_no_offer() -> None:
    alone = LeaguePage(10, (), {OWN: PAGE.rosters[OWN]})
    empty = LeaguePage(10, (), {OWN: PAGE.rosters[OWN], "other": ()})
    unreadable = LeaguePage(10, (), {OWN: PAGE.rosters[OWN], "other": [{"surprise": 1}]})
    assert [choices.offer(page, OWN, Random(1)) for page in (alone, empty, unreadable)] == [None] * 3


def test_a_claim_drops_the_weakest_of_the_bench_at_the_same_position() -> None:
    roster = (
        held("starter", "RB", "RB", 1.0),
        held("weak", "RB", rules.BENCH, 2.0),
        held("good", "RB", rules.BENCH, 9.0),
    )
    free = [Player("kicker", "kicker", "K", "KC", 12.0), Player("runner", "runner", "RB", "KC", 11.0)]
    claim = choices.claim(free, roster, Random(1))
    assert claim is not None
    assert (claim.add.name, claim.drop.name) == ("runner", "weak")


@given(SEEDS)
def test_only_the_best_free_players_are_claimed(seed: int) -> None:
    free = [Player(str(rank), str(rank), "RB", "KC", 30.0 - rank) for rank in range(30)]
    claim = choices.claim(free, ROSTERS[OWN], Random(seed), among=3)
    assert claim is not None
    assert claim.add in free[:3]


def test_one_searches_for_a_part_of_a_name_one_knows() -> None:
    roster = (Held(Player("1", "Gideon Whitlock Jr.", "QB", "DET", 1.0), "QB", starts=True),)
    assert choices.search_term(roster, Random(1)) == "Whitlock"
    assert choices.search_term((), Random(1)) == "KC"


def test_the_same_seed_decides_alike() -> None:
    first, second = (choices.offer(PAGE, OWN, Random(5)) for _ in range(2))
    assert first == second
