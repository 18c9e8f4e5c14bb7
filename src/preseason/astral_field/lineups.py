"""Setting a lineup: who starts, by the rules."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.routing import Route

from preseason.astral_field.exchange import (
    RefusedError,
    bad_request,
    json_of,
    not_found,
    reply,
    required_text,
)
from preseason.astral_field.reads import team_key
from preseason.astral_field.rosters import Rosters
from preseason.astral_field.rules import ROSTER_SIZE, RuleError, lineup

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from preseason.astral_field.cache import Cache
    from preseason.astral_field.database import Database
    from preseason.astral_field.exchange import Json
    from preseason.astral_field.session import Sessions


class Lineups:
    """Writes lineups of the caller's own team."""

    def __init__(self, database: Database, cache: Cache, sessions: Sessions) -> None:
        self._database = database
        self._cache = cache
        self._sessions = sessions

    @property
    def routes(self) -> list[Route]:
        return [Route("/api/teams/lineup", self.set, methods=["POST"])]

    async def set(self, request: Request) -> Response:
        """Give every player of the roster a slot, and the new team to the cache."""
        caller = self._sessions.required(request)
        body = await json_of(request)
        team_id = required_text(body, "teamId")
        starts = _starts(body)
        async with self._database.transaction() as transaction:
            rosters = await Rosters.locked(transaction, [team_id])
            team = rosters.teams.get(team_id)
            if not team:
                raise not_found("Team not found")
            if team.owner_id != caller.user_id:
                raise RefusedError(HTTPStatus.FORBIDDEN, "You do not own this team")
            roster = rosters.of(team_id)
            if {player.player_id for player in roster} != starts.keys():
                raise bad_request(
                    "Invalid lineup", "roster must name every player of the team, and nobody else"
                )
            try:
                slots = lineup(roster, {player_id for player_id, is_starter in starts.items() if is_starter})
            except RuleError as error:
                raise bad_request("Invalid lineup", str(error)) from None
            await rosters.place({team_id: slots})
            renewed = await transaction.text("team", user_id=caller.user_id)
        await self._cache.renew({team_key(caller.user_id): renewed})
        return reply({"success": True, "updated": len(slots)})


def _starts(body: Json) -> dict[str, bool]:
    """Whether each player id starts."""
    entries = body.get("roster")
    if not isinstance(entries, list) or len(entries) != ROSTER_SIZE:
        raise bad_request("Invalid lineup", f"roster must be a list of {ROSTER_SIZE} players")
    starts = {}
    for entry in entries:
        match entry:
            case {"playerId": str(player_id), "isStarter": bool(is_starter)}:
                starts[player_id] = is_starter
            case _:
                raise bad_request("Invalid lineup", "a player is {playerId: text, isStarter: true or false}")
    return starts
