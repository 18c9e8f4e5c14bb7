"""Answers that say 200 and are wrong all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from preseason.traffic.astral import model
from preseason.traffic.astral.model import ContentError

if TYPE_CHECKING:
    from collections.abc import Callable

PLAYER = {"id": "p1", "name": "Gideon Whitlock", "position": "QB", "nflTeam": "DET", "projectedPoints": 16.6}
TEAM = {
    "id": "t1",
    "ownerId": "u1",
    "leagueId": "l1",
    "roster": [{"playerId": "p1", "rosterSlot": "QB", "isStarter": True, "player": PLAYER}],
}
LEAGUE = {
    "id": "l1",
    "currentWeek": 10,
    "standings": [{"teamId": "t1"}],
    "matchups": [],
    "rosters": {"t1": []},
    "top_players": [],
}
MATCHUP = {
    "week": 10,
    "homeTeamId": "t1",
    "awayTeamId": "t2",
    "homeTeam": {"id": "t1"},
    "awayTeam": {"id": "t2"},
}


def page(*players: dict[str, Any]) -> dict[str, Any]:
    return {"players": players, "total": len(players), "pages": 1, "currentPage": 1}


def test_a_team_is_read() -> None:
    team = model.team_of(TEAM, "u1")
    assert (team.id, team.league_id, team.starters) == ("t1", "l1", frozenset({"p1"}))
    assert team.roster[0].player.name == "Gideon Whitlock"


def test_a_roster_may_be_empty_and_a_player_without_projection() -> None:
    assert model.team_of({**TEAM, "roster": []}, "u1").roster == ()
    assert model.player_of({**PLAYER, "projectedPoints": None, "nflTeam": None}).points == 0


def test_owners_are_found_where_the_standings_name_them() -> None:
    standings = [
        {"teamId": "t1", "owner": "Manager 1"},
        {"teamId": "t2", "ownerId": "u2"},
        {"owner": {"id": "u3"}},
    ]
    assert model.league_page({"data": {**LEAGUE, "standings": standings}}, "l1").owner_ids == ("u2", "u3")


def test_ids_may_be_numbers_and_go_back_as_they_came() -> None:
    team = model.team_of({**TEAM, "id": 7, "ownerId": 3, "leagueId": 5}, 3)
    league = {**LEAGUE, "id": 5, "standings": [{"teamId": 7}, {"teamId": 8}], "rosters": {"7": [], "8": []}}
    page = model.league_page({"data": league}, team.league_id)
    assert (team.id, team.league_id, page.team_ids) == (7, 5, (7, 8))
    assert model.proposed({"data": {"id": 12, "status": "PENDING"}}) == 12


def test_players_are_found_by_name_or_nfl_team_in_any_capitals() -> None:
    assert len(model.players(page(PLAYER), search="whitLOCK")) == 1
    assert len(model.players(page(PLAYER), search="det", position="QB")) == 1


@pytest.mark.parametrize(
    ("read", "complaint"),
    [
        (
            lambda: model.decoded({"error": "Internal server error"}),
            "an error body under a status of success",
        ),
        (lambda: model.decoded({"success": False}), "an error body under a status of success"),
        (lambda: model.signed_in_user(None, "a@x.org"), "no session after the login"),
        (
            lambda: model.signed_in_user({"user": {"email": "b@x.org"}}, "a@x.org"),
            "the session of somebody else",
        ),
        (lambda: model.team_of(TEAM, "u2"), "a team of somebody else"),
        (lambda: model.team_of({**TEAM, "id": None}, "u1"), "an id that is neither text nor a number"),
        (lambda: model.team_of({**TEAM, "id": True}, "u1"), "an id that is neither text nor a number"),
        (lambda: model.player_of({**PLAYER, "name": 7}), "a name that is no text"),
        (lambda: model.league_page({"data": LEAGUE}, "l2"), "another league"),
        (
            lambda: model.league_page({"data": {**LEAGUE, "standings": []}}, "l1"),
            "a league without standings or rosters",
        ),
        (lambda: model.league_page({"data": {**LEAGUE, "matchups": None}}, "l1"), "no list of matchups"),
        (lambda: model.matchups({"matchups": [MATCHUP]}, 9), "a matchup of another week"),
        (
            lambda: model.matchups({"matchups": [{**MATCHUP, "homeTeamId": "t3"}]}, 10),
            "a matchup with the wrong team",
        ),
        (lambda: model.players(page()), "no player where there must be some"),
        (lambda: model.players(page(PLAYER), search="Kestrel"), "a player who was not searched for"),
        (lambda: model.players(page(PLAYER), position="K"), "a player at another position"),
        (lambda: model.players({**page(PLAYER), "total": 0}), "a page of the wrong size"),
        (
            lambda: model.proposed({"data": {"id": "x", "status": "ACCEPTED"}}),
            "a new proposal that is not pending",
        ),
        (lambda: model.accepted({"success": "yes"}), "a write that was not done"),
    ],
)
def test_wrong_content_is_named(read: Callable[[], object], complaint: str) -> None:
    with pytest.raises(ContentError) as raised:
        read()
    assert str(raised.value) == complaint
