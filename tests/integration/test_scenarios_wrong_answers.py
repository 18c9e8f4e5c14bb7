"""A platform that says 200 and does something else: every such answer is a failure, under its own name."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from plain_locust import run_locust

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from astral_process import AstralField

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}


@contextmanager
def lying(platform: AstralField, lies: dict[tuple[str, str], object]) -> Iterator[str]:
    """A proxy before the platform that answers some endpoints itself, with a lie and a status of 200."""
    address = urlsplit(platform.url).netloc

    class Proxy(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            asked = (self.command, urlsplit(self.path).path)
            if asked in lies:
                self.reply(200, [("content-type", "application/json")], json.dumps(lies[asked]).encode())
                return
            upstream = HTTPConnection(address)
            upstream.request(self.command, self.path, body, dict(self.headers))
            response = upstream.getresponse()
            self.reply(response.status, response.getheaders(), response.read())
            upstream.close()

        def reply(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
            self.send_response_only(status)
            for name, value in headers:
                if name.lower() not in HOP_BY_HOP:
                    self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = answer  # noqa: N815 - the base class's names

    with ThreadingHTTPServer(("127.0.0.1", 0), Proxy) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


LIES = {
    ("GET", "/api/matchups"): {"games": []},
    ("GET", "/api/waivers"): [],
    ("POST", "/api/trades"): {"error": "Failed to create trade"},
    # Says it is done, and forgets it.
    ("POST", "/api/teams/lineup"): {"success": True, "updated": 16},
}
COMPLAINTS = {
    ("GET", "/api/matchups"): "'matchups' is missing",
    ("GET", "/api/waivers"): "content of another shape",
    ("POST", "/api/trades"): "an error body under a status of success",
    ("GET", "/api/teams"): "a lineup that did not stick",
}


def test_a_wrong_answer_is_a_failure_whatever_its_status(astral_field: AstralField, tmp_path: Path) -> None:
    with lying(astral_field, LIES) as url:
        run = run_locust(url, tmp_path, "-u", "20", "-r", "20", "-t", "9s")
    assert run.failures.keys() == COMPLAINTS.keys()
    assert all(complaint in run.failures[where] for where, complaint in COMPLAINTS.items())
    assert "Traceback" not in run.output
