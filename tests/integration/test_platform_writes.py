from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx
    from astral_process import AstralField, Manager

UNKNOWN = "c0123456789abcdef01234567"


@pytest.fixture(scope="module")
def league(astral_field: AstralField) -> Iterator[list[Manager]]:
    """Three managers of the second league, and one of the third."""
    with ExitStack() as opened:
        yield [opened.enter_context(astral_field.manager(number)) for number in (11, 12, 13, 21)]


@pytest.fixture
def manager(league: list[Manager]) -> Manager:
    return league[0]


@pytest.fixture
def rival(league: list[Manager]) -> Manager:
    return league[1]


@pytest.fixture
def bystander(league: list[Manager]) -> Manager:
    return league[2]


@pytest.fixture
def stranger(league: list[Manager]) -> Manager:
    return league[3]


@pytest.fixture
def visitor(astral_field: AstralField) -> Iterator[httpx.Client]:
    with astral_field.client() as http:
        yield http


def lineup_of(manager: Manager) -> dict[str, Any]:
    team = manager.team
    roster = [{"playerId": entry["playerId"], "isStarter": entry["isStarter"]} for entry in team["roster"]]
    return {"teamId": team["id"], "roster": roster}


def starters(manager: Manager) -> set[str]:
    return {entry["playerId"] for entry in manager.team["roster"] if entry["isStarter"]}


def proposed(manager: Manager, to: Manager, **more: object) -> dict[str, Any]:
    """A pending trade of a running back each."""
    answer = manager.propose(to, manager.players("RB")[:1], to.players("RB")[:1], **more)
    assert answer.status_code == 200, answer.text
    trade: dict[str, Any] = answer.json()["data"]
    return trade


def respond(manager: Manager, trade: dict[str, Any], response: str = "ACCEPTED") -> httpx.Response:
    return manager.post("/api/trades", action="respond", tradeId=trade["id"], response=response)


def cancel(manager: Manager, trade: dict[str, Any]) -> httpx.Response:
    return manager.post("/api/trades", action="cancel", tradeId=trade["id"])


def trade_as_seen_by(manager: Manager, trade: dict[str, Any], **query: str) -> dict[str, Any]:
    listed = manager.http.get("/api/trades", params=query).json()["data"]
    [found] = [other for other in listed if other["id"] == trade["id"]]
    return dict(found)


# Lineups


def test_a_bench_player_can_take_a_starters_place(manager: Manager) -> None:
    [starting, other] = manager.players("QB")
    lineup = lineup_of(manager)
    for entry in lineup["roster"]:
        if entry["playerId"] in {starting, other}:
            entry["isStarter"] = not entry["isStarter"]
    answer = manager.post("/api/teams/lineup", **lineup)
    assert answer.json() == {"success": True, "updated": 16}
    assert other in starters(manager)
    assert starting not in starters(manager)


def test_the_flex_slot_takes_a_third_receiver(manager: Manager) -> None:
    lineup = lineup_of(manager)
    by_position = {p: set(manager.players(p)[:n]) for p, n in (("QB", 1), ("RB", 2), ("WR", 3), ("TE", 1))}
    chosen = set().union(*by_position.values(), manager.players("K")[:1], manager.players("DST")[:1])
    for entry in lineup["roster"]:
        entry["isStarter"] = entry["playerId"] in chosen
    assert manager.post("/api/teams/lineup", **lineup).status_code == 200
    [flex] = [entry for entry in manager.team["roster"] if entry["rosterSlot"] == "FLEX"]
    assert flex["position"] == "WR"


def test_a_new_lineup_is_in_the_cache_at_once(manager: Manager) -> None:
    manager.post("/api/teams/lineup", **lineup_of(manager))
    assert manager.http.get("/api/teams", params={"userId": manager.user_id}).headers["x-cache"] == "HIT"


def test_a_lineup_without_a_kicker_is_refused(manager: Manager) -> None:
    before = starters(manager)
    lineup = lineup_of(manager)
    kicker, bench = manager.players("K")[0], manager.players("RB")[-1]
    for entry in lineup["roster"]:
        entry["isStarter"] = (entry["isStarter"] or entry["playerId"] == bench) and entry[
            "playerId"
        ] != kicker
    answer = manager.post("/api/teams/lineup", **lineup)
    assert answer.status_code == 400
    assert "K" in answer.json()["details"]
    assert starters(manager) == before


@pytest.mark.parametrize("starting", [True, False])
def test_a_lineup_of_all_or_of_none_is_refused(manager: Manager, starting: bool) -> None:  # noqa: FBT001 - a case
    lineup = lineup_of(manager)
    for entry in lineup["roster"]:
        entry["isStarter"] = starting
    assert manager.post("/api/teams/lineup", **lineup).status_code == 400


def test_a_lineup_with_somebody_elses_player_is_refused(manager: Manager, rival: Manager) -> None:
    lineup = lineup_of(manager)
    lineup["roster"][-1]["playerId"] = rival.players("RB")[0]
    assert manager.post("/api/teams/lineup", **lineup).status_code == 400


@pytest.mark.parametrize(
    "roster",
    [
        None,
        [],
        "all",
        16,
        [None] * 16,
        [{}] * 16,
        [{"playerId": 1, "isStarter": True}] * 16,
        [{"playerId": "x"}] * 16,
    ],
)
def test_a_lineup_that_is_none_is_refused(manager: Manager, roster: object) -> None:
    answer = manager.post("/api/teams/lineup", teamId=manager.team["id"], roster=roster)
    assert answer.status_code == 400


def test_only_the_owner_sets_a_lineup(manager: Manager, rival: Manager, visitor: httpx.Client) -> None:
    lineup = lineup_of(manager)
    assert visitor.post("/api/teams/lineup", json=lineup).status_code == 401
    assert rival.post("/api/teams/lineup", **lineup).status_code == 403
    assert manager.post("/api/teams/lineup", **lineup | {"teamId": UNKNOWN}).status_code == 404


# Trades


def test_a_proposal_is_pending_and_says_who_may_do_what(
    manager: Manager, rival: Manager, bystander: Manager
) -> None:
    trade = proposed(manager, rival, message="synthetic:42")
    assert {
        *("id", "status", "proposingTeam", "receivingTeam", "givingPlayers"),
        *("receivingPlayers", "tradeValue", "canRespond", "canCancel"),
    } <= set(trade)
    assert trade["status"] == "PENDING"
    assert trade["message"] == "synthetic:42"
    rights = [
        (seen["canRespond"], seen["canCancel"])
        for seen in (trade_as_seen_by(each, trade) for each in (manager, rival, bystander))
    ]
    assert rights == [(False, True), (True, False), (False, False)]


def test_accepting_a_trade_exchanges_the_players(
    manager: Manager, rival: Manager, bystander: Manager
) -> None:
    trade = proposed(manager, rival)
    [given], [received] = (
        [player["id"] for player in trade[side]] for side in ("givingPlayers", "receivingPlayers")
    )
    page = f"/api/leagues/{manager.team['leagueId']}/data"
    bystander.http.get(page)
    answer = respond(rival, trade)
    assert answer.json()["data"]["status"] == "ACCEPTED"
    assert received in manager.players("RB")
    assert given in rival.players("RB")
    roster = bystander.http.get(page).json()["data"]["rosters"][manager.team["id"]]
    assert received in {entry["playerId"] for entry in roster}
    assert trade_as_seen_by(bystander, trade, action="history")["acceptedAt"]


def test_after_a_trade_both_lineups_are_legal(manager: Manager, rival: Manager) -> None:
    trade = manager.propose(
        rival, manager.players("WR")[:2], [rival.players("TE")[0], rival.players("RB")[0]]
    )
    assert respond(rival, trade.json()["data"]).status_code == 200
    for each in (manager, rival):
        assert each.post("/api/teams/lineup", **lineup_of(each)).status_code == 200
    back = rival.propose(
        manager, rival.players("WR")[-2:], [manager.players("TE")[-1], manager.players("RB")[-1]]
    )
    assert respond(manager, back.json()["data"]).status_code == 200


def test_a_rejected_trade_moves_nobody(manager: Manager, rival: Manager) -> None:
    before = manager.players("RB")
    assert respond(rival, proposed(manager, rival), "REJECTED").json()["data"]["status"] == "REJECTED"
    assert manager.players("RB") == before


def test_a_cancelled_trade_cannot_be_accepted(manager: Manager, rival: Manager) -> None:
    trade = proposed(manager, rival)
    assert cancel(manager, trade).json()["data"]["status"] == "CANCELLED"
    assert respond(rival, trade).status_code == 400
    assert cancel(manager, trade).status_code == 400


def test_a_player_can_be_promised_twice_but_given_once(manager: Manager, rival: Manager) -> None:
    first, second = proposed(manager, rival), proposed(manager, rival)
    assert respond(rival, first).status_code == 200
    answer = respond(rival, second)
    assert answer.status_code == 400
    assert "is not on team" in answer.json()["details"]
    assert trade_as_seen_by(rival, second)["status"] == "PENDING"
    cancel(manager, second)


def test_a_trade_is_decided_by_the_team_it_was_proposed_to(
    manager: Manager, rival: Manager, bystander: Manager, visitor: httpx.Client
) -> None:
    trade = proposed(manager, rival)
    assert respond(manager, trade).status_code == 403
    assert respond(bystander, trade).status_code == 403
    assert cancel(rival, trade).status_code == 403
    body = {"action": "respond", "tradeId": trade["id"], "response": "ACCEPTED"}
    assert visitor.post("/api/trades", json=body).status_code == 401
    assert cancel(manager, trade).status_code == 200


def test_nobody_trades_what_he_does_not_own(manager: Manager, rival: Manager, bystander: Manager) -> None:
    theirs = rival.players("RB")[:1]
    assert manager.propose(rival, theirs, theirs).status_code == 400
    assert manager.propose(rival, bystander.players("RB")[:1], theirs).status_code == 400
    assert manager.propose(rival, manager.players("RB")[:1], bystander.players("RB")[:1]).status_code == 400
    assert manager.propose(rival, [UNKNOWN], theirs).status_code == 400
    teams = {"proposingTeamId": rival.team["id"], "receivingTeamId": manager.team["id"]}
    assert manager.propose(rival, theirs, manager.players("RB")[:1], **teams).status_code == 403


def test_trades_stay_within_a_league(manager: Manager, stranger: Manager) -> None:
    answer = manager.propose(stranger, manager.players("RB")[:1], stranger.players("RB")[:1])
    assert (answer.status_code, answer.json()["details"]) == (400, "the teams are in different leagues")


def test_a_team_that_could_not_field_a_lineup_does_not_trade(manager: Manager, rival: Manager) -> None:
    answer = manager.propose(rival, manager.players("K"), rival.players("RB")[:1])
    assert answer.status_code == 400
    assert "K" in answer.json()["details"]


def test_rosters_keep_their_size(manager: Manager, rival: Manager) -> None:
    assert manager.propose(rival, manager.players("RB")[:2], rival.players("RB")[:1]).status_code == 400


def test_a_team_does_not_trade_with_itself(manager: Manager) -> None:
    [first, second, *_] = manager.players("RB")
    assert manager.propose(manager, [first], [second]).status_code == 400


def test_what_does_not_exist_is_not_found(manager: Manager, rival: Manager) -> None:
    players = manager.players("RB")[:1], rival.players("RB")[:1]
    assert manager.propose(rival, *players, receivingTeamId=UNKNOWN).status_code == 404
    assert manager.propose(rival, *players, proposingTeamId=UNKNOWN).status_code == 404
    assert respond(manager, {"id": UNKNOWN}).status_code == 404
    assert cancel(manager, {"id": UNKNOWN}).status_code == 404


def test_trades_are_listed_by_team_and_status(manager: Manager, rival: Manager, bystander: Manager) -> None:
    trade, other = proposed(manager, rival), proposed(bystander, rival)
    query = {"leagueId": manager.team["leagueId"], "teamId": manager.team["id"], "status": "pending"}
    listed = manager.http.get("/api/trades", params=query).json()
    ids = [each["id"] for each in listed["data"]]
    assert listed["success"] is True
    assert ids[0] == trade["id"]
    assert other["id"] not in ids
    assert {each["status"] for each in listed["data"]} == {"PENDING"}
    for owner, made in ((manager, trade), (bystander, other)):
        cancel(owner, made)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"action": "steal"},
        {"action": ["propose"]},
        {"action": "propose"},
        {
            "action": "propose",
            "proposingTeamId": "a",
            "receivingTeamId": "b",
            "givingPlayers": [],
            "receivingPlayers": [],
        },
        {
            "action": "propose",
            "proposingTeamId": 1,
            "receivingTeamId": {},
            "givingPlayers": 2,
            "receivingPlayers": 3,
        },
        {"action": "propose", "proposingTeamId": "a", "receivingTeamId": "b", "givingPlayers": ["x", "x"]},
        {"action": "propose", "proposingTeamId": "a", "receivingTeamId": "b", "givingPlayers": [["x"]]},
        {"action": "respond", "tradeId": "x"},
        {"action": "respond", "tradeId": "x", "response": []},
        {"action": "respond", "tradeId": "\0", "response": "ACCEPTED"},
        {"action": "cancel", "tradeId": "x" * 501},
        {"action": "cancel"},
    ],
)
def test_a_trade_that_is_none_is_refused(manager: Manager, body: dict[str, object]) -> None:
    answer = manager.post("/api/trades", **body)
    assert answer.status_code == 400
    assert answer.json()["error"]


@pytest.mark.parametrize("path", ["/api/trades", "/api/teams/lineup", "/api/waivers/claim"])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 60_000,
        b'{"a":NaN}',
        b'{"playerId":"\\ud800","userId":"x"}',
        b'{"action":"cancel","tradeId":"\\ud800"}',
    ],
)
def test_a_body_that_is_no_request_is_refused(manager: Manager, path: str, body: bytes) -> None:
    answer = manager.http.post(path, content=body)
    assert answer.status_code in {400, 403}
    assert answer.json()["error"]


def test_a_body_without_end_is_not_read_to_its_end(manager: Manager) -> None:
    assert manager.http.post("/api/trades", content=b"x" * 10_000_000).status_code == 413


def test_trades_and_lineups_at_the_same_time_neither_deadlock_nor_lose_a_player(
    astral_field: AstralField, league: list[Manager]
) -> None:
    here = league[:3]
    everybody = sorted(entry["playerId"] for each in here for entry in each.team["roster"])

    def trade(pair: tuple[Manager, Manager]) -> set[int]:
        one, other = pair
        answer = one.propose(other, one.players("WR")[:1], other.players("WR")[:1])
        answers = [answer] if answer.status_code == 400 else [respond(other, answer.json()["data"])]
        return {each.status_code for each in answers}

    def set_lineup(manager: Manager) -> set[int]:
        return {manager.post("/api/teams/lineup", **lineup_of(manager)).status_code}

    pairs = [(one, other) for one in here for other in here if one is not other]
    with ThreadPoolExecutor(12) as pool:
        outcomes = [*pool.map(trade, pairs * 5), *pool.map(set_lineup, here * 10)]
    assert set().union(*outcomes) <= {200, 400}
    assert sorted(entry["playerId"] for each in here for entry in each.team["roster"]) == everybody
    with psycopg.connect(astral_field.dsn) as connection:
        query = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        assert connection.execute(query).fetchone() == (0,)


# Waiver claims


def available(manager: Manager) -> str:
    waivers = manager.http.get("/api/waivers", params={"userId": manager.user_id}).json()
    player_id: str = waivers["availablePlayers"][0]["id"]
    return player_id


def test_a_claim_is_recorded_and_not_executed(manager: Manager, astral_field: AstralField) -> None:
    wanted, dropped = available(manager), manager.players("RB")[-1]
    claim = {"userId": manager.user_id, "playerId": wanted, "dropPlayerId": dropped, "message": "synthetic:1"}
    answer = manager.post("/api/waivers/claim", **claim)
    assert set(answer.json()) == {"success", "claimId"}
    assert dropped in manager.players("RB")
    with psycopg.connect(astral_field.dsn) as connection:
        query = "SELECT player_id, drop_player_id, status, message FROM waiver_claims WHERE id = %s"
        found = connection.execute(query, (answer.json()["claimId"],)).fetchone()
    assert found == (wanted, dropped, "PENDING", "synthetic:1")


def test_a_second_claim_of_a_player_replaces_the_first(manager: Manager) -> None:
    claim = {"userId": manager.user_id, "playerId": available(manager)}
    first, second = (manager.post("/api/waivers/claim", **claim).json()["claimId"] for _ in range(2))
    assert first == second


def test_a_claim_that_cannot_be_granted_is_refused(
    manager: Manager, rival: Manager, visitor: httpx.Client
) -> None:
    wanted = available(manager)
    cases = {
        400: [
            {"userId": manager.user_id},
            {"playerId": wanted},
            {"userId": manager.user_id, "playerId": rival.players("QB")[0]},
            {"userId": manager.user_id, "playerId": wanted, "dropPlayerId": rival.players("QB")[0]},
            {"userId": manager.user_id, "playerId": wanted, "dropPlayerId": 7},
        ],
        403: [{"userId": rival.user_id, "playerId": wanted}],
        404: [{"userId": manager.user_id, "playerId": UNKNOWN}],
    }
    for status, claims in cases.items():
        assert {manager.post("/api/waivers/claim", **claim).status_code for claim in claims} == {status}
    assert visitor.post("/api/waivers/claim", json=cases[400][0]).status_code == 401
