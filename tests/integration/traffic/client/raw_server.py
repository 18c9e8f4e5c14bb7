"""A TCP server that does exactly what a test tells it, byte by byte."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
import time
from typing import TYPE_CHECKING, Self

import gevent

if TYPE_CHECKING:
    from collections.abc import Callable

    Script = Callable[["Peer"], None]


class Peer:
    """The server's side of one accepted connection."""

    def __init__(self, sock: socket.socket, stopping: threading.Event) -> None:
        self._sock = sock
        self._stopping = stopping

    def read_request(self) -> bytes:
        """The next request with its body; empty when the client has closed."""
        data = b""
        while b"\r\n\r\n" not in data:
            if not (more := self._sock.recv(65536)):
                return b""
            data += more
        head, _, body = data.partition(b"\r\n\r\n")
        lengths = [line[15:] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        while len(body) < int(lengths[0] if lengths else 0):
            body += self._sock.recv(65536)
        return head + b"\r\n\r\n" + body

    def send(self, data: bytes) -> None:
        self._sock.sendall(data)

    def answer(self, body: bytes = b"ok", *, status: str = "200 OK", headers: str = "") -> None:
        """Sends one complete answer; ``headers`` are whole lines."""
        self.send(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode() + body)

    def drip(self, piece: bytes, *, every_s: float) -> None:
        """Sends a piece again and again until the client has had enough."""
        while not self._stopping.wait(every_s):
            self.send(piece)

    def wait_for_close(self) -> None:
        while self._sock.recv(65536):
            pass

    def reset(self) -> None:
        """Ends the connection with RST instead of FIN."""
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._sock.close()

    def close(self) -> None:
        """Ends the connection in order; over TLS without saying so, as a cut would."""
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        self._sock.close()

    def close_notify(self) -> None:
        """Ends the TLS part in order, then the connection."""
        assert isinstance(self._sock, ssl.SSLSocket)
        with contextlib.suppress(OSError):
            self._sock.unwrap()
        self.close()


class RawServer:
    """Plays a script to each connection: the first to the first, and so on; the last to all that follow."""

    def __init__(self, *scripts: Script, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> None:
        self._scripts = scripts
        self._tls = tls
        self._host = f"[{host}]" if ":" in host else host
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, 0), family=family)
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._peers: list[Peer] = []
        self.connections = 0
        self.requests: list[bytes] = []
        self.port: int = self._listener.getsockname()[1]

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://{self._host}:{self.port}"

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for peer in self._peers:
            peer.close()
        for thread in self._threads:
            thread.join(10)

    def _start(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                script = self._scripts[min(self.connections, len(self._scripts) - 1)]
                self.connections += 1
                self._start(lambda sock=sock, script=script: self._play(sock, script))  # type: ignore[misc]

    def _play(self, sock: socket.socket, script: Script) -> None:
        with contextlib.suppress(OSError):  # clients that hang up are what many tests are about
            if self._tls:
                sock = self._tls.wrap_socket(sock, server_side=True)
        peer = _Recorded(sock, self._stopping, self.requests)
        self._peers.append(peer)
        with contextlib.suppress(OSError):
            script(peer)
        peer.close()


class _Recorded(Peer):
    def __init__(self, sock: socket.socket, stopping: threading.Event, requests: list[bytes]) -> None:
        super().__init__(sock, stopping)
        self._requests = requests

    def read_request(self) -> bytes:
        request = super().read_request()
        if request:
            self._requests.append(request)
        return request


def serve(peer: Peer) -> None:
    """Answers every request with ``ok`` for as long as the client likes."""
    while peer.read_request():
        peer.answer()


def say(data: bytes) -> Script:
    """Answers the first request with these bytes and closes."""

    def script(peer: Peer) -> None:
        peer.read_request()
        peer.send(data)

    return script


def stall(peer: Peer) -> None:
    """Takes a request and never says a word."""
    peer.read_request()
    peer.wait_for_close()


def until_received(sent: threading.Event) -> None:
    """Let other greenlets run until a server has sent, and whoever waits for it among them has read it."""
    deadline_s = time.monotonic() + 60
    while not sent.is_set():
        assert time.monotonic() < deadline_s, "nothing was sent"
        gevent.sleep(0.01)
    for _ in range(3):  # each time the loop asks all sockets
        gevent.sleep(0.01)
