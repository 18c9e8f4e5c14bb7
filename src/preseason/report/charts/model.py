"""What a chart says, before it is drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray


class Tone(StrEnum):
    """The colours of lines, by the role they play; their values stand in ``style.css``."""

    MAIN = "main"
    STRONG = "strong"
    THIRD = "third"
    FOURTH = "fourth"
    FIFTH = "fifth"
    QUIET = "quiet"


class Shape(StrEnum):
    """How a line's points are shown: joined, joined by steps, each by itself, or each and joined."""

    CURVE = "curve"
    STEPS = "steps"
    DOTS = "dots"
    LINKED = "linked"


@dataclass(frozen=True, slots=True)
class Line:
    """A curve: ``x`` in the axis' unit, ``y`` in the chart's; NaN in ``y`` interrupts it.

    ``figure`` is the one number that sums it up, as text with its meaning ("mean 398/s"). ``low`` and
    ``high`` are the ends of each point's interval: a ribbon about a curve, a whisker at a dot. ``names``
    name the points.
    """

    label: str
    tone: Tone
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    figure: str = ""
    shape: Shape = Shape.CURVE
    area: bool = False
    low: NDArray[np.float64] | None = None
    high: NDArray[np.float64] | None = None
    names: tuple[str, ...] = ()

    @property
    def joined(self) -> bool:
        return self.shape is not Shape.DOTS

    @property
    def dotted(self) -> bool:
        return self.shape in {Shape.DOTS, Shape.LINKED}

    @property
    def present(self) -> NDArray[np.float64]:
        """The values that are there."""
        values: NDArray[np.float64] = self.y[np.isfinite(self.y)]
        return values

    @property
    def highest(self) -> float | None:
        """The highest of them; None where there is none."""
        return float(self.present.max()) if len(self.present) else None


@dataclass(frozen=True, slots=True)
class Level:
    """A height that matters: an objective's limit, or the capacity of a resource."""

    label: str
    value: float


@dataclass(frozen=True, slots=True)
class Upright:
    """A place on the x axis that matters, drawn through the whole chart: a fault, a capacity, a change point.

    ``kind`` is its style: ``moment``, ``finding`` or ``limit``. Without a label, the page names it elsewhere.
    """

    kind: str
    x: float
    label: str = ""


@dataclass(frozen=True, slots=True)
class Goal:
    """A point the curve has to pass on its good side: right of it or below."""

    label: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch of the x axis that is marked: the warm-up, a gap in a source. ``kind`` is its style."""

    kind: str
    start: float
    end: float
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines in one unit. Where there is nothing to draw, ``absent`` says why, and that is shown instead.

    ``ceiling`` bounds the axis from above where values cannot pass it (a ratio, 1).
    """

    key: str
    title: str
    unit: str
    lines: tuple[Line, ...] = ()
    levels: tuple[Level, ...] = ()
    goals: tuple[Goal, ...] = ()
    note: str = ""
    absent: str = ""
    from_zero: bool = True
    ceiling: float | None = None

    def without(self, why: str) -> Chart:
        """The chart that says why it shows nothing."""
        return replace(self, absent=why)

    def showing(
        self,
        lines: Iterable[Line],
        *,
        levels: Iterable[Level] = (),
        note: str = "",
        otherwise: str = "too little was recorded to draw",
    ) -> Chart:
        """The chart with the lines that have a point; where none has, the one that says ``otherwise``."""
        seen = tuple(line for line in lines if len(line.present))
        if not seen:
            return self.without(otherwise)
        return replace(self, lines=seen, levels=tuple(levels), note=note)
