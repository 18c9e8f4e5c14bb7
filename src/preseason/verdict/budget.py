"""Error budgets: what a month like this run would cost of what the objectives allow.

A run of minutes is no month. Everything here is a projection, "if production behaved like this run", and
decides nothing. What a budget and its alerts are stands in ``slo.burn``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.slo.burn import PERIOD_S, WINDOWS, complement, is_ratio, target_of
from preseason.verdict.model import BurnAlert, ErrorBudget

if TYPE_CHECKING:
    from collections.abc import Iterable

    from preseason.slo.burn import BurnWindow
    from preseason.slo.model import Objective
    from preseason.verdict.model import ObjectiveResult

_HOUR_S, _DAY_S = 3600.0, 86400.0


def budgets_of(judged: Iterable[tuple[Objective, ObjectiveResult]]) -> tuple[ErrorBudget, ...]:
    """The budget of each objective that has one, in their order."""
    return tuple(budget_of(objective, result) for objective, result in judged if is_ratio(objective))


def budget_of(objective: Objective, result: ObjectiveResult) -> ErrorBudget:
    """What the run shows of one budget; only its size where nothing was measured."""
    target = target_of(objective)
    allowed = complement(target)
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
