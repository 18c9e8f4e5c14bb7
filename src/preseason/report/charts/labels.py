"""Where the labels within a chart stand: at the line they name, and where the fewest points are.

Sizes are in per cent of the box, as for a chart of a whole page, of half of it, and on a phone. There, labels
may still meet a curve; they are drawn above it, with an edge.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from preseason.report.charts.canvas import Canvas
    from preseason.report.charts.model import Chart, Line, Upright

T = TypeVar("T")

#: A letter in a chart as wide as the page, in one of half of it, and on a phone.
_LETTER, _WIDE_LETTER, _PHONE_LETTER = 0.6, 1.3, 2.3
_WHOLE_FIRST = 3.0
_ROW = 9.0
_GAP, _DOT = 1.0, 1.5
_ROWS = 5
_MIDDLE = 66.0
#: What stands in a label's way, in short pieces of a curve: another label is worse than any noise.
_EACH_DOT, _POST, _LEVEL, _LABEL, _OUTSIDE = 10.0, 2.0, 10.0, 1e4, 1e5
_LABEL_ON_A_PHONE = 1e3
#: Where the label of a level may stand: at which per cent, and whether it ends there. The first is the best.
_PLACES = tuple(
    (100.0 - inwards if left else inwards, left)
    for inwards in (0.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0)
    for left in (True, False)
)
#: Curves are looked at in so many places.
_LOOKS = 401


@dataclass(frozen=True, slots=True)
class Post:
    """An upright line at ``at`` per cent; its label ``left`` of it or not, in a ``row`` from the top."""

    kind: str
    at: float
    label: str
    left: bool = False
    row: int = 0


@dataclass(frozen=True, slots=True)
class LevelMark:
    """A level line at ``at`` per cent from the top; its label ``above`` it or below, from ``x`` on or to."""

    at: float
    label: str
    x: float = 100.0
    left: bool = True
    above: bool = True


@dataclass(frozen=True, slots=True)
class _Box:
    left: float
    right: float
    top: float
    bottom: float

    def meets(self, other: _Box) -> bool:
        beside = self.right < other.left or other.right < self.left
        return not beside and self.top < other.bottom and other.top < self.bottom

    @property
    def is_outside(self) -> bool:
        return (
            self.left < -_GAP or self.right > 100 + _GAP or self.top < -_ROW / 2 or self.bottom > 100 + _GAP
        )


@dataclass(frozen=True, slots=True)
class _Place:
    """A text of so many letters that begins at x, or ends there."""

    x: float
    left: bool
    top: float
    bottom: float
    letters: int

    def box(self, letter: float) -> _Box:
        width = self.letters * letter
        return _Box(
            self.x - width if self.left else self.x,
            self.x if self.left else self.x + width,
            self.top,
            self.bottom,
        )


class Places:
    """Gives each label of a chart its place, one after the other, so that they leave each other room."""

    def __init__(self, chart: Chart, canvas: Canvas, posts: Iterable[float], levels: Iterable[float]) -> None:
        found = [pieces for line in chart.lines for pieces in _pieces(line, canvas)]
        found += [_dots(canvas.places(np.array([goal.x]), np.array([goal.y]))) for goal in chart.goals]
        self._pieces = np.concatenate([*found, np.empty((0, 4))])
        self._posts, self._levels = tuple(posts), tuple(levels)
        self._taken: list[_Box] = []
        self._taken_on_a_phone: list[_Box] = []

    def post(self, one: Upright, at: float) -> Post:
        """Beside its line, in the topmost row that is free."""
        if not one.label:
            return Post(one.kind, at, one.label)
        sides = (True, False) if at > _MIDDLE else (False, True)
        return self._best(
            (
                Post(one.kind, at, one.label, left, row),
                _Place(at - _GAP if left else at + _GAP, left, row * _ROW, (row + 1) * _ROW, len(one.label)),
            )
            for row in range(_ROWS)
            for left in sides
        )

    def level(self, label: str, at: float) -> LevelMark:
        """Above its line or below, at the right if that is free."""
        return self._best(
            (
                LevelMark(at, label, x, left, above),
                _Place(
                    x,
                    left,
                    at - _ROW - _GAP if above else at + _GAP,
                    at - _GAP if above else at + _ROW + _GAP,
                    len(label),
                ),
            )
            for x, left in _PLACES
            for above in (True, False)
        )

    def _best(self, candidates: Iterable[tuple[T, _Place]]) -> T:
        """The first of those that least stands in the way of, on a whole page before all."""
        chosen, place = min(
            candidates,
            key=lambda one: (
                _WHOLE_FIRST * self._in_the_way(one[1].box(_LETTER))
                + self._in_the_way(one[1].box(_WIDE_LETTER))
                + self._met_on_a_phone(one[1].box(_PHONE_LETTER))
            ),
        )
        self._taken.append(place.box(_WIDE_LETTER))
        self._taken_on_a_phone.append(place.box(_PHONE_LETTER))
        return chosen

    def _met_on_a_phone(self, box: _Box) -> float:
        return _LABEL_ON_A_PHONE * sum(box.meets(other) for other in self._taken_on_a_phone)

    def _in_the_way(self, box: _Box) -> float:
        x, top, bottom, weight = self._pieces.T
        beside = (x > box.left - _DOT) & (x < box.right + _DOT)
        near = beside & (bottom > box.top - _DOT) & (top < box.bottom + _DOT)
        return (
            float(weight[near].sum())
            + _LABEL * sum(box.meets(other) for other in self._taken)
            + _POST * sum(box.left < at < box.right for at in self._posts)
            + _LEVEL * sum(box.top < at < box.bottom for at in self._levels)
            + _OUTSIDE * box.is_outside
        )


def _pieces(line: Line, canvas: Canvas) -> Iterator[NDArray[np.float64]]:
    """What is drawn of a line, in rows: x, from which height to which, and how much it is in the way."""
    known = np.isfinite(line.x) & np.isfinite(line.y)
    places = canvas.places(line.x[known], line.y[known])
    if line.dotted:
        yield _dots(places)
    if line.joined and len(places) > 1:
        x, y = places[np.argsort(places[:, 0], kind="stable")].T
        looks = np.union1d(x, np.linspace(x[0], x[-1], _LOOKS))
        heights = np.interp(looks, x, y)
        lower, upper = np.minimum(heights[:-1], heights[1:]), np.maximum(heights[:-1], heights[1:])
        yield np.column_stack([looks[1:], lower, upper, np.ones(len(looks) - 1)])


def _dots(places: NDArray[np.float64]) -> NDArray[np.float64]:
    x, y = places.T
    return np.column_stack([x, y, y, np.full(len(x), _EACH_DOT)])


def placed(
    chart: Chart,
    canvas: Canvas,
    uprights: Sequence[tuple[Upright, float]],
    levels: Sequence[tuple[str, float]],
) -> tuple[tuple[Post, ...], tuple[LevelMark, ...]]:
    """The uprights at their per cents across, and the levels at theirs from the top, with their labels."""
    places = Places(chart, canvas, [at for _, at in uprights], [at for _, at in levels])
    posts = tuple(places.post(one, at) for one, at in uprights)
    return posts, tuple(places.level(label, at) for label, at in levels)
