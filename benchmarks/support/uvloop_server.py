"""Stands in for nginx where there is none: ``python -m benchmarks.support.uvloop_server FOLDER PORT PORT``.

The folder holds ``cert.pem`` and ``key.pem``; the second port speaks TLS.
"""

from __future__ import annotations

import asyncio
import ssl
import sys
from pathlib import Path

import uvloop

from benchmarks.support.json_servers import COOKIE, TEAM


def _answer(body: str, header: str = "") -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n{header}\r\n"
    return (head + body).encode()


PAGES = {b"/team.json": _answer(TEAM), b"/login": _answer("{}", f"Set-Cookie: {COOKIE}\r\n")}


class Page(asyncio.Protocol):
    """Answers a request a packet, which is all that load generators without pipelining send."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.transport.write(PAGES[data.split(b" ", 2)[1]])  # type: ignore[attr-defined]


async def serve(folder: Path, port: int, tls_port: int) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    loop = asyncio.get_running_loop()
    plain = await loop.create_server(Page, "127.0.0.1", port)
    tls = await loop.create_server(Page, "127.0.0.1", tls_port, ssl=context)
    await asyncio.gather(plain.serve_forever(), tls.serve_forever())


if __name__ == "__main__":
    uvloop.run(serve(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
