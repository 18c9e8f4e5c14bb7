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
from preseason.report.charts.labels import placed
from preseason.report.charts.model import Goal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from preseason.report.charts.labels import LevelMark, Post
    from preseason.report.charts.model import Chart, Line, Upright
    from preseason.report.charts.scales import XAxis


@dataclass(frozen=True, slots=True)
class Tick:
    """A label and its place in per cent of the box; ``minor`` ones give way on a narrow page."""

    at: float
    label: str
    minor: bool = False


@dataclass(frozen=True, slots=True)
class Curve:
    """Path data in the box; ``area`` is what is filled: down to the axis, or the interval about it."""

    tone: str
    path: str
    area: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A point, in per cent of the box; ``low`` and ``high`` are the ends of its whisker, where it has one."""

    tone: str
    x: float
    y: float
    name: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything the template needs to place a chart."""

    curves: tuple[Curve, ...]
    dots: tuple[Dot, ...]
    posts: tuple[Post, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    levels: tuple[LevelMark, ...]
    goals: tuple[Goal, ...]
    logarithmic: bool


def draw(chart: Chart, x: XAxis, uprights: Sequence[Upright] = ()) -> Drawing:
    """Lay the chart out on the axis ``x``."""
    lowest, highest = _extent(chart)
    log = ticks.is_logarithmic(chart, lowest, highest)
    heights = ticks.logarithmic(lowest, highest) if log else ticks.even(chart, lowest, highest)
    canvas = Canvas((x.start, x.end), (heights[0], heights[-1]), log_x=x.logarithmic, log_y=log)

    def height(value: float) -> float:
        return canvas.per_cent(x.start, value)[1]

    def across(value: float) -> float:
        return canvas.per_cent(value, heights[0])[0]

    posts, levels = placed(
        chart,
        canvas,
        [(one, across(one.x)) for one in uprights],
        [(level.label, height(level.value)) for level in chart.levels],
    )
    return Drawing(
        curves=_curves(chart, canvas),
        dots=tuple(dot for line in chart.lines if line.dotted for dot in _dots(line, canvas)),
        posts=posts,
        x_ticks=_placed(x.labels, across),
        y_ticks=_placed([(value, units.quantity(value, chart.unit)) for value in heights], height),
        levels=levels,
        goals=tuple(Goal(goal.label, *canvas.per_cent(goal.x, goal.y)) for goal in chart.goals),
        logarithmic=log,
    )


def _curves(chart: Chart, canvas: Canvas) -> tuple[Curve, ...]:
    joined = tuple(line for line in chart.lines if line.joined)
    paths = zip(joined, canvas.paths(joined), strict=True)
    return tuple(Curve(line.tone, path, _area(line, path, canvas)) for line, path in paths)


def _area(line: Line, path: str, canvas: Canvas) -> str:
    if line.low is not None and line.high is not None and not line.dotted:
        return canvas.ribbon(line.x, line.low, line.high)
    return closed(path) if line.area else ""


def _dots(line: Line, canvas: Canvas) -> Iterator[Dot]:
    for place in np.flatnonzero(np.isfinite(line.y)).tolist():
        x, y = canvas.per_cent(float(line.x[place]), float(line.y[place]))
        name = line.names[place] if line.names else ""
        yield Dot(line.tone, x, y, name, *(_end(canvas, ends, place) for ends in (line.low, line.high)))


def _end(canvas: Canvas, ends: NDArray[np.float64] | None, place: int) -> float | None:
    if ends is None or not np.isfinite(ends[place]):
        return None
    return canvas.per_cent(1.0, float(ends[place]))[1]


def _extent(chart: Chart) -> tuple[float, float]:
    """The lowest and the highest value that must have a place."""
    marks = [mark.value for mark in chart.levels] + [goal.y for goal in chart.goals]
    ends = [end for line in chart.lines for end in (line.low, line.high) if end is not None]
    values = np.concatenate([*(line.present for line in chart.lines), *ends, np.array(marks)])
    values = values[np.isfinite(values)]
    return float(values.min()), float(values.max())


def _placed(labels: Sequence[tuple[float, str]], place: Callable[[float], float]) -> tuple[Tick, ...]:
    return tuple(
        Tick(place(value), label, minor=number % 2 == 1) for number, (value, label) in enumerate(labels)
    )
