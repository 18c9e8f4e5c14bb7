"""The operators' alerts as rows: which would have fired in this run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from preseason.report import units
from preseason.verdict.model import AlertState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preseason.verdict.model import AlertResult, Verdict

_URGENCY = (AlertState.FIRED, AlertState.NOT_EVALUABLE, AlertState.QUIET)
#: A state as the class of a badge whose colours mean the same.
_TONES = {AlertState.FIRED: "fail", AlertState.QUIET: "pass", AlertState.NOT_EVALUABLE: "no_data"}


@dataclass(frozen=True, slots=True)
class AlertRow:
    """One alert, all of it text; ``tone`` is the class of its badge."""

    name: str
    level: str
    state: str
    tone: str
    worst: str
    why: str
    burn: str
    evaluable: bool


def rows(verdict: Verdict) -> tuple[AlertRow, ...]:
    """Those that fired first, then those that nobody can tell of; as the policy orders them otherwise."""
    return tuple(_row(one) for one in sorted(verdict.alerts, key=lambda one: _URGENCY.index(one.state)))


def summary(verdict: Verdict) -> str:
    """``2 of 10 alerts would have fired; 6 could not be evaluated``."""
    counts = [sum(one.state is state for one in verdict.alerts) for state in _URGENCY]
    total = len(verdict.alerts)
    open_ends = f"; {counts[1]} could not be evaluated" if counts[1] else ""
    return f"{counts[0] or 'none'} of {total} alerts would have fired{open_ends}"


def _row(alert: AlertResult) -> AlertRow:
    needs = f". It needs {alert.needs}" if alert.needs else ""
    return AlertRow(
        name=alert.name,
        level=alert.level,
        state=alert.state.value.replace("_", " "),
        tone=_TONES[alert.state],
        worst=units.quantity(alert.worst, alert.unit, apart_from=alert.limit),
        why=f"{alert.reason}{needs}",
        burn="; ".join(_burn(alert)),
        evaluable=alert.state is not AlertState.NOT_EVALUABLE,
    )


def _burn(alert: AlertResult) -> Iterator[str]:
    """What the alert's limit is to an error budget."""
    for objective, rate in alert.burn_rates.items():
        yield f"its limit is burn rate {units.count(rate)} of {objective}"
