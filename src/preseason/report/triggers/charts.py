"""The charts of the trigger report: what a trigger watched in a run, and what other thresholds would give."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from preseason.planning.triggers.backtest import compressed
from preseason.report import units
from preseason.report.charts.axes import thinned
from preseason.report.charts.figure import figure_of
from preseason.report.charts.model import Chart, Goal, Level, Line, Shape, Tone, Upright
from preseason.report.charts.scales import clock_axis, number_axis
from preseason.report.triggers import rows as triggers
from preseason.slo.model import Unit
from preseason.verdict.signals import UnknownSignalError, signal_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from preseason.planning.triggers.backtest import BackTest, Rehearsal, Rehearsed
    from preseason.planning.triggers.sweeps import Candidate, Sweep
    from preseason.report.charts.figure import Figure
    from preseason.slo.alerts.model import AlertRule

_LONG_S = 300.0
_TONES = (Tone.MAIN, Tone.STRONG, Tone.THIRD, Tone.FOURTH, Tone.FIFTH)


def of_run(one: Rehearsed, place: int, time_scale: float, scale_up_s: float) -> Iterator[Figure]:
    """What each trigger watched, on the axis of the load, and the requests that missed an objective."""
    rehearsal = one.rehearsal
    x = clock_axis(rehearsal.length_s)
    broke = () if rehearsal.broke_s is None else (Upright("limit", rehearsal.broke_s, "users suffer"),)
    for number, (rule, found) in enumerate(zip(one.rules, one.found, strict=True)):
        chart = _watched(f"run-{place}-{number}", rule, rehearsal, time_scale)
        yield figure_of(chart, x, uprights=(*broke, *_moments(found, scale_up_s)))
    yield figure_of(_missed(f"run-{place}-missed", rehearsal), x, uprights=broke)


def _watched(key: str, rule: AlertRule, rehearsal: Rehearsal, time_scale: float) -> Chart:
    """The indicator, second by second or over its window, and the limit."""
    chart = Chart(key, triggers.named(rule.name, time_scale), rule.indicator.unit)
    load = rehearsal.evidence.load
    try:
        values = signal_of(compressed(rule, time_scale), replace(rehearsal.evidence, judged=load))
    except UnknownSignalError as missing:
        return chart.without(str(missing))
    ends = np.arange(1.0, len(values) + 1)
    over = "" if rule.over_s is None else f" over {units.duration(rule.over_s / time_scale)}"
    line = Line(f"{rule.indicator.text}{over}", Tone.MAIN, *thinned(ends, values))
    limit = Level(f"limit {units.exact(rule.limit, rule.indicator.unit)}", rule.limit)
    return chart.showing([line], levels=[limit], otherwise="no whole window of it was known")


def _moments(found: BackTest, scale_up_s: float) -> Iterator[Upright]:
    if found.fired_s is None:
        return
    yield Upright("moment", found.fired_s, "fires")
    helped_s = found.fired_s + scale_up_s
    if scale_up_s and helped_s < found.length_s:
        yield Upright("finding", helped_s)


def _missed(key: str, rehearsal: Rehearsal) -> Chart:
    suffering = rehearsal.suffering
    since = suffering.start_s - rehearsal.evidence.load.start_s
    seconds = np.arange(len(suffering.bad), dtype=np.float64) + (since + 0.5)
    inside = seconds < rehearsal.length_s
    line = Line("missed", Tone.STRONG, *thinned(seconds[inside], suffering.bad[inside]), area=True)
    chart = Chart(key, "Requests that missed an objective", Unit.PER_SECOND)
    return chart.showing([line], otherwise="no request was judged")


def trade_off(found: Sweep, place: int, time_scale: float) -> Figure:
    """Lead over threshold, a line for each time, of what fires in every run that broke and in no other."""
    clean = [one for one in found.candidates if one.clean]
    limits = np.array(sorted({one.rule.limit for one in found.candidates}))
    times = sorted({one.time_s for one in clean})[: len(_TONES)]
    unit, length_s = _unit_of(clean)
    lines = []
    for tone, time_s in zip(_TONES, times, strict=False):
        leads = {one.rule.limit: one.lead_s for one in clean if one.time_s == time_s}
        y = np.array(
            [np.nan if (lead := leads.get(limit)) is None else lead / length_s for limit in limits.tolist()]
        )
        label = f"{'lasting' if found.written.lasting_s else 'over'} {units.duration(time_s)}"
        lines.append(Line(label, tone, limits, y, shape=Shape.LINKED))
    scaled = "" if time_scale == 1 else f", times ÷ {time_scale:g}"
    chart = Chart(
        f"trade-off-{place}",
        f"{found.written.indicator.text}: lead by threshold{scaled}",
        unit,
        from_zero=False,
    ).showing(
        lines,
        levels=[Level(f"asked for: {units.duration(found.wanted_s)}", found.wanted_s / length_s)],
        note="Below 0 users suffer first. Where a line ends, a lower threshold raises a false alarm and a "
        "higher one stays silent when users suffer.",
    )
    axis = number_axis(float(limits.min()), float(limits.max()), "threshold", found.written.indicator.unit)
    chosen = found.chosen
    goals = (
        () if chosen is None else (Goal("recommended", chosen.rule.limit, (chosen.lead_s or 0.0) / length_s),)
    )
    return figure_of(replace(chart, goals=goals), axis)


def _unit_of(clean: Sequence[Candidate]) -> tuple[str, float]:
    """Seconds, or minutes where leads are long; and how many seconds one is."""
    longest_s = max((abs(one.lead_s or 0.0) for one in clean), default=0.0)
    return ("min", 60.0) if longest_s >= _LONG_S else ("s", 1.0)
