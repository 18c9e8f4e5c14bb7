"""Horizontal axes: of time, of numbers, of percentiles, of things in a row."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from preseason.report import plain, units
from preseason.report.charts import ticks
from preseason.slo.model import Unit

if TYPE_CHECKING:
    from collections.abc import Sequence

#: More names than these do not fit below a chart; every second, third … is written.
_MOST_NAMES = 8
_LONGEST_NAME = 24


class XKind(StrEnum):
    """How a place on the axis is told: the page's script reads it."""

    CLOCK = "clock"
    NUMBER = "number"
    PERCENTILE = "percentile"
    NAMES = "names"


@dataclass(frozen=True, slots=True)
class XAxis:
    """The horizontal axis: its ends, and its labels where they stand. ``title`` says what it counts.

    On an axis of ``NAMES``, x is a place in ``names``.
    """

    start: float
    end: float
    labels: tuple[tuple[float, str], ...]
    logarithmic: bool = False
    kind: XKind = XKind.NUMBER
    unit: str = Unit.COUNT
    title: str = ""
    names: tuple[str, ...] = ()


def clock_axis(length_s: float) -> XAxis:
    """Seconds since something began, told as on a clock."""
    return XAxis(0.0, length_s, ticks.moments(length_s), kind=XKind.CLOCK)


def number_axis(
    lowest: float, highest: float, title: str, unit: str = Unit.COUNT, *, logarithmic: bool = False
) -> XAxis:
    """An axis of numbers with round ends at or beyond ``lowest`` and ``highest``.

    A logarithmic one needs both above zero.
    """
    if logarithmic:
        marks = ticks.logarithmic(lowest, highest if highest > lowest else 2 * lowest)
    else:
        marks = ticks.round_numbers(lowest, highest if highest > lowest else lowest + 1, unit)
    labels = tuple((mark, units.quantity(mark, unit)) for mark in marks)
    return XAxis(marks[0], marks[-1], labels, logarithmic, unit=unit, title=title)


def named_axis(names: Sequence[str], title: str) -> XAxis:
    """Things in a row, as runs by their day; half a place of room at either end."""
    told = tuple(plain.short(name, _LONGEST_NAME) for name in names)
    step = -(-len(told) // _MOST_NAMES) or 1
    labels = tuple((float(place), told[place]) for place in range(0, len(told), step))
    return XAxis(-0.5, max(len(told), 1) - 0.5, labels, kind=XKind.NAMES, title=title, names=told)
