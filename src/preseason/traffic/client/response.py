from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, overload

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .failures import Failure

_CHARSET = re.compile(r"charset\s*=\s*\"?([\w.:-]+)", re.IGNORECASE)
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@lru_cache(maxsize=256)
def _line_start(name: str) -> bytes:
    """What a header of this name begins with in a folded head; callers ask for the same few each time."""
    return b"\r\n%b:" % name.lower().encode("ascii", errors="replace")


class Headers:
    """The headers of one answer, by name in any capitals.

    A name is looked for in the bytes as they came: asking for one header, as callers do, parses no other.
    """

    __slots__ = ("_folded", "_head")

    def __init__(self, head: bytes) -> None:
        """Takes status line and header lines without the final empty line."""
        self._head = head
        self._folded = head.lower()

    def all(self, name: str) -> list[str]:
        """Every value of a name in the order they came; Set-Cookie must be read so."""
        key = _line_start(name)
        values = []
        at = self._folded.find(key)
        while at >= 0:
            start = at + len(key)
            end = self._head.find(b"\r\n", start)
            values.append(self._head[start : end if end >= 0 else None].strip(b" \t").decode("latin-1"))
            at = self._folded.find(key, start)
        return values

    @overload
    def get(self, name: str) -> str | None: ...
    @overload
    def get(self, name: str, default: str) -> str: ...
    def get(self, name: str, default: str | None = None) -> str | None:
        """The values of a name joined by a comma, as RFC 9110, section 5.3, allows; else ``default``."""
        values = self.all(name)
        return ", ".join(values) if values else default

    def __getitem__(self, name: str) -> str:
        value = self.get(name)
        if value is None:
            raise KeyError(name)
        return value

    def __contains__(self, name: str) -> bool:
        return self.get(name) is not None

    def __iter__(self) -> Iterator[str]:
        """Each name once, in small letters, in the order they came."""
        lines = self._folded.decode("latin-1").split("\r\n")[1:]
        return iter(dict.fromkeys(line.partition(":")[0] for line in lines))

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __bool__(self) -> bool:
        return b"\r\n" in self._head


class Response:
    """An answer, or the failure to get one.

    ``status`` is 0 where no answer came. ``body`` is decompressed. ``service_ms`` is the time from before the
    request was sent (or its connection opened) to the answer's last byte, retry and redirects included.
    ``failure`` is None for a success.
    """

    __slots__ = ("_headers", "body", "failure", "head", "service_ms", "sets_cookies", "status")

    def __init__(
        self, status: int = 0, head: bytes = b"", body: bytes = b"", failure: Failure | None = None
    ) -> None:
        self.status = status
        #: Status line and headers as they came; read them through :attr:`headers`.
        self.head = head
        self.body = body
        self.failure = failure
        self.sets_cookies = False
        self.service_ms = 0.0
        self._headers: Headers | None = None

    @property
    def headers(self) -> Headers:
        """Made when first asked for, because most answers' headers are never looked at."""
        if self._headers is None:
            self._headers = Headers(self.head)
        return self._headers

    @property
    def ok(self) -> bool:
        return self.failure is None

    @property
    def is_redirect(self) -> bool:
        return self.status in _REDIRECTS and "location" in self.headers

    @property
    def text(self) -> str:
        """The body in the charset its Content-Type names, else UTF-8; what does not decode becomes U+FFFD."""
        declared = _CHARSET.search(self.headers.get("content-type", ""))
        try:
            return self.body.decode(declared[1] if declared else "utf-8", errors="replace")
        except LookupError:
            return self.body.decode("utf-8", errors="replace")

    def json(self) -> Any:  # noqa: ANN401 - whatever the server sent
        """The body as JSON.

        Raises:
            ValueError: if it is none.
        """
        try:
            return json.loads(self.body)
        except RecursionError:
            raise ValueError("JSON nested too deeply") from None

    def __repr__(self) -> str:
        outcome = f"failed: {self.failure}" if self.failure else f"{len(self.body)} bytes"
        return f"<Response {self.status}, {outcome}, {self.service_ms:.1f} ms>"
