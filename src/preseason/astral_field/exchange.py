"""Reads requests that may hold anything, and writes JSON."""

from __future__ import annotations

import json
from datetime import UTC
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, TypeAlias

from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from starlette.requests import Request

Json: TypeAlias = "dict[str, object]"

MAX_BODY_BYTES: Final = 64 * 1024
MAX_TEXT: Final = 500
MAX_WEEK: Final = 18


class RefusedError(Exception):
    """What a request asks for is not done; the client is told why."""

    def __init__(self, status: HTTPStatus, error: str, details: str | None = None) -> None:
        super().__init__(error)
        self.status = status
        self.error = error
        self.details = details

    def response(self) -> Response:
        return refusal(self.status, self.error, self.details)


def bad_request(error: str, details: str | None = None) -> RefusedError:
    """400, to be raised."""
    return RefusedError(HTTPStatus.BAD_REQUEST, error, details)


def not_found(error: str) -> RefusedError:
    """404, to be raised."""
    return RefusedError(HTTPStatus.NOT_FOUND, error)


def refusal(status: int, error: str, details: str | None = None) -> Response:
    """The body of every failure: ``{error, details?}``."""
    return reply({"error": error} | ({"details": details} if details else {}), status)


def reply(value: object, status: int = HTTPStatus.OK) -> Response:
    """A value as JSON."""
    return json_text(json.dumps(value, separators=(",", ":")), status)


def json_text(
    body: str | bytes, status: int = HTTPStatus.OK, headers: Mapping[str, str] | None = None
) -> Response:
    """JSON that is written already."""
    return Response(body, status, headers, media_type="application/json")


async def body_of(request: Request) -> bytes:
    """The body; what is larger than anything we accept is not read to its end."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Request body too large")
    return bytes(body)


async def json_of(request: Request) -> Json:
    """The body as a JSON object."""
    try:
        value = json.loads(await body_of(request))
    except (ValueError, RecursionError):
        raise bad_request("Invalid JSON in request body") from None
    if not isinstance(value, dict):
        raise bad_request("Request body must be a JSON object")
    return value


def timestamp(moment: datetime) -> str:
    """As JavaScript writes it: ``2026-11-23T12:00:00.000Z``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parameter(request: Request, name: str) -> str | None:
    """A query parameter; an empty one is none."""
    return request.query_params.get(name) or None


def required_parameter(request: Request, name: str) -> str:
    """A query parameter; raises RefusedError (400) without it."""
    if value := parameter(request, name):
        return value
    raise bad_request(f"{name} is required")


def week_parameter(request: Request) -> int | None:
    """The query parameter ``week``, 1 to 18; raises RefusedError (400) for any other."""
    text = parameter(request, "week")
    if text is None:
        return None
    if text.isdecimal() and len(text) < len("100") and 1 <= int(text) <= MAX_WEEK:
        return int(text)
    raise bad_request("Invalid week", f"a week is a number from 1 to {MAX_WEEK}")


def required_text(body: Json, name: str) -> str:
    """A text of the body; raises RefusedError (400) without it."""
    if value := optional_text(body, name):
        return value
    raise bad_request("Missing required fields", f"{name} is required")


def optional_text(body: Json, name: str) -> str | None:
    """A text of the body, or None; raises RefusedError (400) for any other value."""
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise bad_request("Invalid request", f"{name} must be a text of at most {MAX_TEXT} characters")
    return value


def required_texts(body: Json, name: str) -> list[str]:
    """A list of different texts, at least one; raises RefusedError (400) for any other value."""
    values = body.get(name)
    if not isinstance(values, list) or not values:
        raise bad_request("Missing required fields", f"{name} must be a list of ids")
    texts = [value for value in values if isinstance(value, str)]
    if len(set(texts)) != len(values):
        raise bad_request("Invalid request", f"{name} must hold different ids")
    return texts
