from __future__ import annotations

import errno
import ssl
from time import perf_counter
from typing import TYPE_CHECKING

from .failures import FailureKind, NoAnswerError, RequestFailedError
from .reply import ReplyReader

if TYPE_CHECKING:
    from .response import Response
    from .settings import Limits
    from .wire import Wire


class Connection:
    """One open connection that carries one exchange after the other.

    ``reusable`` says, after an exchange, whether it can carry a further one; after any exception it cannot.
    """

    __slots__ = ("_reader", "_wire")

    def __init__(self, wire: Wire, limits: Limits) -> None:
        self._wire = wire
        self._reader = ReplyReader(limits)

    @property
    def reusable(self) -> bool:
        return self._reader.keep_alive

    def is_quiet(self) -> bool:
        """Whether the server has left the idle connection open; to be asked before it is used again."""
        return self._wire.is_quiet()

    def close(self) -> None:
        self._wire.close()
        self._reader.forget()

    def exchange(self, method: str, request: bytes, read_s: float, deadline_s: float) -> Response:
        """Sends a request and reads its answer.

        ``read_s`` bounds each silence, ``deadline_s`` (in ``perf_counter`` seconds) the whole.

        Raises:
            NoAnswerError: if the connection ended before the first byte of an answer.
            RequestFailedError: for every other failure.
        """
        reader, wire = self._reader, self._wire
        reader.begin(method)
        wait_until_s = min(perf_counter() + read_s, deadline_s)
        try:
            wire.send(request, wait_until_s)
        except OSError as error:
            raise self._failure(error, deadline_s, unsent=True) from error
        try:
            while data := wire.receive(wait_until_s):
                if reader.feed(data):
                    return reader.response()
                wait_until_s = min(perf_counter() + read_s, deadline_s)
        except OSError as error:
            raise self._failure(error, deadline_s) from error
        return self._ended()

    def _ended(self) -> Response:
        """What the server has answered when it closes the stream."""
        if not self._reader.started:
            raise NoAnswerError(
                FailureKind.CONNECTION_CLOSED, "connection closed without an answer", unsent=False
            )
        self._reader.finish()
        return self._reader.response()

    def _failure(self, error: OSError, deadline_s: float, *, unsent: bool = False) -> RequestFailedError:
        if isinstance(error, TimeoutError):
            if perf_counter() >= deadline_s:
                return RequestFailedError(FailureKind.TOTAL_TIMEOUT, "total time exceeded")
            return RequestFailedError(FailureKind.READ_TIMEOUT, "server was silent for too long")
        if isinstance(error, ssl.SSLError):
            reason = (error.reason or "protocol error").replace("_", " ").lower()
            return RequestFailedError(FailureKind.TLS, f"TLS failed: {reason}")
        kind, event = _ENDINGS.get(type(error), (FailureKind.CONNECTION_RESET, _named(error)))
        if self._reader.started:
            return RequestFailedError(kind, f"connection {event} within an answer")
        return NoAnswerError(kind, f"connection {event} without an answer", unsent=unsent)


_ENDINGS: dict[type[OSError], tuple[FailureKind, str]] = {
    ConnectionAbortedError: (FailureKind.CONNECTION_CLOSED, "closed"),
    ConnectionResetError: (FailureKind.CONNECTION_RESET, "reset"),
    BrokenPipeError: (FailureKind.CONNECTION_RESET, "reset"),
}


def _named(error: OSError) -> str:
    return f"failed ({errno.errorcode.get(error.errno or 0, 'unknown error')})"
