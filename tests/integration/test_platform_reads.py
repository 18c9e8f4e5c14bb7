from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx
    from astral_process import AstralField, Manager

UNKNOWN = "c0123456789abcdef01234567"


@pytest.fixture(scope="module")
def manager(astral_field: AstralField) -> Iterator[Manager]:
    """Of the first league, which no test writes to."""
    with astral_field.manager(7) as manager:
        yield manager


@pytest.fixture
def http(manager: Manager) -> httpx.Client:
    return manager.http


@pytest.fixture
def visitor(astral_field: AstralField) -> Iterator[httpx.Client]:
    with astral_field.client() as http:
        yield http


def league_page(manager: Manager, query: str = "") -> dict[str, Any]:
    page: dict[str, Any] = manager.http.get(f"/api/leagues/{manager.team['leagueId']}/data{query}").json()
    return page


def test_a_team_comes_with_its_roster_and_league(manager: Manager) -> None:
    team = manager.team
    assert {"id", "name", "ownerId", "leagueId", "wins", "losses", "ties", "league"} <= set(team)
    assert team["ownerId"] == manager.user_id
    assert set(team["league"]) == {"name", "currentWeek"}
    [entry, *_] = team["roster"]
    assert set(entry) == {"id", "teamId", "playerId", "position", "rosterSlot", "isStarter", "player"}
    assert set(entry["player"]) == {
        *("id", "name", "position", "nflTeam"),
        *("fantasyPoints", "projectedPoints"),
    }


def test_a_roster_has_every_starting_slot_and_seven_on_the_bench(manager: Manager) -> None:
    roster = manager.team["roster"]
    slots = Counter(entry["rosterSlot"] for entry in roster)
    assert slots == {"QB": 1, "RB": 2, "WR": 2, "TE": 1, "FLEX": 1, "K": 1, "DST": 1, "BENCH": 7}
    assert all(entry["isStarter"] == (entry["rosterSlot"] != "BENCH") for entry in roster)


def test_a_teams_points_are_those_of_its_starters(manager: Manager) -> None:
    team = manager.team
    starting = [entry["player"] for entry in team["roster"] if entry["isStarter"]]
    assert team["totalPoints"] == pytest.approx(sum(player["fantasyPoints"] for player in starting))
    assert team["projectedPoints"] == pytest.approx(sum(player["projectedPoints"] for player in starting))


def test_a_leagues_page_has_standings_matchups_rosters_and_the_best_players(manager: Manager) -> None:
    page = league_page(manager)
    data, meta = page["data"], page["meta"]
    assert set(data) == {
        *("id", "name", "description", "currentWeek", "maxTeams"),
        *("standings", "matchups", "rosters", "top_players"),
    }
    assert set(meta) == {"responseTime", "week", "cached", "timestamp"}
    assert [len(data["standings"]), len(data["matchups"]), len(data["rosters"])] == [10, 5, 10]
    wins = [team["wins"] for team in data["standings"]]
    assert wins == sorted(wins, reverse=True)
    assert meta["week"] == data["currentWeek"] == 10


def test_no_player_is_on_two_teams_of_a_league(manager: Manager) -> None:
    rosters = league_page(manager)["data"]["rosters"]
    held = [entry["playerId"] for roster in rosters.values() for entry in roster]
    assert len(set(held)) == len(held) == 160


def test_a_leagues_page_shows_the_week_asked_for(manager: Manager) -> None:
    page = league_page(manager, "?week=3&projections=true")
    assert page["meta"]["week"] == 3
    assert {matchup["week"] for matchup in page["data"]["matchups"]} == {3}
    [entry, *_] = page["data"]["rosters"][manager.team["id"]]
    assert entry["stats"]["points"] is not None
    assert entry["projection"] is not None


def test_what_was_read_before_comes_from_the_cache(manager: Manager) -> None:
    paths = (
        f"/api/teams?userId={manager.user_id}",
        f"/api/leagues/{manager.team['leagueId']}/data?week=5",
        "/api/players?search=ever&page=2",
        f"/api/matchups?leagueId={manager.team['leagueId']}",
        f"/api/waivers?userId={manager.user_id}",
        "/api/league",
    )
    for path in paths:
        first, second = manager.http.get(path), manager.http.get(path)
        assert second.headers["x-cache"] == "HIT", path
        assert first.json().get("data", first.json()) == second.json().get("data", second.json())


def test_a_leagues_page_says_whether_it_came_from_the_cache(manager: Manager) -> None:
    assert [league_page(manager, "?week=7")["meta"]["cached"] for _ in range(2)] == [False, True]


def test_players_come_in_pages_of_24_by_name(http: httpx.Client) -> None:
    page = http.get("/api/players", params={"page": 2}).json()
    assert [page["total"], page["pages"], page["currentPage"], len(page["players"])] == [1000, 42, 2, 24]
    assert set(page["players"][0]) == {
        *("id", "name", "position", "nflTeam", "team"),
        *("fantasyPoints", "projectedPoints"),
    }
    names = [player["name"] for player in page["players"]]
    assert names == sorted(names)


def test_the_last_page_of_players_ends_the_list(http: httpx.Client) -> None:
    assert len(http.get("/api/players", params={"page": 42}).json()["players"]) == 1000 - 41 * 24
    assert http.get("/api/players", params={"page": 43}).json()["players"] == []


@pytest.mark.parametrize("page", ["0", "-1", "x", "1e3", "9" * 400, "٣٣", ""])
def test_what_is_no_page_is_answered_with_one(http: httpx.Client, page: str) -> None:
    assert http.get("/api/players", params={"page": page}).status_code == 200


def test_a_search_finds_parts_of_names_and_nfl_teams_in_any_case(http: httpx.Client) -> None:
    by_name = http.get("/api/players", params={"search": "KESTR"}).json()["players"]
    assert by_name
    assert all("Kestrel" in player["name"] for player in by_name)
    by_team = http.get("/api/players", params={"search": "sea", "page": 1}).json()["players"]
    assert any(player["nflTeam"] == "SEA" for player in by_team)


def test_a_search_takes_wildcards_literally(http: httpx.Client) -> None:
    for search in ("%", "_", "\\", "\0%", "' OR 1=1 --"):
        assert http.get("/api/players", params={"search": search}).json()["total"] == 0


def test_players_are_filtered_by_position_and_team(http: httpx.Client) -> None:
    found = http.get("/api/players", params={"position": "qb", "team": "KC"}).json()
    assert found["total"] > 0
    assert {(player["position"], player["team"]) for player in found["players"]} == {("QB", "KC")}


def test_matchups_are_of_a_week_or_of_the_season(manager: Manager) -> None:
    league_id = manager.team["leagueId"]
    season = manager.http.get("/api/matchups", params={"leagueId": league_id}).json()["matchups"]
    week = manager.http.get("/api/matchups", params={"leagueId": league_id, "week": 4}).json()["matchups"]
    assert len(season) == 14 * 5
    assert week == [matchup for matchup in season if matchup["week"] == 4]
    assert set(week[0]) == {
        *("id", "week", "season", "homeTeamId", "awayTeamId", "homeScore", "awayScore"),
        *("isComplete", "homeTeam", "awayTeam"),
    }
    assert set(week[0]["homeTeam"]) == {"id", "name", "owner"}


def test_matchups_of_an_unknown_league_are_none(http: httpx.Client) -> None:
    assert http.get("/api/matchups", params={"leagueId": UNKNOWN}).json() == {"matchups": []}


def test_waivers_offer_who_is_on_no_team_of_the_league(manager: Manager) -> None:
    waivers = manager.http.get("/api/waivers", params={"userId": manager.user_id}).json()
    rosters = league_page(manager)["data"]["rosters"]
    held = {entry["playerId"] for roster in rosters.values() for entry in roster}
    offered = {player["id"] for player in waivers["availablePlayers"]}
    assert len(offered) == 100
    assert not offered & held
    assert len(waivers["recommendations"]) == 10
    assert [turn["priority"] for turn in waivers["waiverOrder"]] == list(range(1, 11))


def test_the_own_league_is_that_of_the_session(manager: Manager) -> None:
    league = manager.http.get("/api/league").json()
    assert league["id"] == manager.team["leagueId"]
    assert manager.team["id"] in {team["id"] for team in league["teams"]}


@pytest.mark.parametrize("path", ["/api/league", "/api/trades"])
def test_what_belongs_to_somebody_needs_a_session(visitor: httpx.Client, path: str) -> None:
    answer = visitor.get(path)
    assert (answer.status_code, answer.json()) == (401, {"error": "Unauthorized"})


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/teams", 400),
        (f"/api/teams?userId={UNKNOWN}", 404),
        ("/api/teams?userId=%00", 400),
        (f"/api/leagues/{UNKNOWN}/data", 404),
        (f"/api/leagues/{UNKNOWN}/data?week=nineteen", 400),
        ("/api/leagues/%00%ff/data", 400),
        ("/api/matchups", 400),
        ("/api/matchups?leagueId=x&week=99", 400),
        ("/api/waivers", 400),
        (f"/api/waivers?userId={UNKNOWN}", 404),
        ("/api/unheard-of", 404),
        ("/", 404),
        ("/api/waivers/claim", 405),
        ("/api/seed-users", 404),
    ],
)
def test_a_request_that_cannot_be_answered_says_why_in_json(
    visitor: httpx.Client, path: str, status: int
) -> None:
    answer = visitor.get(path)
    assert answer.status_code == status
    assert {"error"} <= set(answer.json()) <= {"error", "details"}


def test_answers_have_the_sizes_of_the_real_platform(manager: Manager) -> None:
    league_id = manager.team["leagueId"]
    expected_bytes = {
        f"/api/leagues/{league_id}/data": 76_000,
        f"/api/teams?userId={manager.user_id}": 4_000,
        "/api/players": 3_600,
        f"/api/matchups?leagueId={league_id}&week=1": 2_000,
        f"/api/matchups?leagueId={league_id}": 31_000,
        f"/api/waivers?userId={manager.user_id}": 14_000,
    }
    sizes = {path: len(manager.http.get(path).content) for path in expected_bytes}
    ratios = {path: size / expected_bytes[path] for path, size in sizes.items()}
    assert all(0.7 < ratio < 1.6 for ratio in ratios.values()), ratios
