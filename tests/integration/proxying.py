"""A proxy before the platform, so that another one seems to answer."""

from __future__ import annotations

import threading
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from astral_process import AstralField

    Headers = list[tuple[str, str]]
    #: Answers a request, by asking the platform or by itself.
    Answering = Callable[["Asked", Callable[["Asked"], "Answer"]], "Answer"]

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}


@dataclass(frozen=True)
class Asked:
    method: str
    target: str
    headers: Headers
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Headers
    body: bytes


@contextmanager
def proxy(platform: AstralField, answering: Answering) -> Iterator[str]:
    """Its address; everything asked of it goes through ``answering``."""
    address = urlsplit(platform.url).netloc

    def ask_the_platform(asked: Asked) -> Answer:
        with closing(HTTPConnection(address)) as upstream:
            upstream.request(asked.method, asked.target, asked.body, dict(asked.headers))
            response = upstream.getresponse()
            return Answer(response.status, response.getheaders(), response.read())

    class Proxy(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = [
                (name, value) for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP
            ]
            answer = answering(Asked(self.command, self.path, headers, body), ask_the_platform)
            self.send_response_only(answer.status)
            for name, value in answer.headers:
                if name.lower() not in HOP_BY_HOP:
                    self.send_header(name, value)
            self.send_header("content-length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        do_GET = do_POST = answer  # noqa: N815 - the base class's names

    with ThreadingHTTPServer(("127.0.0.1", 0), Proxy) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
