"""Answers of a Redis that may do its worst: each is bounded as a whole, in time and in size.

A limit on every read would be met for ever by a server that sends a byte a second, and none on the size fills
our memory. So redis-py's parser reads from a socket of ours, which is told when an answer begins.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from redis._parsers import _RESP2Parser
from redis.exceptions import ConnectionError as BrokenOffError
from redis.exceptions import InvalidResponse
from redis.exceptions import TimeoutError as TooLateError

if TYPE_CHECKING:
    from socket import socket

#: For one answer, however busily it comes; a connection waits no longer for its beginning either.
ANSWER_S = 2.0
#: ``INFO everything`` of the busiest server is a hundredth of it.
MOST_BYTES = 8 * 2**20
_TOO_LATE = f"no whole answer within {ANSWER_S:g} s"


class BoundedSocket:
    """What the parser needs of a socket: ``recv``, within what is left of the answer's time and size."""

    def __init__(self, connected: socket) -> None:
        self._connected = connected
        self.begin()

    def begin(self) -> None:
        """Another answer is waited for."""
        self._until_s = time.monotonic() + ANSWER_S
        self._left_bytes = MOST_BYTES

    def recv(self, most_bytes: int) -> bytes:
        """Some bytes of the answer, as soon as there are any."""
        if self._connected.gettimeout() == 0:  # it only looks whether anything came unasked
            return self._connected.recv(most_bytes)
        self._connected.settimeout(self._left_s())
        try:
            received = self._connected.recv(most_bytes)
        except TimeoutError as error:
            raise TooLateError(_TOO_LATE) from error
        finally:
            self._connected.settimeout(ANSWER_S)
        self._left_bytes -= len(received)
        return received

    def settimeout(self, timeout_s: float | None) -> None:
        """As the parser asks for."""
        self._connected.settimeout(timeout_s)

    def _left_s(self) -> float:
        left_s = self._until_s - time.monotonic()
        if left_s <= 0:
            raise TooLateError(_TOO_LATE)
        if self._left_bytes <= 0:
            raise BrokenOffError(f"the answer is longer than {MOST_BYTES // 2**20} MiB")
        return left_s


class BoundedParser(_RESP2Parser):
    """Reads as redis-py does, through a :class:`BoundedSocket`."""

    _bounded: BoundedSocket

    def on_connect(self, connection: Any) -> None:  # noqa: ANN401 - redis-py calls it, without types
        super().on_connect(connection)  # type: ignore[no-untyped-call]
        self._bounded = BoundedSocket(connection._sock)  # noqa: SLF001 - there is no other way to it
        if self._buffer is not None:
            self._buffer._sock = self._bounded  # noqa: SLF001

    def read_response(self, *args: Any, **named: Any) -> Any:  # noqa: ANN401 - passed on
        self._bounded.begin()
        try:
            return super().read_response(*args, **named)
        except (ValueError, OverflowError, RecursionError, MemoryError) as error:
            raise InvalidResponse("this is no answer of a Redis") from error
