"""What Astral Field's answers hold, as far as journeys go on with it. Pure.

Readers take decoded JSON. They raise ContentError, or whatever else Python raises at content of another
shape, for what is wrong although the status said 200.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Json = Any
#: What a platform calls a thing by: opaque, and sent back as it came. Keys of JSON objects are text even
#: where ids are numbers, so two ids are compared by :func:`same`.
Id = str | int

#: How many players a page of search results holds at most.
PAGE_SIZE: Final = 24


class ContentError(Exception):
    """An answer is wrong; the text holds no id, so that equal causes are counted together."""


@dataclass(frozen=True, slots=True)
class Player:
    """Somebody to hold. ``points`` are those projected for him."""

    id: Id
    name: str
    position: str
    nfl_team: str
    points: float


@dataclass(frozen=True, slots=True)
class Held:
    """A player on a roster: in which slot, and whether he starts."""

    player: Player
    slot: str
    starts: bool


@dataclass(frozen=True, slots=True)
class Team:
    """A manager's team."""

    id: Id
    owner_id: Id
    league_id: Id
    roster: tuple[Held, ...]

    @property
    def starters(self) -> frozenset[Id]:
        """Player ids."""
        return frozenset(held.player.id for held in self.roster if held.starts)


@dataclass(frozen=True, slots=True)
class LeaguePage:
    """The page of a league. The large lists stay as they came: most visitors look at a part of them."""

    week: int
    standings: Sequence[Json]
    rosters: Mapping[str, Sequence[Json]]

    @property
    def team_ids(self) -> tuple[Id, ...]:
        """As the standings write them, where they do."""
        written = {str(team_id): team_id for team in self.standings if (team_id := team.get("teamId", ""))}
        return tuple(written.get(team_id, team_id) for team_id in self.rosters)

    @property
    def owner_ids(self) -> tuple[Id, ...]:
        """User ids of the managers, as far as the standings tell."""
        owners = (_owner_id(team) for team in self.standings)
        return tuple(owner_id for owner_id in owners if owner_id)

    def roster(self, team_id: Id) -> tuple[Held, ...]:
        """A team's roster; empty for one that is not shown, or not as journeys need it."""
        try:
            return tuple(held_of(entry) for entry in self.rosters.get(str(team_id)) or ())
        except (KeyError, TypeError):
            return ()


@dataclass(frozen=True, slots=True)
class Trade:
    """A trade as the caller sees it."""

    id: Id
    message: str
    can_respond: bool
    can_cancel: bool


def decoded(body: Json) -> Json:
    """The body, unless it reports an error under a status of success."""
    if isinstance(body, dict) and (body.get("error") or body.get("success") is False):
        raise ContentError("an error body under a status of success")
    return body


def csrf_token(body: Json) -> str:
    """What a login form must carry."""
    return text(body["csrfToken"])


def signed_in_user(body: Json, email: str) -> Id:
    """The id of the user whose session it is."""
    if body is None:
        raise ContentError("no session after the login")
    if body["user"]["email"].casefold() != email.casefold():
        raise ContentError("the session of somebody else")
    return identity(body["user"]["id"])


def player_of(entry: Json) -> Player:
    """A player, wherever players are listed."""
    points = entry.get("projectedPoints") or 0.0
    return Player(
        identity(entry["id"]),
        text(entry["name"]),
        text(entry["position"]),
        entry.get("nflTeam") or "",
        float(points),
    )


def held_of(entry: Json) -> Held:
    """An entry of a roster."""
    return Held(player_of(entry["player"]), entry.get("rosterSlot") or "", entry["isStarter"] is True)


def team_of(body: Json, owner_id: Id) -> Team:
    """A team that must be ``owner_id``'s."""
    if not same(body["ownerId"], owner_id):
        raise ContentError("a team of somebody else")
    roster = tuple(held_of(entry) for entry in body["roster"])
    return Team(identity(body["id"]), owner_id, identity(body["leagueId"]), roster)


def league_page(body: Json, league_id: Id) -> LeaguePage:
    """The page of ``league_id`` and no other."""
    data = body["data"]
    if not same(data["id"], league_id):
        raise ContentError("another league")
    if not data["standings"] or not data["rosters"]:
        raise ContentError("a league without standings or rosters")
    for name in ("matchups", "top_players"):
        if not isinstance(data[name], list):
            raise ContentError(f"no list of {name}")
    return LeaguePage(int(data["currentWeek"]), data["standings"], dict(data["rosters"]))


def matchups(body: Json, week: int) -> int:
    """How many matchups there are; all must be of the week asked for, between two teams."""
    shown = body["matchups"]
    for matchup in shown:
        if matchup["week"] != week:
            raise ContentError("a matchup of another week")
        for side in ("home", "away"):
            if not same(matchup[f"{side}Team"]["id"], matchup[f"{side}TeamId"]):
                raise ContentError("a matchup with the wrong team")
    return len(shown)


def players(body: Json, search: str = "", position: str = "") -> tuple[Player, ...]:
    """A page of players; all must match what was asked for, and somebody must."""
    found = tuple(player_of(entry) for entry in body["players"])
    if not found or body["total"] < len(found) or len(found) > PAGE_SIZE:
        raise ContentError("no player where there must be some" if not found else "a page of the wrong size")
    wanted = search.casefold()
    for player in found:
        if wanted not in player.name.casefold() and wanted not in player.nfl_team.casefold():
            raise ContentError("a player who was not searched for")
        if position not in {"", player.position}:
            raise ContentError("a player at another position")
    return found


def available(body: Json) -> tuple[Player, ...]:
    """Players whom nobody in the league holds."""
    if not isinstance(body["recommendations"], list):
        raise ContentError("no list of recommendations")
    return tuple(player_of(entry) for entry in body["availablePlayers"])


def trade_of(body: Json) -> Trade:
    """An entry of a list of trades."""
    return Trade(
        identity(body["id"]),
        body.get("message") or "",
        body.get("canRespond") is True,
        body.get("canCancel") is True,
    )


def trades(body: Json) -> tuple[Trade, ...]:
    """The trades of a list."""
    return tuple(trade_of(entry) for entry in body["data"])


def proposed(body: Json) -> Id:
    """The id of a trade just proposed."""
    if body["data"]["status"] != "PENDING":
        raise ContentError("a new proposal that is not pending")
    return identity(body["data"]["id"])


def accepted(body: Json) -> None:
    """An answer to a write that says nothing but that it was done."""
    if body["success"] is not True:
        raise ContentError("a write that was not done")


def claimed(body: Json) -> Id:
    """The id of a claim just made."""
    return identity(body["claimId"])


def same(one: Json, other: Id) -> bool:
    """Whether two ids mean the same thing."""
    return str(one) == str(other)


def identity(value: Json) -> Id:
    """An id."""
    if isinstance(value, bool) or not isinstance(value, (str, int)) or value == "":
        raise ContentError("an id that is neither text nor a number")
    return value


def text(value: Json) -> str:
    """A name, or a token."""
    if not isinstance(value, str) or not value:
        raise ContentError("a name that is no text")
    return value


def _owner_id(team: Json) -> Id | None:
    owner = team.get("owner")
    found = team.get("ownerId") or (owner.get("id") if isinstance(owner, dict) else None)
    return found if isinstance(found, (str, int)) else None
