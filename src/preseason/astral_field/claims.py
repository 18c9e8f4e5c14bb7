"""Waiver claims: recorded, and pending until the waivers run."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.routing import Route

from preseason.astral_field.exchange import (
    RefusedError,
    bad_request,
    json_of,
    not_found,
    optional_text,
    reply,
    required_text,
)
from preseason.astral_field.ids import new_id

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from preseason.astral_field.database import Database
    from preseason.astral_field.session import Sessions


class Claims:
    """Writes claims of the caller's own team."""

    def __init__(self, database: Database, sessions: Sessions) -> None:
        self._database = database
        self._sessions = sessions

    @property
    def routes(self) -> list[Route]:
        return [Route("/api/waivers/claim", self.claim, methods=["POST"])]

    async def claim(self, request: Request) -> Response:
        """Claim a free player, perhaps for one of one's own; a second claim of him replaces the first."""
        caller = self._sessions.required(request)
        body = await json_of(request)
        user_id, player_id = required_text(body, "userId"), required_text(body, "playerId")
        drop_player_id, message = optional_text(body, "dropPlayerId"), optional_text(body, "message")
        if user_id != caller.user_id:
            raise RefusedError(HTTPStatus.FORBIDDEN, "You can only claim for your own team")
        async with self._database.transaction() as transaction:
            facts = await transaction.row(
                "claim_facts", user_id=user_id, player_id=player_id, drop_player_id=drop_player_id
            )
            if not facts:
                raise not_found("Team not found")
            team_id, player_exists, player_taken, drop_owned = facts
            if not player_exists:
                raise not_found("Player not found")
            if player_taken:
                raise bad_request("Player is not available", "he is on a roster of this league")
            if not drop_owned:
                raise bad_request("Invalid dropPlayerId", "he is not on your roster")
            claim_id = await transaction.text(
                "add_claim",
                claim_id=new_id(),
                team_id=team_id,
                player_id=player_id,
                drop_player_id=drop_player_id,
                message=message,
            )
        return reply({"success": True, "claimId": claim_id})
