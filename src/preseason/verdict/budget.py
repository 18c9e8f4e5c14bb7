"""Error budgets: what a month like this run would cost of what the objectives allow.

The budget of an objective that a share of at least ``target`` is good is ``1 - target``; the burn rate is the
share that was bad over it. Burn 1 uses a budget up in exactly its period; burn r in a window w uses the part
r w / period (Google, The Site Reliability Workbook, chapter 5, table 5-8; the ticket of a day is Sloth's).

A run of minutes is no month. Everything here is a projection, "if production behaved like this run", and
decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from preseason.slo.model import Kind
from preseason.verdict.model import BurnAlert, ErrorBudget

if TYPE_CHECKING:
    from collections.abc import Iterable

    from preseason.slo.model import Objective
    from preseason.verdict.model import ObjectiveResult

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
            return 1 - objective.limit
        case _:
            return objective.limit


def budgets_of(judged: Iterable[tuple[Objective, ObjectiveResult]]) -> tuple[ErrorBudget, ...]:
    """The budget of each objective that has one, in their order."""
    return tuple(budget_of(objective, result) for objective, result in judged if is_ratio(objective))


def budget_of(objective: Objective, result: ObjectiveResult) -> ErrorBudget:
    """What the run shows of one budget; only its size where nothing was measured."""
    target = result.target_ratio if result.target_ratio is not None else target_of(objective)
    allowed = 1 - target
    empty = ErrorBudget(
        objective=objective.name, target_ratio=target, budget_ratio=allowed, period_s=PERIOD_S
    )
    if not result.total or result.good is None:
        return empty.model_copy(
            update={"reason": result.reason, "alerts": _alerts(allowed, None, None, None)}
        )
    burn = (result.total - result.good) / result.total / allowed
    low = None if result.ratio_high is None else max(0.0, 1 - result.ratio_high) / allowed
    high = None if result.ratio_low is None else (1 - result.ratio_low) / allowed
    return empty.model_copy(
        update={
            "burn": burn,
            "burn_low": low,
            "burn_high": high,
            "days_left": PERIOD_S / _DAY_S / burn if burn else None,
            "share_per_hour": burn * _HOUR_S / PERIOD_S,
            "alerts": _alerts(allowed, burn, low, high),
        }
    )


def _alerts(
    allowed: float, burn: float | None, low: float | None, high: float | None
) -> tuple[BurnAlert, ...]:
    return tuple(_alert(window, allowed, burn, low, high) for window in WINDOWS)


def _alert(
    window: BurnWindow, allowed: float, burn: float | None, low: float | None, high: float | None
) -> BurnAlert:
    bad_ratio = window.burn * allowed
    possible = bad_ratio < 1
    fires = _exceeds(window.burn, low, high) if possible else False
    return BurnAlert(
        urgency=window.urgency,
        long_s=window.long_s,
        short_s=window.short_s,
        burn=window.burn,
        bad_ratio=bad_ratio if possible else None,
        fires=fires,
        after_s=window.long_s * window.burn / burn if burn and burn > window.burn and possible else None,
    )


def _exceeds(threshold: float, low: float | None, high: float | None) -> bool | None:
    """Whether the burn rate is above ``threshold``; None where its interval does not say."""
    if low is not None and low > threshold:
        return True
    return False if high is not None and high <= threshold else None
