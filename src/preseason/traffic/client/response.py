from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .failures import Failure

_CHARSET = re.compile(r"charset\s*=\s*\"?([\w.:-]+)", re.IGNORECASE)
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Headers(Mapping[str, str]):
    """The headers of one answer, by name in any capitals; a repeated name's values are joined by a comma."""

    __slots__ = ("_fields",)

    def __init__(self, head: bytes) -> None:
        """Reads status line and header lines as they came, without the final empty line."""
        self._fields: dict[str, list[str]] = {}
        for line in head.decode("latin-1").split("\r\n")[1:]:
            name, colon, value = line.partition(":")
            if colon:
                self._fields.setdefault(name.lower(), []).append(value.strip(" \t"))

    def __getitem__(self, name: str) -> str:
        return ", ".join(self._fields[name.lower()])

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def all(self, name: str) -> list[str]:
        """Every value of a name in the order it came; Set-Cookie must be read so."""
        return list(self._fields.get(name.lower(), ()))


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
        """Parsed when first asked for, because most answers' headers are never looked at."""
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
        return json.loads(self.body)

    def __repr__(self) -> str:
        outcome = f"failed: {self.failure}" if self.failure else f"{len(self.body)} bytes"
        return f"<Response {self.status}, {outcome}, {self.service_ms:.1f} ms>"
