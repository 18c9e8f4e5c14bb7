"""A chart laid out on an axis, with what is marked along it and what it shows in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from preseason.report import plain, units
from preseason.report.charts.drawing import Drawing, draw
from preseason.report.charts.scales import XAxis, XKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from preseason.report.charts.model import Band, Chart, Line, Upright

#: What a letter takes of the axis, in per cent: on a wide page and on a phone.
_LETTER, _LETTER_ON_PHONE = 0.6, 2.4
_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of the axis in per cent of its length."""

    kind: str
    left: float
    width: float
    label: str

    @property
    def fit(self) -> str:
        """Whether the label has room within: on any page, on a ``wide`` one only, or ``nowhere``."""
        per_letter = self.width / max(len(self.label), 1)
        return "" if per_letter > _LETTER_ON_PHONE else "wide" if per_letter > _LETTER else "nowhere"


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart, its geometry (None where it is absent), and what it shows in words."""

    kind: ClassVar[str] = "figure"
    chart: Chart
    x: XAxis
    drawing: Drawing | None
    bands: tuple[Stretch, ...]
    words: str

    @property
    def hover(self) -> dict[str, object]:
        """The axis and the lines' points for the page's script, four digits each."""
        axis = {
            "start": self.x.start,
            "end": self.x.end,
            "logarithmic": self.x.logarithmic,
            "kind": self.x.kind,
            "unit": self.x.unit,
            "names": self.x.names,
        }
        return {"axis": axis, "lines": [_points(line) for line in self.chart.lines]}


def figure_of(chart: Chart, x: XAxis, bands: Sequence[Band] = (), uprights: Sequence[Upright] = ()) -> Figure:
    """The chart on the axis ``x``; ``bands`` and ``uprights`` are in its unit."""
    if chart.absent:
        return Figure(chart, x, None, (), chart.absent)
    stretches = tuple(stretch(band, x) for band in bands)
    return Figure(chart, x, draw(chart, x, uprights), stretches, _words(chart, x))


def stretch(band: Band, x: XAxis) -> Stretch:
    """A band of an even axis as a piece of it."""
    length = x.end - x.start
    left, width = (band.start - x.start) / length * 100, (band.end - band.start) / length * 100
    return Stretch(band.kind, round(left, 2), round(width, 2), band.label)


def _words(chart: Chart, x: XAxis) -> str:
    """What the curves show, for whoever hears the page."""
    told = [_line_words(line, chart.unit, x) for line in chart.lines if len(line.present)]
    limits = [f"{level.label}." for level in chart.levels]
    return " ".join([*told, *limits])


def _line_words(line: Line, unit: str, x: XAxis) -> str:
    low, middle, high = (units.quantity(float(f(line.present)), unit) for f in (np.min, np.median, np.max))
    peak = _place(float(line.x[np.nanargmax(line.y)]), x)
    return f"{line.label}: from {low} to {high}{peak}; half of {_whole(x)} above {middle}."


def _place(at: float, x: XAxis) -> str:
    match x.kind:
        case XKind.CLOCK:
            return f", at {units.clock(at)}"
        case XKind.NAMES:
            return f", at {x.names[round(at)]}"
        case XKind.NUMBER:
            return f", at {units.quantity(at, x.unit)}"
        case _:
            return ""


def _whole(x: XAxis) -> str:
    return "the time" if x.kind is XKind.CLOCK else "the points"


def _points(line: Line) -> dict[str, object]:
    names = [plain.short(name, _LONGEST_NAME) for name in line.names]
    return {"x": _digits(line.x), "y": _digits(line.y), "names": names}


def _digits(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> list[float | None]:
    return [float(f"{value:.4g}") if np.isfinite(value) else None for value in values.tolist()]
