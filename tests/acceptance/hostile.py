"""A target that does its worst: every path of it is a different way not to answer a request."""

from __future__ import annotations

import itertools
import socket
import socketserver
import ssl
import struct
import subprocess
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    Misdeed = Callable[["Visit"], None]

#: Longer than any client of a test waits, and shorter than a test may take.
FOREVER_S = 30.0
GIGABYTE = 1 << 30
_FILLER = b"x" * 65536


class Visit(socketserver.BaseRequestHandler):
    """One connection: requests are read and answered, until a misdeed or the client ends it."""

    request: socket.socket
    server: HostileServer

    def handle(self) -> None:
        with suppress(OSError):
            while path := self._read_path():
                self.server.misdeeds.get(path, well)(self)

    def send(self, data: bytes) -> None:
        self.request.sendall(data)

    def answer(self, body: bytes = b"{}") -> None:
        self.send(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)

    def again_and_again(self, data: bytes, *, every_s: float = 0.0, times: int = 1 << 30) -> None:
        for _ in range(times):
            if self.server.stopping.wait(every_s):
                return
            self.send(data)

    def hold(self) -> None:
        """Say nothing more, and keep the connection."""
        self.server.stopping.wait(FOREVER_S)

    def close(self) -> None:
        self.request.shutdown(socket.SHUT_RDWR)

    def reset(self) -> None:
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.request.close()

    def _read_path(self) -> str:
        data = b""
        while b"\r\n\r\n" not in data:
            if not (more := self.request.recv(65536)):
                return ""
            data += more
        return data.split()[1].decode().partition("?")[0]


class HostileServer(socketserver.ThreadingTCPServer):
    """Serves ``misdeeds`` by path; every other path is answered well."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, misdeeds: dict[str, Misdeed], tls: Sequence[ssl.SSLContext] = ()) -> None:
        super().__init__(("127.0.0.1", 0), Visit)
        self.misdeeds = misdeeds
        self.stopping = threading.Event()
        self.visits = itertools.count(1)
        self._tls = tls
        self._handshakes = itertools.count()

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.server_address[1]}"

    def finish_request(self, request: socket.socket, client_address: tuple[str, int]) -> None:
        """In the thread of the connection, so that a client that gives up a handshake holds up nobody."""
        if not self._tls:
            super().finish_request(request, client_address)
            return
        context = self._tls[min(next(self._handshakes), len(self._tls) - 1)]
        with suppress(OSError), context.wrap_socket(request, server_side=True) as wrapped:
            super().finish_request(wrapped, client_address)


@contextmanager
def serving(misdeeds: dict[str, Misdeed], tls: Sequence[ssl.SSLContext] = ()) -> Iterator[HostileServer]:
    """A running server; ``tls`` secures one connection after the other, its last all that follow."""
    with HostileServer(misdeeds, tls) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.stopping.set()
            server.shutdown()
            thread.join()


def well(visit: Visit) -> None:
    visit.answer()


def slowly(visit: Visit) -> None:
    time.sleep(0.05)
    visit.answer()


def closes_now_and_then(visit: Visit) -> None:
    """Every third request is met by a closed connection."""
    if next(visit.server.visits) % 3:
        visit.answer()
    else:
        visit.close()


def closes(visit: Visit) -> None:
    visit.close()


def resets(visit: Visit) -> None:
    visit.reset()


def resets_midway(visit: Visit) -> None:
    visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")
    time.sleep(0.02)
    visit.reset()


def answers_garbage(visit: Visit) -> None:
    visit.send(bytes(range(256)) * 4 + b"\r\n\r\n")
    visit.close()


def stops_midway(visit: Visit) -> None:
    visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")
    visit.hold()


def closes_midway(visit: Visit) -> None:
    visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")
    visit.close()


def never_ends_its_header(visit: Visit) -> None:
    visit.send(b"HTTP/1.1 200 OK\r\n")
    visit.again_and_again(b"X-Filler: " + b"x" * 1000 + b"\r\n")


def drips(visit: Visit) -> None:
    """Never silent for long, never done."""
    visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    visit.again_and_again(b"x", every_s=0.1)


def announces_a_gigabyte(visit: Visit) -> None:
    visit.send(f"HTTP/1.1 200 OK\r\nContent-Length: {GIGABYTE}\r\n\r\n".encode())
    visit.again_and_again(_FILLER, times=GIGABYTE // len(_FILLER))


def streams_a_gigabyte(visit: Visit) -> None:
    """As above, without saying so beforehand."""
    visit.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    chunk = f"{len(_FILLER):x}\r\n".encode() + _FILLER + b"\r\n"
    visit.again_and_again(chunk, times=GIGABYTE // len(_FILLER))


def never_answers(visit: Visit) -> None:
    visit.hold()


def secured(folder: Path, subject_alt_name: str) -> ssl.SSLContext:
    """TLS by a certificate that is signed by itself, and that whoever reads ``trusted.pem`` trusts."""
    name = subject_alt_name.partition(":")[2]
    pem, key, trusted = folder / f"{name}.pem", folder / f"{name}.key", folder / "trusted.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        f"/CN={name}",
    ]
    command += ["-addext", f"subjectAltName={subject_alt_name}", "-keyout", str(key), "-out", str(pem)]
    subprocess.run(command, check=True, capture_output=True)
    with trusted.open("ab") as authorities:
        authorities.write(pem.read_bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, key)
    return context
