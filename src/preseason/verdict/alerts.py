"""Whether the operators' alerts would have fired in a run, when, and for how long.

An alert is evaluated at the end of every second of the load and of its drain, warm-up included: whoever
watches a platform in production knows of no warm-up. It fires once its condition has held without a break for
as long as it must last. A limit that is met but not passed is kept; a second that is not known breaks what
lasted, and an alert that was not known throughout is never called quiet.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from preseason.slo.alert_grammar import is_connection_failures
from preseason.slo.alert_model import AlertLevel
from preseason.slo.model import Kind
from preseason.verdict import wording
from preseason.verdict.model import AlertResult, AlertState, Firing
from preseason.verdict.samples import holds
from preseason.verdict.signals import FEWEST_EVENTS, UnknownSignalError, signal_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from preseason.slo.alert_model import AlertPolicy, AlertRule
    from preseason.slo.model import Objective
    from preseason.verdict.evidence import Evidence
    from preseason.verdict.steady import Span

    Values = NDArray[np.float64]

_ABOUT_FAILURES = {Kind.ERRORS, Kind.AVAILABILITY}
_ORDER = tuple(AlertLevel)


def alerts_of(
    policy: AlertPolicy | None, evidence: Evidence | None, objectives: Sequence[Objective]
) -> tuple[AlertResult, ...]:
    """Every alert of ``policy``, the gravest level first; nothing without a policy."""
    if policy is None:
        return ()
    rules = sorted(policy.rules, key=lambda rule: _ORDER.index(rule.level))
    return tuple(_of(rule, evidence, objectives) for rule in rules)


def _of(rule: AlertRule, evidence: Evidence | None, objectives: Sequence[Objective]) -> AlertResult:
    blank = AlertResult(
        name=rule.name,
        level=rule.level.value,
        state=AlertState.NOT_EVALUABLE,
        comparison=rule.comparison.value,
        limit=rule.limit,
        unit=rule.indicator.unit.value,
        needs_s=rule.needs_s,
        burn_rates=_burn_rates(rule, objectives),
    )
    if evidence is None:
        return blank.model_copy(update={"reason": "the run ended before its load began"})
    whole = replace(evidence, judged=evidence.load_and_drain)
    return blank.model_copy(update=_evaluated(rule, whole))


def _evaluated(rule: AlertRule, evidence: Evidence) -> dict[str, object]:
    """What becomes of the alert, as fields of its result."""
    span = evidence.judged
    try:
        values = signal_of(rule, evidence)
    except UnknownSignalError as missing:
        return {"reason": str(missing), "needs": ""}
    asked = values[max(0, int(rule.over_s or 1) - 1) :]
    known = np.isfinite(asked)
    share = float(known.mean()) if len(asked) else 0.0
    firings = _firings(rule, values, span)
    worst = _worst(rule, asked[known])
    facts: dict[str, object] = {"firings": firings, "known": share, "worst": worst}
    if firings:
        return facts | {"state": AlertState.FIRED, "reason": _fired(rule, firings, worst, span)}
    if span.length_s < rule.needs_s or not len(asked):
        return facts | _too_short(rule, span)
    if not known.all():
        return facts | _not_known(rule, share, worst)
    return facts | {"state": AlertState.QUIET, "reason": _quiet(rule, worst)}


def _firings(rule: AlertRule, values: Values, span: Span) -> tuple[Firing, ...]:
    """Stretches in which the condition held, less the time that each had to last first."""
    known = np.isfinite(values)
    bad = np.zeros(len(values) + 2, dtype=np.bool_)
    bad[1:-1][known] = holds(rule.comparison, values[known], rule.limit)
    begins, ends = np.flatnonzero(bad[1:] & ~bad[:-1]), np.flatnonzero(bad[:-1] & ~bad[1:])
    found = []
    for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
        fires = (
            begin + rule.lasting_s
        )  # seconds are evaluated at their end, and ``end`` is the first good one
        if fires < end:
            until_s = None if end == len(values) else float(span.start_s + end + 1)
            found.append(Firing(start_s=span.start_s + fires + 1, end_s=until_s))
    return tuple(found)


def _worst(rule: AlertRule, values: Values) -> float | None:
    if not len(values):
        return None
    return float(values.max() if rule.fires_above else values.min())


def _fired(rule: AlertRule, firings: Sequence[Firing], worst: float | None, span: Span) -> str:
    first = firings[0]
    after = _clock(first.start_s - span.start_s)
    lasted_s = sum((span.end_s if one.end_s is None else one.end_s) - one.start_s for one in firings)
    times = "" if len(firings) == 1 else f" {len(firings)} times, first"
    until = ", until the load ended" if firings[-1].end_s is None else ""
    return f"fired{times} {after} into the load, for {_clock(lasted_s)} in all{until}{_at(rule, worst)}"


def _clock(seconds: float) -> str:
    """``6 min 41 s``: a moment is not rounded to minutes."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


def _at(rule: AlertRule, worst: float | None) -> str:
    at_worst = worst is not None and not is_connection_failures(rule.indicator)
    return f"; at worst {_text(rule, worst)}" if at_worst else ""


def _quiet(rule: AlertRule, worst: float | None) -> str:
    if is_connection_failures(rule.indicator):
        return "the database answered whenever it was looked at"
    kept = "never above" if rule.fires_above else "never below"
    lasting = " for long enough" if rule.lasting_s else ""
    return f"{kept} {_text(rule, rule.limit)}{lasting}; at worst {_text(rule, worst)}"


def _too_short(rule: AlertRule, span: Span) -> dict[str, object]:
    needed = wording.duration(rule.needs_s)
    reason = f"the load lasted {wording.duration(span.length_s)}, and this takes {needed}"
    return {"reason": reason, "needs": f"a load of at least {needed}"}


def _not_known(rule: AlertRule, share: float, worst: float | None) -> dict[str, object]:
    if worst is None:
        reason = f"no window had {FEWEST_EVENTS} events, or was sampled well enough"
    else:
        quiet = f"quiet in the {wording.percent(share)} of the moments that are known"
        reason = f"{quiet}, at worst {_text(rule, worst)}; the others had gaps, or too few events"
    return {"reason": reason, "needs": "a run without gaps and with more requests"}


def _text(rule: AlertRule, value: float | None) -> str:
    return "unknown" if value is None else wording.in_unit(value, rule.indicator.unit)


def _burn_rates(rule: AlertRule, objectives: Sequence[Objective]) -> dict[str, float]:
    """How fast the alert's limit burns the budget of each objective about failures of the same requests."""
    if rule.indicator.kind not in _ABOUT_FAILURES:
        return {}
    failing = rule.limit if rule.indicator.kind is Kind.ERRORS else 1 - rule.limit
    return {
        objective.name: round(failing / allowed, 6)
        for objective in objectives
        if objective.indicator.kind in _ABOUT_FAILURES
        and not objective.of_baseline
        and (objective.endpoint, objective.scenario) == (rule.endpoint, rule.scenario)
        and (allowed := _allowed(objective)) > 0
    }


def _allowed(objective: Objective) -> float:
    return objective.limit if objective.indicator.kind is Kind.ERRORS else 1 - objective.limit
