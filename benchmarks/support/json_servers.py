"""A web server for client benchmarks: JSON at /team.json, a session cookie at /login, plain and TLS."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.support.machine import pinned

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COOKIE = (
    "next-auth.session-token=eyJhbGciOiJIUzI1NiJ9.eyJpZCI6InVzZXItMDAwMSJ9.c2lnbmF0dXJl; Path=/; HttpOnly"
)
TEAM = json.dumps(
    {"id": "team-1", "players": [{"id": i, "name": f"p{i:02}", "pts": i * 1.5} for i in range(27)]}
)

NGINX = """
daemon off; worker_processes 1; pid nginx.pid; error_log stderr crit; {user}
worker_rlimit_nofile 16384; events {{ worker_connections 12000; }}
http {{
  access_log off; keepalive_requests 1000000000; keepalive_timeout 600s;
  types {{ application/json json; }} open_file_cache max=8;
  server {{
    listen 127.0.0.1:{plain}; listen 127.0.0.1:{tls} ssl;
    ssl_certificate cert.pem; ssl_certificate_key key.pem; root .;
    location = /login {{ add_header Set-Cookie "{cookie}"; return 200 "{{}}"; }}
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class JsonServer:
    """Where the started server answers, and the certificate to trust."""

    program: str
    plain_url: str
    tls_url: str
    certificate: Path


@contextmanager
def json_server(folder: Path) -> Iterator[JsonServer]:
    """Starts nginx on the second core; where it is not installed, a small uvloop server instead."""
    (folder / "team.json").write_text(TEAM, encoding="utf-8")
    _make_certificate(folder)
    plain, tls = _free_port(), _free_port()
    nginx = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if nginx:
        user = "user root;" if os.geteuid() == 0 else ""
        text = NGINX.format(user=user, plain=plain, tls=tls, cookie=COOKIE)
        (folder / "nginx.conf").write_text(text, encoding="utf-8")
        command = [nginx, "-p", str(folder), "-e", "stderr", "-c", "nginx.conf"]
    else:
        print("nginx is not installed: measuring against a small uvloop server", file=sys.stderr)
        command = [
            sys.executable,
            "-m",
            "benchmarks.support.uvloop_server",
            str(folder),
            str(plain),
            str(tls),
        ]
    with subprocess.Popen([*pinned(1), *command]) as process:
        try:
            _wait_for(plain)
            program = "nginx" if nginx else "uvloop"
            yield JsonServer(
                program, f"http://127.0.0.1:{plain}", f"https://127.0.0.1:{tls}", folder / "cert.pem"
            )
        finally:
            process.terminate()


def _make_certificate(folder: Path) -> None:
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=bench"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem"]
    subprocess.run(command, check=True, capture_output=True, cwd=folder)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _wait_for(port: int) -> None:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the benchmark's web server did not start")
