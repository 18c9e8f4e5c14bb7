"""What a campaign tells whoever watches it; the command line draws it, tests collect it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol, Self

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run stands. Rates are a second; None is not known (yet)."""

    phase: str = "starting"
    elapsed_s: float = 0.0
    duration_s: float = 0.0
    planned_rate: float | None = None
    requests_rate: float | None = None
    errors_rate: float | None = None
    p95_ms: float | None = None
    users: int = 0
    in_flight: int = 0
    hit_rate: float | None = None
    connections: int | None = None
    connections_limit: int | None = None

    def with_traffic(self, told: Mapping[str, Any]) -> Self:
        """With what the traffic process said last."""
        seconds = told.get("seconds") or 0
        return replace(
            self,
            phase=told["phase"],
            elapsed_s=told.get("elapsed_s", self.elapsed_s),
            duration_s=told.get("duration_s", self.duration_s),
            planned_rate=told.get("planned", self.planned_rate),
            requests_rate=told["requests"] / seconds if seconds else None,
            errors_rate=told["errors"] / seconds if seconds else None,
            p95_ms=told.get("p95_ms"),
            users=told.get("users", self.users),
            in_flight=told.get("in_flight", self.in_flight),
        )

    def with_collectors(self, told: Mapping[str, Any]) -> Self:
        """With what the collectors said last."""
        return replace(
            self,
            hit_rate=told.get("hit_rate"),
            connections=told.get("connections"),
            connections_limit=told.get("connections_limit"),
        )


class Observer(Protocol):
    """Told of every step, and of the progress of the load about once a second."""

    def step(self, text: str) -> None: ...

    def progress(self, progress: Progress) -> None: ...
