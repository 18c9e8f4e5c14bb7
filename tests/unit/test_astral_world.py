from __future__ import annotations

from collections import Counter

import pytest

from preseason.astral_field.rules import BENCH, STARTING_SLOTS
from preseason.astral_field.seeding.rows import emails, tables
from preseason.astral_field.seeding.schedule import WEEKS, round_robin
from preseason.astral_field.seeding.world import CURRENT_WEEK, build


def rows(leagues: int, seed: int) -> dict[str, list[tuple[object, ...]]]:
    return {table.table: list(table.rows) for table in tables(build(leagues, seed), seed, "hash")}


def test_the_same_seed_makes_the_same_world() -> None:
    assert rows(2, 7) == rows(2, 7)


def test_another_seed_makes_another_world() -> None:
    assert rows(1, 7)["players"] != rows(1, 8)["players"]


def test_more_leagues_leave_the_first_ones_as_they_are() -> None:
    assert build(1, 7).leagues[0] == build(3, 7).leagues[0]


def test_ids_are_opaque_and_different() -> None:
    world = rows(3, 7)
    for table in ("users", "leagues", "teams", "players", "roster_players", "matchups"):
        ids = [str(row[0]) for row in world[table]]
        assert len(set(ids)) == len(ids)
        assert all(len(each) == 25 and each.startswith("c") for each in ids)


def test_a_world_has_a_thousand_players_and_ten_teams_of_sixteen_a_league() -> None:
    sizes = {table: len(found) for table, found in rows(3, 7).items()}
    assert sizes["players"] == len({player.name for player in build(3, 7).players}) == 1000
    assert [sizes[table] for table in ("teams", "users", "roster_players")] == [30, 30, 480]
    assert sizes["matchups"] == 3 * WEEKS * 5
    assert sizes["player_projections"] == 1000 * WEEKS
    assert sizes["player_stats"] == 1000 * (CURRENT_WEEK - 1)


def test_no_player_is_on_two_teams_of_a_league_and_every_lineup_is_full() -> None:
    for league in build(3, 7).leagues:
        held = [player.id for team in league.teams for player, _ in team.roster]
        assert len(set(held)) == len(held)
        for team in league.teams:
            slots = Counter(slot for _, slot in team.roster)
            assert slots == {**STARTING_SLOTS, BENCH: 7}


def test_standings_add_up() -> None:
    for record in rows(2, 7)["teams"]:
        wins, losses, ties, *_ = record[4:]
        assert sum(int(str(number)) for number in (wins, losses, ties)) == CURRENT_WEEK - 1


@pytest.mark.parametrize("teams", [8, 10, 20])
def test_everybody_plays_once_a_week(teams: int) -> None:
    weeks = list(round_robin(teams))
    assert len(weeks) == WEEKS
    for pairs in weeks:
        assert sorted(team for pair in pairs for team in pair) == list(range(teams))


def test_after_nine_weeks_all_ten_have_met() -> None:
    first_lap = list(round_robin(10))[:9]
    assert len({frozenset(pair) for pairs in first_lap for pair in pairs}) == 45


def test_accounts_are_numbered_from_one() -> None:
    assert list(emails(1))[0::9] == ["manager1@astral.example", "manager10@astral.example"]
