"""The tables that tell of servers: a name in each row, then figures that can be sorted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.report import units
from preseason.report.page.tables import Cell, Column, Look, Table, number

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Row = tuple[Cell, ...]


def figure(
    value: float | None, written: Callable[[float | None], str] = units.count, *, alarm: bool = False
) -> Cell:
    """A number as people read it; a dash where there is none. ``alarm`` where it asks for something."""
    return number(written(value), value, look=Look.BAD if alarm else Look.PLAIN)


def row(name: str, *cells: Cell, remark: str = "") -> Row:
    """``remark`` stands below the name, in small."""
    return (Cell(name, remark=remark, look=Look.CODE), *cells)


def table(caption: str, heads: Sequence[str], rows: Sequence[Row], falling: int = 1) -> Table:
    """``heads`` are those of the name and of each figure; rows come falling by the column ``falling``."""
    columns = tuple(Column(head, number=place > 0) for place, head in enumerate(heads))
    return Table(caption, columns, tuple(rows), (falling, True))
