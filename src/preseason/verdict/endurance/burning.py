"""Burn-rate windows slid over the load: when the alerts on a month's budget would have fired."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from preseason.slo.burn import WINDOWS, complement, is_ratio, target_of
from preseason.slo.model import Kind
from preseason.verdict.endurance.model import BurnEpisode, BurnOverTime
from preseason.verdict.hit_rates import look_ups
from preseason.verdict.requests import latency_share, success_share

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from preseason.slo.burn import BurnWindow
    from preseason.slo.model import Objective
    from preseason.verdict.evidence import Evidence

    Counts = NDArray[np.float64]

#: A window with fewer events burns nothing that could be known.
_FEWEST_EVENTS = 20.0


def burns_of(evidence: Evidence, objectives: Sequence[Objective]) -> tuple[BurnOverTime, ...]:
    """Each pair of windows for each objective with a budget, as far as its rate is possible."""
    return tuple(
        burn
        for objective in objectives
        if is_ratio(objective) and (counts := _bad_of_total(objective, evidence)) is not None
        for burn in _over_time(objective, *counts, evidence.judged.start_s)
    )


def _bad_of_total(objective: Objective, evidence: Evidence) -> tuple[Counts, Counts] | None:
    """Bad and all events by second of what is judged; None without any."""
    if objective.indicator.kind is Kind.HIT_RATE:
        return _misses(objective, evidence)
    requests = evidence.about(objective)
    latency = objective.indicator.kind is Kind.LATENCY_QUANTILE
    share = (latency_share if latency else success_share)(objective, evidence, requests)
    return (share.total - share.at_most, share.total) if share.events else None


def _misses(objective: Objective, evidence: Evidence) -> tuple[Counts, Counts] | None:
    found, span = look_ups(evidence, objective.indicator.source), evidence.judged
    if found is None or not found.total.sum():
        return None
    second = np.clip(found.end_s.astype(np.int64) - span.start_s, 0, span.length_s - 1)
    hits, total = (
        np.bincount(second, weights=values, minlength=span.length_s).astype(np.float64)
        for values in (found.hits, found.total)
    )
    return total - hits, total


def _over_time(objective: Objective, bad: Counts, total: Counts, start_s: int) -> Iterator[BurnOverTime]:
    allowed = complement(target_of(objective))
    for window in WINDOWS:
        if window.burn * allowed >= 1:
            continue  # not even a total outage burns so fast
        both = _both(bad, total, window, allowed)
        known = both[np.isfinite(both)]
        yield BurnOverTime(
            objective=objective.name,
            urgency=window.urgency,
            long_s=window.long_s,
            short_s=window.short_s,
            burn=window.burn,
            worst=float(known.max()) if len(known) else None,
            episodes=_episodes(both > window.burn, start_s),
        )


def _both(bad: Counts, total: Counts, window: BurnWindow, allowed: float) -> Counts:
    """The rate at which both windows burn, at the end of each second; NaN where one of them is not full."""
    rates = [_rate(bad, total, int(length_s), allowed) for length_s in (window.long_s, window.short_s)]
    slower: Counts = np.minimum(rates[0], rates[1])
    return slower


def _rate(bad: Counts, total: Counts, length_s: int, allowed: float) -> Counts:
    if len(bad) < length_s:
        return np.full(len(bad), np.nan)
    bad_then, all_then = (_summed(counts, length_s) for counts in (bad, total))
    enough = all_then >= _FEWEST_EVENTS
    rate = np.divide(bad_then, all_then, out=np.full(len(bad), np.nan), where=enough) / allowed
    full: Counts = np.where(np.arange(len(bad)) >= length_s - 1, rate, np.nan)
    return full


def _summed(counts: Counts, length_s: int) -> Counts:
    running = np.cumsum(counts)
    running[length_s:] -= running[:-length_s].copy()
    return running


def _episodes(fires: NDArray[np.bool_], start_s: int) -> tuple[BurnEpisode, ...]:
    edges = np.diff(np.concatenate(([False], fires, [False])).astype(np.int8))
    begins, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return tuple(
        BurnEpisode(
            start_s=float(start_s + begin + 1), end_s=None if end == len(fires) else float(start_s + end + 1)
        )
        for begin, end in zip(begins.tolist(), ends.tolist(), strict=True)
    )
