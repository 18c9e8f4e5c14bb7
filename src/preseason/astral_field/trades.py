"""Trades: proposed by one team, answered by another, taken back while nobody answered."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from starlette.routing import Route

from preseason.astral_field.exchange import (
    RefusedError,
    bad_request,
    json_of,
    json_text,
    not_found,
    optional_text,
    parameter,
    required_text,
    required_texts,
)
from preseason.astral_field.exchanges import Exchange
from preseason.astral_field.ids import new_id
from preseason.astral_field.reads import league_keys, team_key
from preseason.astral_field.rosters import Rosters

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from preseason.astral_field.cache import Cache
    from preseason.astral_field.database import Database, Transaction
    from preseason.astral_field.exchange import Json
    from preseason.astral_field.session import Sessions

#: The newest trades that a list shows.
LISTED: Final = 50
PENDING: Final = "PENDING"
ACCEPTED: Final = "ACCEPTED"
REJECTED: Final = "REJECTED"
CANCELLED: Final = "CANCELLED"


@dataclass(frozen=True, slots=True)
class Trade:
    """A row of the statement ``trade_for_update``."""

    id: str
    league_id: str
    status: str
    proposing_team_id: str
    receiving_team_id: str
    proposer_id: str
    receiver_id: str


class Trades:
    """Lists and changes trades. Accepting one really exchanges the players."""

    def __init__(self, database: Database, cache: Cache, sessions: Sessions) -> None:
        self._database = database
        self._cache = cache
        self._sessions = sessions

    @property
    def routes(self) -> list[Route]:
        return [
            Route("/api/trades", self.list, methods=["GET"]),
            Route("/api/trades", self.change, methods=["POST"]),
        ]

    async def list(self, request: Request) -> Response:
        """Trades of a league, the caller's if none is named, the newest first. Not cached: callers differ."""
        caller_id = self._sessions.required(request).user_id
        history = parameter(request, "action") == "history"
        status = parameter(request, "status")
        async with self._database.transaction() as transaction:
            rows = await transaction.rows(
                "listed_history" if history else "listed_trades",
                league_id=parameter(request, "leagueId"),
                team_id=parameter(request, "teamId"),
                status=status.upper() if status else None,
                viewer=caller_id,
                limit=LISTED,
            )
            cards = await _cards(transaction, caller_id, *(trade_id for (trade_id,) in rows))
        return json_text(f'{{"success":true,"data":{cards}}}')

    async def change(self, request: Request) -> Response:
        caller_id = self._sessions.required(request).user_id
        body = await json_of(request)
        match body.get("action"):
            case "propose":
                card = await self._propose(caller_id, body)
            case "respond":
                card = await self._respond(caller_id, body)
            case "cancel":
                card = await self._cancel(caller_id, body)
            case _:
                raise bad_request("Invalid action", "action is one of: propose, respond, cancel")
        return json_text(f'{{"success":true,"data":{card}}}')

    async def _propose(self, caller_id: str, body: Json) -> str:
        exchange = Exchange(
            required_text(body, "proposingTeamId"),
            required_text(body, "receivingTeamId"),
            required_texts(body, "givingPlayers"),
            required_texts(body, "receivingPlayers"),
        )
        message = optional_text(body, "message")
        async with self._database.transaction() as transaction:
            rosters = await Rosters.read(transaction, exchange.team_ids)
            exchange.check_parties(rosters, caller_id)
            exchange.slots_after(rosters)
            trade_id = new_id()
            await transaction.run(
                "add_trade",
                trade_id=trade_id,
                league_id=rosters.teams[exchange.proposing_team_id].league_id,
                proposing_team_id=exchange.proposing_team_id,
                receiving_team_id=exchange.receiving_team_id,
                receiver_id=rosters.teams[exchange.receiving_team_id].owner_id,
                giving=exchange.giving,
                receiving=exchange.receiving,
                message=message,
            )
            return await _card(transaction, caller_id, trade_id)

    async def _respond(self, caller_id: str, body: Json) -> str:
        trade_id = required_text(body, "tradeId")
        answer = body.get("response")
        if answer not in (ACCEPTED, REJECTED):
            raise bad_request("Invalid response", f"response is {ACCEPTED} or {REJECTED}")
        renewed: dict[str, str] = {}
        async with self._database.transaction() as transaction:
            trade = await _locked(transaction, trade_id)
            _check_open(trade, trade.receiver_id, caller_id)
            if answer == ACCEPTED:
                renewed = await _exchange(transaction, trade)
            await transaction.run(
                "end_trade", trade_id=trade_id, status=answer, notified_id=trade.proposer_id
            )
            card = await _card(transaction, caller_id, trade_id)
        if renewed:
            await self._cache.renew(renewed, outdated=league_keys(trade.league_id))
        return card

    async def _cancel(self, caller_id: str, body: Json) -> str:
        trade_id = required_text(body, "tradeId")
        async with self._database.transaction() as transaction:
            trade = await _locked(transaction, trade_id)
            _check_open(trade, trade.proposer_id, caller_id)
            await transaction.run(
                "end_trade", trade_id=trade_id, status=CANCELLED, notified_id=trade.receiver_id
            )
            return await _card(transaction, caller_id, trade_id)


async def _locked(transaction: Transaction, trade_id: str) -> Trade:
    if row := await transaction.row("trade_for_update", trade_id=trade_id):
        return Trade(*row)
    raise not_found("Trade not found")


def _check_open(trade: Trade, entitled_id: str, caller_id: str) -> None:
    if caller_id != entitled_id:
        raise RefusedError(HTTPStatus.FORBIDDEN, "This trade is not yours to decide")
    if trade.status != PENDING:
        raise bad_request("Trade is not pending", f"it is {trade.status}")


async def _exchange(transaction: Transaction, trade: Trade) -> dict[str, str]:
    """Move the players; gives both teams as they are now, by cache key."""
    parts = await transaction.rows("exchanged_players", trade_id=trade.id)
    exchange = Exchange(
        trade.proposing_team_id,
        trade.receiving_team_id,
        [player_id for player_id, giving_team_id in parts if giving_team_id == trade.proposing_team_id],
        [player_id for player_id, giving_team_id in parts if giving_team_id == trade.receiving_team_id],
    )
    rosters = await Rosters.locked(transaction, exchange.team_ids)
    await rosters.place(exchange.slots_after(rosters))
    owners = (trade.proposer_id, trade.receiver_id)
    return {team_key(owner): await transaction.text("team", user_id=owner) for owner in owners}


async def _card(transaction: Transaction, viewer_id: str, trade_id: str) -> str:
    return (await _cards(transaction, viewer_id, trade_id))[1:-1]


async def _cards(transaction: Transaction, viewer_id: str, *trade_ids: str) -> str:
    """Trades as a JSON list, each with what the viewer may do with it."""
    return await transaction.text("trade_cards", viewer=viewer_id, trade_ids=list(trade_ids))
