"""What is read often: one statement an answer, kept in the cache as the bytes that are sent."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from starlette.routing import Route

from preseason.astral_field.exchange import (
    MAX_TEXT,
    MAX_WEEK,
    json_text,
    not_found,
    parameter,
    required_parameter,
    timestamp,
    week_parameter,
)

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from preseason.astral_field.cache import Cache
    from preseason.astral_field.database import Database
    from preseason.astral_field.session import Sessions

PAGE_SIZE: Final = 24
MAX_PAGE: Final = 10_000
_WILDCARDS: Final = str.maketrans({"\\": r"\\", "%": r"\%", "_": r"\_", "\0": None})


class Reads:
    """Cacheable reads; the header ``X-Cache`` says where each answer is from."""

    def __init__(self, database: Database, cache: Cache, sessions: Sessions) -> None:
        self._database = database
        self._cache = cache
        self._sessions = sessions

    @property
    def routes(self) -> list[Route]:
        return [
            Route("/api/leagues/{league_id}/data", self.league_data),
            Route("/api/players", self.players),
            Route("/api/teams", self.team),
            Route("/api/matchups", self.matchups),
            Route("/api/waivers", self.waivers),
            Route("/api/league", self.own_league),
        ]

    async def team(self, request: Request) -> Response:
        user_id = required_parameter(request, "userId")
        body, cached = await self._read("team", team_key(user_id), user_id=user_id)
        return _found(body, "Team not found", cached=cached)

    async def league_data(self, request: Request) -> Response:
        """The league's page. Who owns whom is as of now; who starts may be as old as the cache, 300 s."""
        began = time.perf_counter()
        league_id = request.path_params["league_id"]
        week = week_parameter(request)
        projections = parameter(request, "projections") not in {None, "false", "0"}
        key = league_key(league_id, week, projections=projections)
        body, cached = await self._read(
            "league_data", key, league_id=league_id, week=week, projections=projections
        )
        if body is None:
            raise not_found("League not found")
        meta = {
            "responseTime": round((time.perf_counter() - began) * 1000, 1),
            "cached": cached,
            "timestamp": timestamp(datetime.now(UTC)),
        }
        return _answer(body + json.dumps(meta).removeprefix("{").encode() + b"}", cached=cached)

    async def players(self, request: Request) -> Response:
        search = (parameter(request, "search") or "").strip().lower()[:MAX_TEXT]
        position = (parameter(request, "position") or "").upper()[:MAX_TEXT]
        team = (parameter(request, "team") or "").upper()[:MAX_TEXT]
        page = _page(parameter(request, "page"))
        asked = {"search": search, "position": position, "team": team, "page": page}
        body, cached = await self._read(
            "players",
            f"players:{urlencode(asked)}",
            pattern=f"%{search.translate(_WILDCARDS)}%" if search else None,
            position=position or None,
            team=team or None,
            page=page,
            size=PAGE_SIZE,
        )
        return _found(body, "Players not found", cached=cached)

    async def matchups(self, request: Request) -> Response:
        league_id = required_parameter(request, "leagueId")
        week = week_parameter(request)
        key = f"matchups:{league_id}:{week or 'all'}"
        body, cached = await self._read("matchups", key, league_id=league_id, week=week)
        return _answer(body or b'{"matchups":[]}', cached=cached)

    async def waivers(self, request: Request) -> Response:
        user_id = required_parameter(request, "userId")
        body, cached = await self._read("waivers", f"waivers:{user_id}", user_id=user_id)
        return _found(body, "Team not found", cached=cached)

    async def own_league(self, request: Request) -> Response:
        user_id = self._sessions.required(request).user_id
        body, cached = await self._read("own_league", f"own-league:{user_id}", user_id=user_id)
        return _found(body, "League not found", cached=cached)

    async def _read(self, statement: str, key: str, **values: object) -> tuple[bytes | None, bool]:
        """What a statement gives, and whether it came from the cache; nothing found is not cached."""
        if (held := await self._cache.get(key)) is not None:
            return held, True
        text = await self._database.text(statement, **values)
        if text is None:
            return None, False
        await self._cache.fill(key, text)
        return text.encode(), False


def team_key(user_id: str) -> str:
    """Where a user's team is cached."""
    return f"team:{user_id}"


def league_key(league_id: str, week: int | None, *, projections: bool) -> str:
    """Where one view of a league's page is cached."""
    return f"league:{league_id}:{week or 'current'}:{'with' if projections else 'without'}-projections"


def league_keys(league_id: str) -> list[str]:
    """Every key a league's page may be cached under."""
    return [
        league_key(league_id, week, projections=projections)
        for week in (None, *range(1, MAX_WEEK + 1))
        for projections in (False, True)
    ]


def _page(text: str | None) -> int:
    """The page asked for; what is no page is the first one."""
    if not text or not text.isdecimal() or len(text) > MAX_TEXT:
        return 1
    return min(max(int(text), 1), MAX_PAGE)


def _found(body: bytes | None, otherwise: str, *, cached: bool) -> Response:
    if body is None:
        raise not_found(otherwise)
    return _answer(body, cached=cached)


def _answer(body: bytes, *, cached: bool) -> Response:
    return json_text(body, HTTPStatus.OK, {"x-cache": "HIT" if cached else "MISS"})
