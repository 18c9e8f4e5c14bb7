"""The charts of a search: its steps with the bracket, throughput by concurrency, p95 by offered rate."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from preseason.planning.scalability.bootstrap import band
from preseason.planning.scalability.grading import Grade
from preseason.report import units
from preseason.report.capacity import resources
from preseason.report.charts.figure import figure_of
from preseason.report.charts.model import Chart, Level, Line, Shape, Tone, Upright
from preseason.report.charts.scales import named_axis, number_axis
from preseason.report.page.parts import Bar, Bars, Piece
from preseason.slo.model import Unit
from preseason.verdict.model import Decision

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from preseason.planning.search.answer import Answer, MadeStep
    from preseason.planning.search.slo_capacity import SloCapacity
    from preseason.planning.search.steps import Measured
    from preseason.report.charts.figure import Figure

    Values = NDArray[np.float64]

_TONES = {
    Decision.PASS: ("passed", Tone.MAIN),
    Decision.FAIL: ("failed", Tone.STRONG),
    Decision.UNDECIDED: ("undecided", Tone.THIRD),
    Decision.INVALID: ("invalid", Tone.QUIET),
}
_GRID = 120
#: A law is drawn so far beyond the largest concurrency that was tested.
_BEYOND = 1.15


def by_step(answer: Answer) -> Figure:
    """Every rate that was tried, in order, and the ends of the bracket."""
    places = np.arange(len(answer.steps), dtype=np.float64)
    rates = np.array([made.step.rate for made in answer.steps])
    chart = Chart("steps", "Offered rate of each step", Unit.PER_SECOND).showing(
        list(_by_outcome(answer.steps, lambda chosen: (places[chosen], rates[chosen]), answer.steps)),
        levels=_bracket(answer.capacity),
        note="The line is the lowest rate that failed; SLO capacity is the highest that passed below it.",
        otherwise="no step was made",
    )
    names = [f"{number}: {made.step.purpose}" for number, made in enumerate(answer.steps, 1)]
    return figure_of(chart, named_axis(names or ["none"], "step"))


def _bracket(found: SloCapacity) -> list[Level]:
    """One line for both ends: they lie so near each other that two labels would cover each other."""
    passed = "nothing passed" if found.rate is None else f"{units.per_second(found.rate)} passed"
    if found.below is not None:
        return [Level(f"{passed}, {units.per_second(found.below)} failed", found.below)]
    return [] if found.rate is None else [Level(f"{passed}, nothing failed", found.rate)]


def _by_outcome(
    steps: Sequence[MadeStep],
    points: Callable[[NDArray[np.bool_]], tuple[Values, Values]],
    named: Sequence[MadeStep],
) -> Iterator[Line]:
    for outcome, (word, tone) in _TONES.items():
        chosen = np.array([made.step.outcome is outcome for made in steps], dtype=np.bool_)
        if chosen.any():
            x, y = points(chosen)
            runs = tuple(made.run for made in named if made.step.outcome is outcome)
            yield Line(word, tone, x, y, str(int(chosen.sum())), Shape.DOTS, names=runs)


def by_concurrency(answer: Answer) -> Figure:
    """Throughput over requests in flight, with the fitted law and where it may lie."""
    chart = Chart("throughput", "Throughput by requests in flight", Unit.PER_SECOND)
    seen = [made for made in answer.steps if made.measured is not None and made.measured.concurrency > 0]
    measured = [made.measured for made in seen if made.measured is not None]
    if not measured:
        return figure_of(chart.without("no step was measured"), number_axis(1, 2, "requests in flight"))
    n = np.array([one.concurrency for one in measured])
    dots = _throughput(seen, measured, n)
    first = answer.bottleneck
    levels = [] if first is None else _saturation(first.resource, first.saturation_rate, dots.y.max())
    shown = chart.showing([*_law(answer), dots], levels=levels, note=_law_note(answer))
    return figure_of(shown, number_axis(float(n.min()), float(n.max()) * _BEYOND, "requests in flight"))


def _saturation(resource: str, rate: float, highest: float) -> list[Level]:
    """Where a resource is used up; left out where it would flatten everything else."""
    near = rate < 2 * highest
    return [Level(f"{resource} used up at {units.per_second(rate)}", rate)] if near else []


def _throughput(seen: Sequence[MadeStep], measured: Sequence[Measured], n: Values) -> Line:
    order = np.argsort(n, kind="stable")
    x = np.array([one.succeeded for one in measured])[order]
    margin = np.array([one.margin or 0.0 for one in measured])[order]
    runs = tuple(seen[place].run for place in order)
    figure = f"at most {units.per_second(float(x.max()))}"
    low, high = np.maximum(x - margin, 0.0), x + margin
    return Line("measured", Tone.MAIN, n[order], x, figure, Shape.DOTS, low=low, high=high, names=runs)


def _law(answer: Answer) -> Iterator[Line]:
    law, points = answer.law, answer.points
    if law is None or law.grade is Grade.REJECTED:
        return
    at = np.linspace(float(points.concurrency[0]), points.highest * _BEYOND, _GRID)
    low, high = band(points, law.law, at)
    line = Line("scalability law", Tone.QUIET, at, law.law.throughput(at), f"USL, {law.grade}")
    yield replace(line, low=low, high=high) if np.isfinite(high).all() else line


def _law_note(answer: Answer) -> str:
    if answer.law is None:
        return "Too few different concurrencies were measured for a law."
    if answer.law.grade is Grade.REJECTED:
        return f"No law is drawn: {answer.law.reasons[0]}."
    sure = units.percent(0.95)
    return f"The ribbon is where the law may lie ({sure}); whiskers are the steps' own scatter."


def by_rate(answer: Answer) -> Figure:
    """p95 over offered rate: where response times leave the ground, and where the objective breaks."""
    chart = Chart("p95", "p95 by offered rate", Unit.MS)
    seen = [made for made in answer.steps if made.measured is not None and made.measured.p95_ms is not None]
    if not seen:
        return figure_of(chart.without("no step was measured"), number_axis(1, 2, "arrivals a second"))
    rates = np.array([made.step.rate for made in seen])
    p95 = np.array([made.measured.p95_ms or 0.0 for made in seen if made.measured is not None])
    lines = _by_outcome(seen, lambda chosen: (rates[chosen], p95[chosen]), seen)
    limit_ms = answer.limit_ms
    levels = [] if limit_ms is None else [Level(f"limit {units.milliseconds(limit_ms)}", limit_ms)]
    axis = number_axis(float(rates.min()), float(rates.max()), "arrivals a second", Unit.PER_SECOND)
    return figure_of(chart.showing(list(lines), levels=levels), axis, uprights=list(_landmarks(answer)))


def _landmarks(answer: Answer) -> Iterator[Upright]:
    if answer.capacity.rate is not None:
        yield Upright("limit", answer.capacity.rate, "SLO capacity")
    knee = answer.landmarks.knee
    if knee is not None and knee != answer.capacity.rate:
        yield Upright("finding", knee, "knee")


def demand_bars(answer: Answer) -> Bars:
    """How much of each resource is used at the SLO capacity: what stands idle, and what requests take."""
    carried = answer.carried
    rate = carried.rate if carried else (answer.landmarks.peak or 0.0)
    first = answer.bottleneck
    bars = [
        Bar(
            one.resource,
            (
                Piece("without requests", Tone.QUIET, 100 * one.background / one.limit),
                Piece("by requests", Tone.MAIN, 100 * max(one.used_at(rate) - one.background, 0) / one.limit),
            ),
            units.percent(one.used_at(rate) / one.limit),
            f"of {resources.amount(one.limit, one.unit)}",
            chosen=first is not None and one.resource == first.resource,
        )
        for one in answer.demands
        if np.isfinite(one.limit) and one.limit > 0
    ]
    return Bars(f"Use of each resource at {units.per_second(rate)} requests", tuple(bars))
