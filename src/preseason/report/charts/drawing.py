"""A chart as geometry that fits any width: curves to be stretched, texts at per cents.

The page stretches the box of the curves without widening their lines, and sets the texts beside it in the
reader's own font, size and colour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from preseason.report import units
from preseason.report.charts import ticks
from preseason.report.charts.canvas import Canvas, closed
from preseason.report.charts.model import Goal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from preseason.report.charts.model import Chart


@dataclass(frozen=True, slots=True)
class Tick:
    """A label and its place in per cent of the box; ``minor`` ones give way on a narrow page."""

    at: float
    label: str
    minor: bool = False


@dataclass(frozen=True, slots=True)
class Curve:
    """Path data in the box, ``tone`` its style, ``area`` the same closed down to the axis."""

    tone: str
    path: str
    area: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything the template needs to place a chart."""

    curves: tuple[Curve, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    levels: tuple[Tick, ...]
    goals: tuple[Goal, ...]
    logarithmic: bool


@dataclass(frozen=True, slots=True)
class XAxis:
    """The horizontal axis: its ends, and its labels where they stand."""

    start: float
    end: float
    labels: tuple[tuple[float, str], ...]
    logarithmic: bool = False


def draw(chart: Chart, x: XAxis) -> Drawing:
    """Lay the chart out on the axis ``x``."""
    lowest, highest = _extent(chart)
    log = ticks.is_logarithmic(chart, lowest, highest)
    heights = ticks.logarithmic(lowest, highest) if log else ticks.even(chart, lowest, highest)
    canvas = Canvas((x.start, x.end), (heights[0], heights[-1]), log_x=x.logarithmic, log_y=log)

    def height(value: float) -> float:
        return canvas.per_cent(x.start, value)[1]

    paths = zip(chart.lines, canvas.paths(chart.lines), strict=True)
    return Drawing(
        curves=tuple(Curve(line.tone, path, closed(path) if line.area else "") for line, path in paths),
        x_ticks=_placed(x.labels, lambda value: canvas.per_cent(value, heights[0])[0]),
        y_ticks=_placed([(value, units.quantity(value, chart.unit)) for value in heights], height),
        levels=tuple(Tick(height(level.value), level.label) for level in chart.levels),
        goals=tuple(Goal(goal.label, *canvas.per_cent(goal.x, goal.y)) for goal in chart.goals),
        logarithmic=log,
    )


def _extent(chart: Chart) -> tuple[float, float]:
    """The lowest and the highest value that must have a place."""
    marks = [mark.value for mark in chart.levels] + [goal.y for goal in chart.goals]
    values = np.concatenate([*(line.present for line in chart.lines), np.array(marks)])
    return float(values.min()), float(values.max())


def _placed(labels: Sequence[tuple[float, str]], place: Callable[[float], float]) -> tuple[Tick, ...]:
    return tuple(
        Tick(place(value), label, minor=number % 2 == 1) for number, (value, label) in enumerate(labels)
    )
