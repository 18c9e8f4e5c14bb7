from __future__ import annotations

import math
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

#: A browser keeps at least 50 a host (RFC 6265, section 6.1); more than this is a server gone wrong.
MAX_COOKIES = 180


class CookieJar:
    """The cookies of one user on one origin.

    Everything the origin sets is sent back to that origin and to nothing else. So ``Secure``, ``HttpOnly``,
    ``Domain``, ``Path`` and ``SameSite`` decide nothing here: the platform flags its session cookie
    ``Secure`` even where a proxy serves it over plain http, and a jar that obeyed would never be logged in.
    Two cookies of one name are one cookie, whatever their paths. ``Max-Age`` and ``Expires`` are honoured.
    """

    __slots__ = ("_cookies", "_line", "_next_expiry_s")

    def __init__(self) -> None:
        self._cookies: dict[str, tuple[str, float]] = {}
        self._line = b""
        self._next_expiry_s = math.inf

    def __iter__(self) -> Iterator[str]:
        return iter(self._cookies)

    def __len__(self) -> int:
        return len(self._cookies)

    def get(self, name: str) -> str | None:
        """The value of one cookie as the server wrote it; None if there is none."""
        found = self._cookies.get(name)
        return found[0] if found else None

    def set(self, name: str, value: str, *, expires_s: float = math.inf) -> None:
        """Sets one cookie; ``expires_s`` is in seconds since the epoch."""
        self._cookies[name] = (value, expires_s)
        if len(self._cookies) > MAX_COOKIES:
            del self._cookies[next(iter(self._cookies))]
        self._refresh()

    def clear(self) -> None:
        self._cookies.clear()
        self._refresh()

    def store(self, set_cookie: str, *, now_s: float | None = None) -> None:
        """Takes over one ``Set-Cookie`` value; what is no cookie is ignored, as RFC 6265 section 5.2 asks."""
        now_s = time.time() if now_s is None else now_s
        pair, _, attributes = set_cookie.partition(";")
        name, equals, value = pair.partition("=")
        name, value = name.strip(), value.strip()
        if not equals or not name or not _is_sendable(name + value):
            return
        expires_s = _expiry(attributes, now_s)
        if expires_s > now_s:
            self.set(name, value, expires_s=expires_s)
        elif self._cookies.pop(name, None):
            self._refresh()

    def line_at(self, now_s: float) -> bytes:
        """The ``Cookie`` header line with its line end; empty without cookies. Made anew only on a change."""
        if now_s >= self._next_expiry_s:
            self._cookies = {name: kept for name, kept in self._cookies.items() if kept[1] > now_s}
            self._refresh()
        return self._line

    def _refresh(self) -> None:
        pairs = "; ".join(f"{name}={value}" for name, (value, _) in self._cookies.items())
        self._line = f"Cookie: {pairs}\r\n".encode("latin-1") if pairs else b""
        self._next_expiry_s = min((expires_s for _, expires_s in self._cookies.values()), default=math.inf)


def _is_sendable(text: str) -> bool:
    """Whether the text can stand in a header line; anything else would let a server write our requests."""
    return all(" " <= char <= "\xff" and char != "\x7f" for char in text)


def _expiry(attributes: str, now_s: float) -> float:
    """When the cookie ends, in seconds since the epoch: Max-Age beats Expires (RFC 6265, section 5.3)."""
    expires_s = math.inf
    for attribute in attributes.split(";"):
        name, _, value = attribute.partition("=")
        match name.strip().lower():
            case "max-age":
                try:
                    return now_s + int(value)
                except (ValueError, OverflowError):
                    continue
            case "expires":
                expires_s = _timestamp(value.strip(), expires_s)
    return expires_s


def _timestamp(date: str, otherwise: float) -> float:
    try:
        return parsedate_to_datetime(date).timestamp()
    except (ValueError, TypeError, OverflowError):
        return otherwise
