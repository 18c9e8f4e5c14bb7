"""Where a file contradicts itself: promises that cannot hold together, alerts that say two things of one."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from preseason.errors import Problem
from preseason.slo.alerts.model import AlertLevel
from preseason.slo.model import Kind
from preseason.slo.quantities import duration_text, quantity_text
from preseason.slo.remarks import Remark, Weight

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from preseason.slo.alerts.model import AlertPolicy, AlertRule
    from preseason.slo.model import Objective

#: Availability and errors are two readings of one share.
_SAME_SHARE = {Kind.ERRORS, Kind.AVAILABILITY}


def among_objectives(objectives: Sequence[Objective], places: Mapping[str, str]) -> Iterator[Remark]:
    """Pairs of objectives about the same thing that cannot both hold, or of which one says nothing new."""
    comparable = [one for one in objectives if not one.of_baseline]
    for one, other in combinations(comparable, 2):
        if _subject(one) != _subject(other) or one.over_s != other.over_s:
            continue
        place = places.get(other.name, "")
        if _upper(one) != _upper(other):
            low, high = (other, one) if _upper(one) else (one, other)
            if _limit(low) >= _limit(high):
                cause = f"'{one.name}' and '{other.name}' cannot both hold"
                yield Remark(Weight.WARNING, Problem(cause, place, "drop one of the two"))
        elif (ordered := _by_strictness(one, other)) is not None:
            stricter, looser = ordered
            if stricter.required or not looser.required:
                cause = f"'{looser.name}' follows from '{stricter.name}'"
                yield Remark(Weight.NOTE, Problem(cause, place, "the stricter one is enough"))


def among_alerts(policy: AlertPolicy) -> Iterator[Remark]:
    """One condition with two times, and levels in the wrong order."""
    for one, other in combinations(policy.rules, 2):
        if _alert_subject(one) != _alert_subject(other) or one.comparison != other.comparison:
            continue
        if one.limit == other.limit and (one.over_s, one.lasting_s) != (other.over_s, other.lasting_s):
            yield Remark(Weight.WARNING, _two_times(one, other))
        grave, light = _by_level(one, other)
        if grave.level is AlertLevel.CRITICAL and light.level is AlertLevel.WARNING and _later(light, grave):
            cause = f"the warning '{light.name}' comes only after the critical '{grave.name}'"
            yield Remark(Weight.WARNING, Problem(cause, light.place, "let the warning come first"))


def of_alerts_with_objectives(
    policy: AlertPolicy, objectives: Sequence[Objective], places: Mapping[str, str]
) -> Iterator[Remark]:
    """Objectives that may be missed while every alert about them stays quiet."""
    for objective in objectives:
        about = [rule for rule in policy.rules if _watches(rule, objective)]
        if not about or objective.of_baseline:
            continue
        first = min(about, key=lambda rule: _failing(rule.limit, rule.indicator.kind))
        alarmed = _failing(first.limit, first.indicator.kind)
        missed = _failing(objective.limit, objective.indicator.kind)
        if alarmed > missed:
            alarm = first.limit if first.indicator.kind is objective.indicator.kind else 1 - first.limit
            between = f"between {_said(objective)} and {quantity_text(_rounded(alarm), first.indicator.unit)}"
            cause = f"'{objective.name}' is missed and no alert fires {between}"
            remedy = f"the alert that comes first is '{first.name}' ({first.place})"
            yield Remark(Weight.WARNING, Problem(cause, places.get(objective.name, ""), remedy))


def _subject(objective: Objective) -> tuple[object, ...]:
    kind = Kind.ERRORS if objective.indicator.kind in _SAME_SHARE else objective.indicator.kind
    text = "" if kind in {Kind.ERRORS, Kind.LATENCY_QUANTILE} else objective.indicator.text
    return kind, text, objective.indicator.unit, objective.endpoint, objective.scenario


def _upper(objective: Objective) -> bool:
    """Whether it bounds what ``_limit`` says from above."""
    return objective.indicator.kind is Kind.AVAILABILITY or objective.comparison.bounds_above


def _limit(objective: Objective) -> float:
    """The limit; of availability, that of the errors it allows."""
    return 1 - objective.limit if objective.indicator.kind is Kind.AVAILABILITY else objective.limit


def _by_strictness(one: Objective, other: Objective) -> tuple[Objective, Objective] | None:
    """The one from which the other follows, first; None where neither does: p99 < 1 s says nothing of p50."""
    lower_first = _limit(one) <= _limit(other)
    stricter, looser = (one, other) if lower_first == _upper(one) else (other, one)
    if _limit(one) == _limit(other):
        stricter, looser = sorted((one, other), key=_quantile, reverse=True)
    return None if _quantile(stricter) < _quantile(looser) else (stricter, looser)


def _quantile(objective: Objective) -> float:
    return objective.indicator.quantile or 0.0


def _alert_subject(rule: AlertRule) -> tuple[object, ...]:
    return rule.indicator.text, rule.indicator.unit, rule.endpoint, rule.scenario


def _two_times(one: AlertRule, other: AlertRule) -> Problem:
    condition = f"{one.indicator.text} {one.comparison} {quantity_text(one.limit, one.indicator.unit)}"
    times = " and ".join(f"{_time(rule)} ({rule.level})" for rule in (one, other))
    return Problem(f"'{condition}' is asked {times}", other.place, "decide on one of the two")


def _time(rule: AlertRule) -> str:
    over = f"over {duration_text(rule.over_s)}" if rule.over_s else "at each moment"
    return f"{over} lasting {duration_text(rule.lasting_s)}" if rule.lasting_s else over


def _by_level(one: AlertRule, other: AlertRule) -> tuple[AlertRule, AlertRule]:
    order = tuple(AlertLevel)
    return (one, other) if order.index(one.level) <= order.index(other.level) else (other, one)


def _later(warning: AlertRule, critical: AlertRule) -> bool:
    looser = warning.limit >= critical.limit if critical.fires_above else warning.limit <= critical.limit
    return looser and warning.needs_s >= critical.needs_s


def _watches(rule: AlertRule, objective: Objective) -> bool:
    if rule.level is AlertLevel.SCALING:
        return False
    one, other = rule.indicator, objective.indicator
    same = {one.kind, other.kind} <= _SAME_SHARE or (one.text, one.unit) == (other.text, other.unit)
    opposite = one.kind is not Kind.GAUGE or rule.fires_above == objective.comparison.bounds_above
    return same and opposite and (rule.endpoint, rule.scenario) == (objective.endpoint, objective.scenario)


def _failing(limit: float, kind: Kind) -> float:
    """A limit on a scale on which more is worse."""
    return 1 - limit if kind in {Kind.AVAILABILITY, Kind.HIT_RATE} else limit


def _rounded(limit: float) -> float:
    """Without what subtracting floats leaves behind."""
    return float(f"{limit:.12g}")


def _said(objective: Objective) -> str:
    return quantity_text(objective.limit, objective.indicator.unit)
