"""The routes, and what is answered when something goes wrong."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, cast

import psycopg
from starlette.applications import Starlette
from starlette.exceptions import HTTPException

from preseason.astral_field.claims import Claims
from preseason.astral_field.exchange import RefusedError, refusal
from preseason.astral_field.health import Health
from preseason.astral_field.lineups import Lineups
from preseason.astral_field.reads import Reads
from preseason.astral_field.trades import Trades

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from preseason.astral_field.cache import Cache
    from preseason.astral_field.database import Database
    from preseason.astral_field.session import Sessions


def application(database: Database, cache: Cache, sessions: Sessions) -> Starlette:
    """Everything that platform-api.md lists; whatever fails is answered ``{error, details?}``."""
    parts = (
        Reads(database, cache, sessions),
        sessions,
        Lineups(database, cache, sessions),
        Trades(database, cache, sessions),
        Claims(database, sessions),
        Health(database, cache),
    )
    return Starlette(
        routes=[route for part in parts for route in part.routes],
        exception_handlers={
            RefusedError: _refused,
            HTTPException: _not_served,
            psycopg.DataError: _not_a_value,
            UnicodeEncodeError: _not_a_value,
            psycopg.OperationalError: _database_gone,
            Exception: _unexpected,
        },
    )


async def _refused(_: Request, error: Exception) -> Response:
    return cast("RefusedError", error).response()


async def _not_served(_: Request, error: Exception) -> Response:
    """No such route or method."""
    status = HTTPStatus(cast("HTTPException", error).status_code)
    return refusal(status, status.phrase)


async def _not_a_value(_: Request, __: Exception) -> Response:
    """A text that Postgres cannot hold: a NUL, half a surrogate pair."""
    return refusal(HTTPStatus.BAD_REQUEST, "Invalid request", "a text holds characters that no text has")


async def _database_gone(_: Request, __: Exception) -> Response:
    """Postgres is away, which the pool logs, or no connection was free for 20 s."""
    return refusal(HTTPStatus.SERVICE_UNAVAILABLE, "Service temporarily unavailable")


async def _unexpected(_: Request, __: Exception) -> Response:
    """Starlette raises it again for the server's log."""
    return refusal(HTTPStatus.INTERNAL_SERVER_ERROR, "Internal server error")
