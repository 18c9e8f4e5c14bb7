"""What can go wrong with a request. A failure is data that is counted, so kinds and messages are few and
stable.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class FailureKind(StrEnum):
    """One kind for each place a request can fail at; the value is what counts and reports are keyed by."""

    DNS = "dns"
    CONNECT_REFUSED = "connect_refused"
    CONNECT_TIMEOUT = "connect_timeout"
    CONNECT_FAILED = "connect_failed"
    TLS = "tls"
    READ_TIMEOUT = "read_timeout"
    TOTAL_TIMEOUT = "total_timeout"
    CONNECTION_CLOSED = "connection_closed"
    CONNECTION_RESET = "connection_reset"
    MALFORMED_RESPONSE = "malformed_response"
    HEADER_TOO_LARGE = "header_too_large"
    BODY_TOO_LARGE = "body_too_large"
    UNSUPPORTED = "unsupported"
    REDIRECT = "redirect"
    STATUS_4XX = "status_4xx"
    STATUS_5XX = "status_5xx"
    CONTENT = "content"
    #: The load generator ran out of files, ports or memory: not the target's doing.
    GENERATOR = "generator"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a request did not succeed.

    ``message`` holds no address, id or figure of the single request, so equal causes have equal messages.
    """

    kind: FailureKind
    message: str

    def __str__(self) -> str:
        return self.message


class RequestFailedError(Exception):
    """Carries a failure: inside the client up to the session, and in Locust's request event."""

    #: Its text differs by cause only, never by request, so it can be counted as it is.
    bounded: Final = True

    def __init__(self, kind: FailureKind, message: str) -> None:
        super().__init__(message)
        self.failure = Failure(kind, message)


class NoAnswerError(RequestFailedError):
    """The connection ended before a single byte of an answer.

    ``unsent`` says that the kernel took no byte of the request either, so nobody can have acted on it.
    """

    def __init__(self, kind: FailureKind, message: str, *, unsent: bool) -> None:
        super().__init__(kind, message)
        self.unsent = unsent


def of_status(status: int) -> Failure | None:
    """The failure an HTTP status stands for; None below 400."""
    if status < 400:  # noqa: PLR2004 - RFC 9110, section 15: 4xx and 5xx are the error classes
        return None
    kind = FailureKind.STATUS_4XX if status < 500 else FailureKind.STATUS_5XX  # noqa: PLR2004 - as above
    return Failure(kind, f"status {status}")
