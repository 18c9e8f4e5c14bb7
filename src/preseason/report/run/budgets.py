"""Error budgets as rows: what a month like this run would use up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from preseason.report import plain, units
from preseason.report.page.tables import Cell, Column, Look, Table, number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preseason.verdict.model import BurnAlert, ErrorBudget, Verdict

_DAY_S, _HOUR_S = 86400, 3600
LEAD = (
    "If production behaved like this run for a month. Burn rate 1 uses a budget up in exactly its 30 days. "
    "A run of minutes proves no month: these are projections, and decide nothing."
)
#: What the heads of the table mean, and when an alert fires.
_ALERTS = (
    "Which burn-rate alerts would fire if production went on like this: each has a burn rate and two "
    "windows, and fires while more than the share in brackets is bad in both"
)


@dataclass(frozen=True, slots=True)
class BudgetRow:
    """One budget, all of it text; ``alerts`` stand in the order of ``heads``."""

    objective: str
    allowed: str
    burn: str
    interval: str
    gone: str
    alerts: tuple[str, ...]
    reason: str


def rows(verdict: Verdict) -> tuple[BudgetRow, ...]:
    """In the verdict's order."""
    return tuple(_row(budget) for budget in verdict.budgets)


def heads(verdict: Verdict) -> tuple[str, ...]:
    """The columns of the burn-rate table: ``page: 14.4× in 1 h and 5 min``."""
    alerts = verdict.budgets[0].alerts if verdict.budgets else ()
    return tuple(_head(one) for one in alerts)


def parts(verdict: Verdict) -> Iterator[Table]:
    """How fast each budget would go, and which burn-rate alerts would fire."""
    told = rows(verdict)
    columns = (
        Column("Objective"),
        Column("Allowed to be bad"),
        Column("Burn rate", number=True),
        Column("At this rate"),
    )
    yield Table("How fast each objective's budget would go", columns, tuple(map(_cells, told)), stacked=True)
    alerts = tuple((Cell(row.objective), *map(Cell, row.alerts)) for row in told)
    heads_ = (Column("Objective"), *map(Column, heads(verdict)))
    yield Table(_ALERTS, heads_, alerts, stacked=True)


def _cells(row: BudgetRow) -> tuple[Cell, ...]:
    return (
        Cell(row.objective),
        Cell(row.allowed),
        number(row.burn, None, row.interval, Look.STRONG),
        Cell(row.gone, remark=plain.sentence(row.reason)),
    )


def _head(alert: BurnAlert) -> str:
    windows = f"{units.duration(alert.long_s)} and {units.duration(alert.short_s)}"
    return f"{alert.urgency}: {units.count(alert.burn)}× in {windows}"


def _row(budget: ErrorBudget) -> BudgetRow:
    outage, days = units.duration(budget.budget_ratio * budget.period_s), round(budget.period_s / _DAY_S)
    return BudgetRow(
        objective=budget.objective,
        allowed=f"{units.percent(budget.budget_ratio)}: {outage} of outage in {days} days",
        burn=units.UNKNOWN if budget.burn is None else units.count(budget.burn),
        interval=_interval(budget),
        gone=_gone(budget),
        alerts=tuple(_fires(one) for one in budget.alerts),
        reason=budget.reason,
    )


def _interval(budget: ErrorBudget) -> str:
    if budget.burn_low is None or budget.burn_high is None:
        return ""
    return f"{units.count(budget.burn_low)} to {units.count(budget.burn_high)}"


def _gone(budget: ErrorBudget) -> str:
    """``at this rate gone in 6.2 days``, and what an hour takes of it."""
    if budget.burn is None or budget.share_per_hour is None:
        return "not known"
    if budget.days_left is None:
        return "nothing of it was used"
    length = f"{units.count(budget.days_left)} days"
    if budget.days_left < 2:  # noqa: PLR2004 - below two days, hours say more
        length = units.duration(budget.days_left * _DAY_S)
    return f"gone in {length}; {units.percent(budget.share_per_hour)} an hour"


def _fires(alert: BurnAlert) -> str:
    if alert.bad_ratio is None:
        return "cannot fire: not even an outage burns so fast"
    above = f"above {units.percent(alert.bad_ratio)} bad"
    match alert.fires:
        case True:
            after = "" if alert.after_s is None else f" after {units.duration(alert.after_s)}"
            return f"fires{after} ({above})"
        case False:
            return f"quiet ({above})"
        case None:
            return f"open ({above})"
