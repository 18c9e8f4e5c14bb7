"""Alerts as short sentences.

::

    alert      = indicator comparison limit { "for" scope | "over" duration | "lasting" duration }
    indicator  = "errors" | "availability" | "mean"   of requests
               | "cpu" | "memory"                     of the host the target runs on
               | "postgres.connection_failures"       times the database could not be reached
               | source "." metric                    redis.hit_rate, any gauge that is sampled
    comparison = "<" | "<=" | ">" | ">="

``over`` is the stretch of time whose requests or samples are taken together; ``lasting`` is how long the
result must stay bad, without a break, before the alert fires (what Prometheus calls *for*): of what is
sampled every sample, nine tenths of which must be there without a hole of more than two intervals. Limits,
scopes and durations are written as in an objective (``grammar``).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from preseason.slo.alerts.model import AlertRule
from preseason.slo.grammar import Scope, endpoint_text, indicator_at, limit_at, scope_at, window_at
from preseason.slo.model import Comparison, Kind, Unit
from preseason.slo.quantities import MistakeError, duration_text, quantity_text
from preseason.slo.scanner import Scanner, placed

if TYPE_CHECKING:
    from preseason.slo.alerts.model import AlertLevel
    from preseason.slo.model import Indicator

#: The metric that is no sample: the moments at which a database could not be reached.
CONNECTION_FAILURES = ("postgres", "connection_failures")

_SHAPE = "an alert reads: indicator comparison limit over duration, as in: errors > 5 % over 5m lasting 2m"
_OF_REQUESTS = {Kind.ERRORS, Kind.AVAILABILITY, Kind.LATENCY_MEAN}
_KNOWN = {*_OF_REQUESTS, Kind.HIT_RATE, Kind.GAUGE}
_GOOD_WHEN_HIGH = {Kind.AVAILABILITY, Kind.HIT_RATE}


def parse_alert(text: str, level: AlertLevel) -> AlertRule:
    """The alert a sentence states; a MistakeError, with its offset in the text, where it states none."""
    scanner = Scanner(text)
    indicator, _ = indicator_at(scanner)
    if indicator.kind not in _KNOWN:
        known = "errors, availability, mean, redis.hit_rate, cpu, memory and sampled gauges"
        raise MistakeError(f"no alert is made of {indicator.text}", f"alerts are made of {known}")
    comparison = Comparison(scanner.need(r"<=|>=|<|>", "a comparison", "one of <, <=, >, >="))
    start = scanner.at
    try:
        indicator, limit = limit_at(scanner, indicator, comparison, of_k6=False)
        _check(indicator, comparison, limit)
    except MistakeError as mistake:
        raise placed(mistake, start) from None
    return renamed(_with_tail(scanner, AlertRule("", level, indicator, comparison, limit)))


def _check(indicator: Indicator, comparison: Comparison, limit: float) -> None:
    bad_when_low = indicator.kind in _GOOD_WHEN_HIGH
    if indicator.kind is not Kind.GAUGE and bad_when_low == (comparison.value[0] == ">"):
        sign = "<" if bad_when_low else ">"
        remedy = f"an alert names the bad state: {indicator.text} {sign} …"
        raise MistakeError(f"{indicator.text} is not bad when it is '{comparison}' a limit", remedy)
    if is_connection_failures(indicator) and (comparison, limit) != (Comparison.GREATER, 0.0):
        raise MistakeError("one failure to reach the database is one too many", "write it like > 0")
    if limit < 0 or (indicator.unit is Unit.RATIO and limit >= 1):
        raise MistakeError(f"{indicator.text} never comes to that limit", "choose one that can be reached")


def _with_tail(scanner: Scanner, rule: AlertRule) -> AlertRule:
    said: set[str] = set()
    while not scanner.ended:
        start = scanner.at
        word = scanner.need(r"(?:for|over|lasting)\b", "'for', 'over', 'lasting' or the end", _SHAPE).lower()
        if word in said:
            raise MistakeError(f"'{word}' stands twice", "say it once", start)
        said.add(word)
        rule = _with(scanner, rule, word, start)
    needs_window = rule.indicator.kind is not Kind.GAUGE
    if needs_window and rule.over_s is None:
        text = f"{rule.indicator.text} over which time?"
        raise MistakeError(text, "say it, as in: over 5m", len(scanner.text.rstrip()))
    return rule


def _with(scanner: Scanner, rule: AlertRule, word: str, start: int) -> AlertRule:
    if word == "for":
        if rule.indicator.kind not in _OF_REQUESTS:
            cause = f"{rule.indicator.text} cannot be narrowed with 'for'"
            raise MistakeError(cause, "to wait until it lasts, write: lasting 5m", start)
        scope: Scope = scope_at(scanner)
        return replace(rule, endpoint=scope.endpoint, scenario=scope.scenario)
    length_s = window_at(scanner, f"as in: {word} 5m")
    if word == "over" and is_connection_failures(rule.indicator):
        raise MistakeError(f"{rule.indicator.text} are told as they happen", "leave 'over' out", start)
    if word == "over" and length_s != int(length_s):
        raise MistakeError("a run is recorded second by second", "write whole seconds, as in: over 5m", start)
    return replace(rule, over_s=length_s) if word == "over" else replace(rule, lasting_s=length_s)


def is_connection_failures(indicator: Indicator) -> bool:
    """Whether it is about the moments at which the database could not be reached."""
    return (indicator.source, indicator.metric) == CONNECTION_FAILURES


def renamed(rule: AlertRule) -> AlertRule:
    """The alert under its normalised name, which parses to the same alert again."""
    limit = quantity_text(rule.limit, rule.indicator.unit)
    parts = [f"{rule.indicator.text} {rule.comparison} {limit}"]
    if rule.endpoint is not None:
        parts.append(f"for {endpoint_text(rule.endpoint)}")
    if rule.scenario is not None:
        parts.append(f"for scenario {rule.scenario}")
    if rule.over_s is not None:
        parts.append(f"over {duration_text(rule.over_s)}")
    if rule.lasting_s:
        parts.append(f"lasting {duration_text(rule.lasting_s)}")
    return replace(rule, name=" ".join(parts))
