"""Sessions for tests: patient unless told otherwise, with small limits, and closed when the test is over."""

from __future__ import annotations

import select
from typing import TYPE_CHECKING

from preseason.traffic.client import FailureKind, HttpSession, Limits, Response, Timeouts

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

#: What is not about giving up waits for a server of which this machine may have stopped a thread.
PATIENT = Timeouts(connect_s=60, read_s=60, total_s=60)
SMALL = Limits(header_bytes=2000, body_bytes=100_000)


class Sessions:
    """Opens sessions as a test asks for them."""

    def __init__(self) -> None:
        self._open: list[HttpSession] = []

    def __call__(
        self,
        url: str,
        *,
        timeouts: Timeouts = PATIENT,
        limits: Limits = SMALL,
        verify: bool | str = True,
        report: Callable[..., None] | None = None,
        context: Callable[[], dict[str, Any]] = dict,
    ) -> HttpSession:
        session = HttpSession(
            url, timeouts=timeouts, limits=limits, verify=verify, report=report, context=context
        )
        self._open.append(session)
        return session

    def close(self) -> None:
        for session in self._open:
            session.close()


def await_word(session: HttpSession) -> None:
    """Wait until something has come over the one idle connection of a session: bytes, or its end."""
    (idle,) = session._idle
    wire = idle._wire
    if not getattr(wire, "_incoming", None) or not wire._incoming.pending:
        assert select.select([wire._sock], [], [], 60)[0]


def kind(response: Response) -> FailureKind | None:
    return response.failure.kind if response.failure else None
