"""What alerts watch: one value for every second of the load, NaN where it is not known.

A window is known when at least nine tenths of it are; one with too few requests or look-ups says nothing,
because a single failure among ten is no error rate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from preseason.run.timeline import EventKind
from preseason.slo.alerts.grammar import is_connection_failures
from preseason.slo.model import Kind, Objective
from preseason.verdict.coverage import LEAST_COVERED, covered, why_no_samples
from preseason.verdict.hit_rates import look_ups
from preseason.verdict.requests import success_share
from preseason.verdict.samples import series_about

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from preseason.run.samples import Series
    from preseason.slo.alerts.model import AlertRule
    from preseason.verdict.evidence import Evidence

    Values = NDArray[np.float64]

#: Fewer requests or look-ups in a window than this are no rate.
FEWEST_EVENTS = 20
#: A look at a cache that covers more seconds than this says too little about any one of them.
_LONGEST_LOOK_S = 10.0


class UnknownSignalError(Exception):
    """Nothing of the kind was recorded; the text says why, and what would bring it."""


def signal_of(rule: AlertRule, evidence: Evidence) -> Values:
    """The value of ``rule``'s indicator at the end of each judged second; UnknownSignalError without data.

    The first ``over_s`` seconds less one have no whole window behind them and are NaN.
    """
    match rule.indicator.kind:
        case Kind.ERRORS | Kind.AVAILABILITY:
            return _failures(rule, evidence)
        case Kind.LATENCY_MEAN:
            return _mean(rule, evidence)
        case Kind.HIT_RATE:
            return _hit_rate(rule, evidence)
        case _ if is_connection_failures(rule.indicator):
            return _connection_failures(rule, evidence)
        case _:
            return _gauge(rule, evidence)


def _as_objective(rule: AlertRule) -> Objective:
    """The objective that says the same about the same requests: alerts count what objectives count."""
    about = (rule.endpoint, rule.scenario)
    return Objective(rule.name, rule.indicator, rule.comparison, rule.limit, *about)


def _failures(rule: AlertRule, evidence: Evidence) -> Values:
    """The share that failed, or that did not: each divided once, so that a limit met is met exactly."""
    objective = _as_objective(rule)
    share = success_share(objective, evidence, evidence.about(objective))
    _need_events(float(share.total.sum()), rule)
    wanted = share.total - share.at_least if rule.indicator.kind is Kind.ERRORS else share.at_least
    part, total = _summed(wanted, _width(rule)), _summed(share.total, _width(rule))
    return _without_few(_ratio(part, total), total)


def _mean(rule: AlertRule, evidence: Evidence) -> Values:
    """Of what was answered well, as in an objective."""
    seconds, answered = evidence.answered, evidence.about(_as_objective(rule)).successes()
    sums = answered.sums_per_second(seconds.start_s, seconds.end_s)
    counts = answered.per_second(seconds.start_s, seconds.end_s).astype(np.float64)
    _need_events(float(counts.sum()), rule)
    width = _width(rule)
    total = _summed(counts, width)
    return _without_few(_ratio(_summed(sums, width), total), total)


def _need_events(events: float, rule: AlertRule) -> None:
    if not events:
        about = rule.endpoint or (f"scenario {rule.scenario}" if rule.scenario else "any kind")
        raise UnknownSignalError(f"no request of {about} was recorded")


def _hit_rate(rule: AlertRule, evidence: Evidence) -> Values:
    source, span, width = rule.indicator.source, evidence.judged, _width(rule)
    found = look_ups(evidence, source)
    if found is None:
        raise UnknownSignalError(why_no_samples(evidence.run, source, "hits and misses"))
    length_s = found.end_s - found.start_s
    usable = length_s <= _LONGEST_LOOK_S
    second = np.clip(np.ceil(found.end_s[usable]).astype(np.int64) - span.start_s - 1, 0, span.length_s - 1)
    hits, total, known = (
        _summed(_by_second(second, values[usable], span.length_s), width)
        for values in (found.hits, found.total, length_s)
    )
    rate = _without_few(_ratio(hits, total), total)
    return np.where(known >= LEAST_COVERED * width - 1, rate, np.nan)


def _by_second(second: NDArray[np.int64], values: Values, length_s: int) -> Values:
    return np.bincount(second, weights=values, minlength=length_s).astype(np.float64, copy=False)


def _gauge(rule: AlertRule, evidence: Evidence) -> Values:
    """The mean of a window, or the last sample; of several series, the worst."""
    indicator = rule.indicator
    series = {label: one for label, one in series_about(indicator, evidence).items() if len(one)}
    if not series:
        raise UnknownSignalError(why_no_samples(evidence.run, indicator.source, indicator.metric))
    if any(one.epoch[0] for one in series.values()):
        raise UnknownSignalError(f"{indicator.text} only ever grows; an alert takes a gauge")
    held = (_held(label, one, rule, evidence) for label, one in series.items())
    found = np.stack([_windowed(values, _width(rule)) for values in held])
    worst: Values = found.max(axis=0) if rule.fires_above else found.min(axis=0)
    return worst


def _held(label: str, series: Series, rule: AlertRule, evidence: Evidence) -> Values:
    """The last sample of each second, or the one before; NaN where the source was not looked at."""
    span = evidence.judged
    ends_s = np.arange(span.start_s + 1, span.end_s + 1)
    last = np.searchsorted(series.time_s, ends_s, side="right") - 1
    values = np.where(last >= 0, series.value[np.maximum(last, 0)], np.nan)
    known = covered(evidence, rule.indicator.source, series, rule.indicator.metric, label)
    return np.where(known, values, np.nan)


def _connection_failures(rule: AlertRule, evidence: Evidence) -> Values:
    """1 in each second in which our own session found no database, else 0.

    A gap in which counters began anew was answered; of one whose cause was not recorded nobody knows.
    """
    source = rule.indicator.source
    looked = evidence.run.samples.get(source, "connections")
    lost, answered = (_gaps(evidence, source, lost=lost) for lost in (True, False))
    if not len(looked) and not lost.any():
        raise UnknownSignalError(why_no_samples(evidence.run, source, "connections"))
    known = answered | (covered(evidence, source, looked) if len(looked) else False)
    return np.where(lost, 1.0, np.where(known, 0.0, np.nan))


def _gaps(evidence: Evidence, source: str, *, lost: bool) -> NDArray[np.bool_]:
    """The seconds of the gaps of ``source`` that are known to be, or not to be, its absence."""
    span = evidence.judged
    inside = np.zeros(span.length_s, dtype=np.bool_)
    for event in evidence.run.timeline:
        if event.kind is EventKind.GAP and event.source == source and event.facts.get("lost") is lost:
            until_s = event.at_s if event.until_s is None else event.until_s
            first, last = (int(edge) - span.start_s for edge in (np.floor(event.at_s), np.ceil(until_s)))
            inside[max(0, first) : max(0, last)] = True
    return inside


def _width(rule: AlertRule) -> int:
    return int(rule.over_s or 1)


def _windowed(values: Values, width: int) -> Values:
    """The mean over each window, of the seconds that are known."""
    known = np.isfinite(values)
    counted = _summed(known.astype(np.float64), width)
    means = _ratio(_summed(np.where(known, values, 0.0), width), counted)
    return np.where(counted >= LEAST_COVERED * width, means, np.nan)


def _summed(values: Values, width: int) -> Values:
    """The sum of the ``width`` seconds that end with each; NaN where there are fewer."""
    if len(values) < width:
        return np.full(len(values), np.nan)
    sums = np.lib.stride_tricks.sliding_window_view(values, width).sum(axis=1, dtype=np.float64)
    return np.concatenate((np.full(width - 1, np.nan), sums))


def _ratio(part: Values, whole: Values) -> Values:
    return np.divide(part, whole, out=np.full_like(part, np.nan), where=whole > 0)


def _without_few(values: Values, events: Values) -> Values:
    return np.where(events >= FEWEST_EVENTS, values, np.nan)
