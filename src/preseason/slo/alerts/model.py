"""What an alert policy says, after parsing: on what the operators of a platform want to be woken.

Units are those of ``model``. An alert speaks of a *bad* state, an objective of a good one: its comparison
points the other way.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from preseason.slo.model import Comparison

if TYPE_CHECKING:
    from preseason.run.endpoint import Endpoint
    from preseason.slo.model import Indicator


class AlertLevel(StrEnum):
    """Who is told: somebody at once, somebody tomorrow, or the machinery that adds instances."""

    CRITICAL = "critical"
    WARNING = "warning"
    SCALING = "scaling"


@dataclass(frozen=True, slots=True)
class AlertRule:
    """One alert. ``name`` is its short form, normalised, and unique within its level.

    The indicator is taken over each stretch of ``over_s`` seconds (None: at each moment), and the comparison
    must hold without a break for ``lasting_s`` before anybody is told. ``place`` is where it was written.
    """

    name: str
    level: AlertLevel
    indicator: Indicator
    comparison: Comparison
    limit: float
    endpoint: Endpoint | None = None
    scenario: str | None = None
    over_s: float | None = None
    lasting_s: float = 0.0
    place: str = ""

    @property
    def fires_above(self) -> bool:
        """Whether it is large values that are bad."""
        return self.comparison in {Comparison.GREATER, Comparison.AT_LEAST}

    @property
    def needs_s(self) -> float:
        """The shortest time in which it can fire."""
        return (self.over_s or 0.0) + self.lasting_s


@dataclass(frozen=True, slots=True)
class AlertPolicy:
    """A parsed alert policy; ``text`` is the file as written."""

    name: str
    rules: tuple[AlertRule, ...]
    text: str
