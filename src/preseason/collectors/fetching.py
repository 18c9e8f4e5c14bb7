"""Pages fetched from servers that may do their worst: every answer is bounded in time and in size.

The limit on time is on the whole exchange. A limit on each read would be met for ever by a server that sends
one byte a second.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import httpx

from preseason.collectors.addresses import first_line, scrub
from preseason.collectors.collector import LostError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

MOST_BYTES = 8 * 2**20
_AGENT = "preseason-collector"
_OK = 200
_REFUSED = (401, 403)


class RefusedError(LostError):
    """A server answers, but not to us: credentials are missing or wrong."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever its status; ``body`` is unpacked."""

    status: int
    body: bytes

    @property
    def text(self) -> str:
        """As UTF-8, which all formats we read are in."""
        return self.body.decode(errors="replace")

    @property
    def is_good(self) -> bool:
        return self.status == _OK

    @property
    def is_refused(self) -> bool:
        return self.status in _REFUSED

    def lost(self) -> LostError:
        """What to raise for an answer that is not good and says no more than its status."""
        kind = RefusedError if self.is_refused else LostError
        return kind(f"HTTP {self.status}")


class Fetcher:
    """Gets pages of one server over a connection that is kept, from one thread.

    ``within_s`` bounds each exchange from its beginning to the last byte. Redirects are answers, not
    followed: they would carry credentials elsewhere.
    """

    def __init__(self, *, within_s: float, bearer: str = "") -> None:
        self._within_s = within_s
        self._bearer = bearer
        self._runner: asyncio.Runner | None = None
        self._client: httpx.AsyncClient | None = None

    def get(self, url: str, parameters: Mapping[str, str] | None = None) -> Answer:
        """GET ``url``; LostError, which holds no secret of the address, where there is no whole answer."""
        if self._runner is None:
            self._runner = asyncio.Runner()
        if self._client is None:
            # The one limit is on the exchange: httpx's own begin anew with every byte.
            self._client = httpx.AsyncClient(timeout=None, headers=self._headers(), verify=_trusted())  # noqa: S113
        try:
            return self._runner.run(self._bounded(self._client, url, parameters))
        except TimeoutError:
            raise LostError(f"no whole answer within {self._within_s:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            reason = first_line(scrub(str(error), url)) or type(error).__name__
            raise LostError(scrub(reason, self._bearer) if self._bearer else reason) from None

    def close(self) -> None:
        """Leave the server; :meth:`get` connects anew."""
        if self._runner is not None:
            if self._client is not None:
                self._runner.run(self._client.aclose())
            self._runner.close()
        self._runner = self._client = None

    async def _bounded(
        self, client: httpx.AsyncClient, url: str, parameters: Mapping[str, str] | None
    ) -> Answer:
        async with asyncio.timeout(self._within_s), client.stream("GET", url, params=parameters) as response:
            return Answer(response.status_code, await _body(response))

    def _headers(self) -> dict[str, str]:
        told = {"User-Agent": _AGENT}
        return told | {"Authorization": f"Bearer {self._bearer}"} if self._bearer else told


@cache
def _trusted() -> ssl.SSLContext:
    """The certificates that vouch for servers: to read them takes longer than most answers."""
    return httpx.create_ssl_context()


async def _body(response: httpx.Response) -> bytes:
    body = bytearray()
    async for piece in response.aiter_bytes():
        body += piece
        if len(body) > MOST_BYTES:
            raise LostError(f"the answer is longer than {MOST_BYTES // 2**20} MiB")
    return bytes(body)
