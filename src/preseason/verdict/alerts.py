"""Whether the operators' alerts would have fired in a run, when, and for how long.

An alert is evaluated at the end of every second of the load and of its drain, warm-up included: whoever
watches a platform in production knows of no warm-up. It fires once its condition has held without a break for
as long as it must last: that of a sampled value by every sample (``lasting``), any other by every evaluation.
A limit that is met but not passed is kept; a second that is not known breaks what lasted, and an alert that
was not known throughout is never called quiet.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from preseason.slo.alerts.grammar import is_connection_failures
from preseason.slo.alerts.model import AlertLevel
from preseason.slo.model import Kind
from preseason.verdict import wording
from preseason.verdict.lasting import Windows, lasting_windows
from preseason.verdict.model import AlertResult, AlertState, Firing
from preseason.verdict.samples import holds
from preseason.verdict.signals import FEWEST_EVENTS, UnknownSignalError, signal_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from preseason.slo.alerts.model import AlertPolicy, AlertRule
    from preseason.slo.model import Objective
    from preseason.verdict.evidence import Evidence
    from preseason.verdict.statistics.steady import Span

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
    windows = _windows(rule, evidence, values)
    known = windows.known[max(0, math.ceil(_told_after_s(rule)) - 1) :]
    share = float(known.mean()) if len(known) else 0.0
    firings = _firings(windows.bad, span)
    worst = _worst(rule, asked[np.isfinite(asked)])
    facts: dict[str, object] = {"firings": firings, "known": share, "worst": worst}
    if firings:
        return facts | {"state": AlertState.FIRED, "reason": _fired(rule, firings, worst, span)}
    if span.length_s < rule.needs_s or not len(known):
        return facts | _too_short(rule, span)
    if not known.all():
        return facts | _not_known(rule, windows, share, worst)
    return facts | {"state": AlertState.QUIET, "reason": _quiet(rule, worst)}


def _by_sample(rule: AlertRule) -> bool:
    """Whether it is each sample that has to be bad; else it is each evaluation."""
    gauge = rule.indicator.kind is Kind.GAUGE and not is_connection_failures(rule.indicator)
    return gauge and rule.over_s is None and rule.lasting_s > 0


def _told_after_s(rule: AlertRule) -> float:
    """How long a load must have lasted before anything can be known of its first moments."""
    return rule.lasting_s if _by_sample(rule) else rule.over_s or 1.0


def _windows(rule: AlertRule, evidence: Evidence, values: Values) -> Windows:
    """Whether the alert fires at the end of each second, and whether that is known."""
    if _by_sample(rule):
        return lasting_windows(rule, evidence)
    known = np.isfinite(values)
    bad = np.zeros(len(values), dtype=np.bool_)
    bad[known] = holds(rule.comparison, values[known], rule.limit)
    return Windows(_lasted(bad, rule.lasting_s), known, 1.0)


def _lasted(bad: NDArray[np.bool_], lasting_s: float) -> NDArray[np.bool_]:
    """Evaluations that are bad, and so were all others for as long as it must last."""
    second = np.arange(len(bad))
    good_at = np.maximum.accumulate(np.where(bad, -1, second))  # the last good one, none before the first
    return np.asarray(bad & (second - good_at - 1 >= lasting_s), dtype=np.bool_)


def _firings(fires: NDArray[np.bool_], span: Span) -> tuple[Firing, ...]:
    """Stretches of seconds at whose ends it fires."""
    padded = np.concatenate(([False], fires, [False]))
    begins, ends = np.flatnonzero(padded[1:] & ~padded[:-1]), np.flatnonzero(padded[:-1] & ~padded[1:])
    return tuple(
        Firing(
            start_s=float(span.start_s + begin + 1),
            end_s=None if end == len(fires) else float(span.start_s + end + 1),
        )
        for begin, end in zip(begins.tolist(), ends.tolist(), strict=True)
    )


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
    lasted = f"the load, with what it left to be answered, lasted {_clock(span.length_s)}"
    reason = f"{lasted}, and this takes {needed}"
    return {"reason": reason, "needs": f"a load of at least {needed}"}


def _not_known(rule: AlertRule, windows: Windows, share: float, worst: float | None) -> dict[str, object]:
    if _by_sample(rule) and rule.lasting_s < windows.shortest_s:
        shortest = wording.duration(windows.shortest_s)
        every = f"{rule.indicator.text} was sampled every {windows.interval_s:.3g} s"
        reason = f"{every}: what lasts less than {shortest} is not seen"
        return {"reason": reason, "needs": f"closer samples, or a time of at least {shortest}"}
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
