from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urljoin, urlsplit

from .origin import DEFAULT_PORTS
from .request import PATH_SAFE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from urllib.parse import SplitResult

    from .origin import Origin
    from .response import Response

_SEE_OTHER = 303
_KEEPS_METHOD = frozenset({307, 308})


class Redirect:
    """A request on its way through redirects: what the next hop sends."""

    __slots__ = ("content", "headers", "method", "target")

    def __init__(self, method: str, target: str, headers: Mapping[str, str] | None, content: bytes) -> None:
        self.method = method
        self.target = target
        self.headers = headers
        self.content = content

    def move(self, origin: Origin, response: Response) -> str | None:
        """Goes where an answer points; says why not, if that is outside the origin or no URL."""
        location = response.headers["location"].encode("latin-1").decode("utf-8", errors="replace")
        try:
            there = urlsplit(urljoin(f"{origin.scheme}://{origin.authority}{self.target}", location))
            inside = _is_inside(origin, there)
        except ValueError:
            return "redirect to no URL"
        if not inside:
            return "redirect to another origin"
        query = f"?{there.query}" if there.query else ""
        self.target = quote((there.path or "/") + query, safe=PATH_SAFE)
        self._change_method(response.status)
        return None

    def _change_method(self, status: int) -> None:
        """A POST becomes a GET, and 303 makes everything one, unless the status keeps it (RFC 9110, 15.4)."""
        if status in _KEEPS_METHOD or self.method == "HEAD":
            return
        if status == _SEE_OTHER or self.method == "POST":
            self.method, self.content = "GET", b""


def _is_inside(origin: Origin, there: SplitResult) -> bool:
    port = there.port or DEFAULT_PORTS.get(there.scheme)
    return (there.scheme, there.hostname, port) == (origin.scheme, origin.host, origin.port)
