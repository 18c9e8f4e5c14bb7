"""One TCP connection under gevent, with nothing between it and the kernel that a request need not pay for."""

from __future__ import annotations

import math
import os
import select
import socket
import weakref
from time import perf_counter
from typing import Any, Final

from gevent import get_hub, getcurrent
from gevent.monkey import get_original

#: The plain ones, also where Locust has patched the modules: who waits here does so by a watcher of his own.
_plain_socket: Final[Any] = get_original("socket", "socket")
_plain_poll: Final[Any] = get_original("select", "poll")

_READ = 1
_WRITE = 2
RECEIVE_BYTES = 64 * 1024


class Wire:
    """Sends and receives bytes, each until a deadline (in ``perf_counter`` seconds).

    gevent's own socket takes new watchers' state, a timer and an exception for most calls. Here the watcher
    of a connection lives as long as the connection, a receive waits before it reads (the answer cannot be
    there yet), and one lazy alarm serves all deadlines: it is armed for the earliest, and when it rings early
    it arms itself again. Thus a request that is answered costs no timer at all.

    Raises:
        OSError: as the kernel reports it.
        TimeoutError: when the deadline has passed.
    """

    __slots__ = (
        "__weakref__",
        "_alarm",
        "_alarm_at_s",
        "_deadline_s",
        "_hub",
        "_poll",
        "_readable",
        "_sock",
        "_waiting",
    )

    def __init__(self, family: int) -> None:
        self._sock = _plain_socket(family, socket.SOCK_STREAM)
        self._sock.settimeout(0)
        self._hub = get_hub()
        self._readable = self._hub.loop.io(self._sock.fileno(), _READ)
        self._poll = _plain_poll()
        self._poll.register(self._sock, select.POLLIN)
        self._waiting: Any = None
        self._alarm: Any = None
        self._alarm_at_s = self._deadline_s = math.inf

    def connect(self, address: Any, deadline_s: float) -> None:  # noqa: ANN401 - whatever getaddrinfo returned
        try:
            self._sock.connect(address)
        except BlockingIOError:
            self._await_writable(deadline_s)
        if code := self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise OSError(code, os.strerror(code))
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, data: bytes, deadline_s: float) -> None:
        """Sends all of it; an error other than the deadline's means that nothing was sent."""
        try:
            sent = self._sock.send(data)
        except BlockingIOError:
            sent = 0
        if sent != len(data):
            self._send_rest(memoryview(data)[sent:], deadline_s)

    def receive(self, deadline_s: float) -> bytes:
        """The next bytes; none at the end of the stream."""
        while True:
            self._wait(self._readable, deadline_s)
            try:
                data: bytes = self._sock.recv(RECEIVE_BYTES)
            except BlockingIOError:
                continue
            return data

    def is_quiet(self) -> bool:
        """Whether the peer has neither closed nor sent anything unasked; costs one system call."""
        return not self._poll.poll(0)

    def close(self) -> None:
        self._readable.close()
        if self._alarm is not None:
            self._alarm.close()
            self._alarm = None
        self._sock.close()

    def _send_rest(self, rest: memoryview, deadline_s: float) -> None:
        """Sends on; a peer that stops listening midway may have answered before, so reading will tell."""
        while rest:
            self._await_writable(deadline_s)
            try:
                rest = rest[self._sock.send(rest) :]
            except BlockingIOError:
                continue
            except (BrokenPipeError, ConnectionResetError):
                return

    def _await_writable(self, deadline_s: float) -> None:
        writable = self._hub.loop.io(self._sock.fileno(), _WRITE)
        try:
            self._wait(writable, deadline_s)
        finally:
            writable.close()

    def _wait(self, watcher: Any, deadline_s: float) -> None:  # noqa: ANN401 - gevent's watchers have no types
        if deadline_s < self._alarm_at_s:
            self._set_alarm(deadline_s)
        self._deadline_s = deadline_s
        self._waiting = current = getcurrent()
        watcher.start(current.switch)
        try:
            rung = self._hub.switch()
        finally:
            watcher.stop()
            self._waiting = None
        if rung is _RUNG:
            raise TimeoutError

    def _set_alarm(self, at_s: float) -> None:
        if self._alarm is not None:
            self._alarm.close()
        self._alarm_at_s = at_s
        self._alarm = self._hub.loop.timer(max(0.0, at_s - perf_counter()))
        self._alarm.start(_ring, weakref.ref(self))

    def _on_alarm(self) -> None:
        """In the hub: ends the wait if its deadline has passed, else sleeps on; rests if nobody waits."""
        self._alarm_at_s = math.inf
        if self._waiting is None:
            return
        if perf_counter() < self._deadline_s:
            self._set_alarm(self._deadline_s)
        else:
            self._waiting.switch(_RUNG)


_RUNG = object()


def _ring(reference: weakref.ref[Wire]) -> None:
    """A pending alarm must not keep a connection alive that everybody else has forgotten."""
    if (wire := reference()) is not None:
        wire._on_alarm()  # noqa: SLF001 - the other half of the class above
