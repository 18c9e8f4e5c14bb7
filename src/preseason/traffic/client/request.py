"""A request as bytes. Pure: what all users share is computed once, the rest is joined per request."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

from preseason.errors import BadInputError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .origin import Origin

    Scalar = str | int | float | bool | None
    Params = Mapping[str, Scalar | Iterable[Scalar]]

DEFAULT_HEADERS = {"User-Agent": "preseason", "Accept": "*/*", "Accept-Encoding": "gzip, deflate"}

#: Headers that decide where a message ends, who gets it or how the connection goes on: the client writes them
#: itself.
RESERVED_HEADERS = frozenset(
    {
        "host",
        "content-length",
        "transfer-encoding",
        "connection",
        "keep-alive",
        "expect",
        "upgrade",
        "te",
        "trailer",
    }
)
#: Methods that may be sent twice without harm (RFC 9110, section 9.2.2).
IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})
#: Methods that announce even an empty body (RFC 9110, section 8.6).
WITH_CONTENT = frozenset({"POST", "PUT", "PATCH"})

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_FIELD_VALUE = re.compile(r"(?:[\x21-\x7e]+(?:[ \t]+[\x21-\x7e]+)*)?")
_UNSAFE_IN_PATH = re.compile(r"[\x00-\x20\x7f#]")
_NEEDS_NO_QUOTING = re.compile(r"[A-Za-z0-9_.~-]*")
#: What a path with query may hold as it is; ``%`` because it may be encoded already.
PATH_SAFE = "%/?:@!$&'()*+,;=-._~[]"


class RequestEncoder:
    """Writes the requests of all users of one origin.

    Raises:
        BadInputError: for headers that cannot be sent.
    """

    __slots__ = ("_defaults", "_head", "_host")

    def __init__(self, origin: Origin, headers: Mapping[str, str] | None = None) -> None:
        self._host = f" HTTP/1.1\r\nHost: {origin.authority}\r\n".encode("ascii")
        self._defaults = _merged(DEFAULT_HEADERS, headers or {})
        self._head = self._host + _header_lines(tuple(self._defaults.items()))

    def encode(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        headers: Mapping[str, str] | None = None,
        cookie_line: bytes = b"",
        content: bytes = b"",
    ) -> bytes:
        """The whole request; ``content`` comes from :func:`json_content` or :func:`form_content`.

        Raises:
            BadInputError: for a method, path or header that cannot be sent.
        """
        target = _target(path)
        if params is not None and (query := encode_params(params)):
            target = b"".join((target, b"&" if "?" in path else b"?", query))
        head = self._head
        if headers is not None:
            head = self._head_with(headers)
            if any(name.lower() == "cookie" for name in headers):
                cookie_line = b""
        if not content:
            content = b"Content-Length: 0\r\n\r\n" if method in WITH_CONTENT else b"\r\n"
        return b"".join((_method(method), target, head, cookie_line, content))

    def _head_with(self, headers: Mapping[str, str]) -> bytes:
        return self._host + _header_lines(tuple(_merged(self._defaults, headers).items()))


def json_content(value: Any) -> bytes:  # noqa: ANN401 - whatever json can write
    """Content headers, an empty line and the value as JSON."""
    body = json.dumps(value, separators=(",", ":")).encode()
    return b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


def form_content(fields: Params) -> bytes:
    """Content headers, an empty line and the fields as an HTML form sends them."""
    body = encode_params(fields)
    return b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%b" % (
        len(body),
        body,
    )


def encode_params(params: Params) -> bytes:
    """``{"a": 1, "b": [2, 3], "c": None}`` → ``a=1&b=2&b=3``: a list repeats its name, None is left out."""
    pairs = []
    for name, value in params.items():
        values = (value,) if value is None or isinstance(value, (str, int, float)) else value
        pairs += [f"{_quoted(name)}={_quoted(_plain(each))}" for each in values if each is not None]
    return "&".join(pairs).encode("ascii")


def _plain(value: Scalar) -> str:
    """As JavaScript and JSON would write it: true, not True."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _quoted(text: str) -> str:
    return text if _NEEDS_NO_QUOTING.fullmatch(text) else quote_plus(text)


@lru_cache(maxsize=8192)
def _target(path: str) -> bytes:
    """The request target; cached, because users of one kind ask for the same paths again and again."""
    if not path.startswith("/"):
        raise _refused(
            "a path must begin with a slash", path, "give the path only; the host belongs to the session"
        )
    if _UNSAFE_IN_PATH.search(path):
        cause = "a path must hold no space, control character or fragment"
        raise _refused(cause, path, "percent-encode it, or pass the query as params")
    return quote(path, safe=PATH_SAFE).encode("ascii")


@lru_cache(maxsize=64)
def _method(method: str) -> bytes:
    if not _TOKEN.fullmatch(method) or method == "CONNECT":
        raise _refused(
            "this method cannot be sent", method, "use GET, POST, PUT, PATCH, DELETE, HEAD or OPTIONS"
        )
    return method.encode("ascii") + b" "


@lru_cache(maxsize=256)
def _header_lines(headers: tuple[tuple[str, str], ...]) -> bytes:
    problems = [problem for name, value in headers for problem in _header_problems(name, value)]
    if problems:
        raise BadInputError(problems)
    return "".join(f"{name}: {value}\r\n" for name, value in headers).encode("ascii")


def _header_problems(name: str, value: str) -> list[Problem]:
    problems = []
    if not _TOKEN.fullmatch(name):
        problems.append(Problem("this is no header name", repr(name), "use letters, digits and hyphens"))
    if name.lower() in RESERVED_HEADERS:
        problems.append(Problem("this header is written by the client itself", repr(name), "leave it out"))
    if not _FIELD_VALUE.fullmatch(value):
        remedy = "use printable ASCII without line breaks, and no space at either end"
        problems.append(Problem("this header value cannot be sent", f"{name}: {value!r}", remedy))
    return problems


def _merged(defaults: Mapping[str, str], headers: Mapping[str, str]) -> dict[str, str]:
    """Both, where a name in ``headers`` replaces its default, however it is capitalised."""
    replaced = {name.lower() for name in headers}
    return {name: value for name, value in defaults.items() if name.lower() not in replaced} | dict(headers)


def _refused(cause: str, text: str, remedy: str) -> BadInputError:
    return BadInputError(Problem(cause, repr(text), remedy))
