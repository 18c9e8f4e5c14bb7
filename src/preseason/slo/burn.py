"""Which objectives have an error budget, and the alerts on how fast it burns.

The budget of a promise that a share of at least ``target`` is good is ``1 - target``; a burn rate is the
share that is bad over it. Burn rate r uses in a window w the part r w / period of the budget (Google, The
Site Reliability Workbook, chapter 5, table 5-8; the alert on a day is Sloth's).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from preseason.slo.model import Kind

if TYPE_CHECKING:
    from preseason.slo.model import Objective

PERIOD_S = 30 * 86400.0
_HOUR_S, _DAY_S = 3600.0, 86400.0
_RATIOS = {Kind.LATENCY_QUANTILE, Kind.ERRORS, Kind.AVAILABILITY, Kind.HIT_RATE}


@dataclass(frozen=True, slots=True)
class BurnWindow:
    """An alert on a burn rate: ``share`` of the budget within the long window; the short one ends it."""

    urgency: Literal["page", "ticket"]
    long_s: float
    short_s: float
    share: float

    @property
    def burn(self) -> float:
        """The burn rate that uses ``share`` of the budget in the long window."""
        return self.share * PERIOD_S / self.long_s


#: The short window is a twelfth of the long one.
WINDOWS = (
    BurnWindow("page", 1 * _HOUR_S, 300.0, 0.02),
    BurnWindow("page", 6 * _HOUR_S, 1800.0, 0.05),
    BurnWindow("ticket", 1 * _DAY_S, 2 * _HOUR_S, 0.10),
    BurnWindow("ticket", 3 * _DAY_S, 6 * _HOUR_S, 0.10),
)


def is_ratio(objective: Objective) -> bool:
    """Whether it promises a share of good events over all that is judged: what has an error budget.

    One about every window, about a baseline, or about all requests without exception has none.
    """
    ratio = objective.indicator.kind in _RATIOS and not objective.of_baseline
    return ratio and objective.over_s is None and target_of(objective) < 1


def target_of(objective: Objective) -> float:
    """The share of events that must be good."""
    match objective.indicator.kind:
        case Kind.LATENCY_QUANTILE:
            return objective.indicator.quantile or 0.0
        case Kind.ERRORS:
            return complement(objective.limit)
        case _:
            return objective.limit


def complement(ratio: float) -> float:
    """What is left of 1, as people reckon: of 0.07 it is 0.93, not 0.9299999999999999."""
    return float(1 - Decimal(repr(ratio)))
