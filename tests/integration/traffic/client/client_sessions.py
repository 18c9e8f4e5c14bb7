"""Sessions for tests: impatient, with small limits, and closed when the test is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.traffic.client import FailureKind, HttpSession, Limits, Response, Timeouts

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

IMPATIENT = Timeouts(connect_s=0.5, read_s=0.3, total_s=0.9)
SMALL = Limits(header_bytes=2000, body_bytes=100_000)


class Sessions:
    """Opens sessions as a test asks for them."""

    def __init__(self) -> None:
        self._open: list[HttpSession] = []

    def __call__(
        self,
        url: str,
        *,
        timeouts: Timeouts = IMPATIENT,
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


def kind(response: Response) -> FailureKind | None:
    return response.failure.kind if response.failure else None
