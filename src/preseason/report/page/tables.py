"""Tables as data: a page says what stands in them, and one macro gives them their form."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from preseason.report.interval_bar import IntervalBar


class Look(StrEnum):
    """How a cell's text is set."""

    PLAIN = ""
    STRONG = "strong"
    CODE = "code"
    BAD = "bad"
    BADGE = "badge"
    SQL = "sql"


@dataclass(frozen=True, slots=True)
class Column:
    """``number`` columns are set to the right and sort by their cells' values, others by their texts."""

    head: str
    number: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: ``value`` is what a number column sorts by, ``remark`` stands below in small print.

    Of a ``BADGE``, ``tone`` is the outcome whose colours it has; left empty, they are those of its own word.
    ``bar`` is drawn below the text, and so is ``share``, a ratio 0-1. ``folded`` opens at a press: its words,
    and lines of text.
    """

    text: str
    value: float | None = None
    remark: str = ""
    look: Look = Look.PLAIN
    tone: str = ""
    bar: IntervalBar | None = None
    share: float | None = None
    folded: tuple[tuple[str, str], ...] = ()
    length: int = 160


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under their columns; the first cell of a row names it.

    ``sorted_by`` is the column that the rows come sorted by, and whether they fall; without it, the table
    cannot be sorted by a press on a heading. On a phone, the cells of a ``stacked`` row stand one below the
    other: what it comes to stands in a column that would be out of sight.
    """

    kind: ClassVar[str] = "table"
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    sorted_by: tuple[int, bool] | None = None
    narrow: bool = False
    stacked: bool = False


def number(text: str, value: float | None, remark: str = "", look: Look = Look.PLAIN) -> Cell:
    """A cell of a number column."""
    return Cell(text, value, remark, look)


def badge(word: str, tone: str = "", remark: str = "") -> Cell:
    """A cell with a badge."""
    return Cell(word, None, remark, Look.BADGE, tone)
