"""Tables and indexes of the database under the load: who was read from end to end, grew, or only costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.report import units
from preseason.report.page.tables import Cell, Column, Look, Table
from preseason.report.run.server_tables import figure, row, table
from preseason.verdict.relations import scanned_by, tables_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from preseason.report.run.server_tables import Row
    from preseason.run.indexes import Index
    from preseason.run.reading import Run
    from preseason.run.statements import Statement
    from preseason.verdict.relations import TableUse

_MOST_TABLES, _MOST_INDEXES = 15, 20
_TABLES = "What was done to the tables: those that were read from end to end most, then the largest"
_INDEXES = "Indexes that only cost: every write keeps them up, and nothing uses them"
_TABLE = (
    "Table",
    "Rows",
    "Size",
    "Grew by",
    "Scans from end to end",
    "Rows they read",
    "Scans by index",
    "Rows written",
    "Dead rows",
)


def tables(run: Run) -> tuple[Table, ...]:
    """Of tables, and of indexes that only cost; nothing where they were not sampled."""
    return (*_of_tables(tables_of(run.samples), run.statements), *_of_indexes(run.indexes))


def _of_tables(used: Sequence[TableUse], statements: Mapping[str, Statement]) -> Iterator[Table]:
    if rows := [_table(one, statements) for one in used[:_MOST_TABLES]]:
        yield table(_TABLES, _TABLE, rows, _TABLE.index("Rows they read"))


def _table(used: TableUse, statements: Mapping[str, Statement]) -> Row:
    return row(
        used.name,
        figure(used.live_rows),
        figure(used.size_bytes, units.size),
        figure(used.grown_bytes, units.size),
        figure(used.seq_scans, alarm=used.may_lack_index),
        figure(used.seq_rows),
        figure(used.idx_scans),
        figure(used.rows_written),
        figure(used.dead_rows, alarm=used.awaits_vacuum),
        remark="; ".join(_remarks(used, statements)),
    )


def _remarks(used: TableUse, statements: Mapping[str, Statement]) -> Iterator[str]:
    if used.may_lack_index:
        filters = scanned_by(used.name, statements)
        yield f"may lack an index{f' for {filters[0]}' if filters else ''}"
    if used.awaits_vacuum:
        age_s = used.autovacuum_age_s
        came = "never came" if age_s is None else f"last came {units.duration(age_s)} before"
        yield f"autovacuum is due from {units.count(used.dead_rows_allowed)} dead rows on, and {came}"
    if used.autovacuums:
        yield f"vacuumed {units.count(used.autovacuums)}× meanwhile"


def _of_indexes(indexes: Sequence[Index]) -> Iterator[Table]:
    costing = [index for index in indexes if index.is_unused or not index.is_valid]
    if not costing:
        return
    left_out = len(costing) - _MOST_INDEXES
    more = f". {left_out} smaller ones are not shown" if left_out > 0 else ""
    columns = (Column("Index"), Column("Size", number=True), Column("State"))
    rows = tuple(_index(index) for index in costing[:_MOST_INDEXES])
    yield Table(f"{_INDEXES}{more}", columns, rows, (1, True))


def _index(index: Index) -> Row:
    size = figure(index.size_bytes, units.size)
    return row(index.name, size, _state(index), remark=f"on {index.table}")


def _state(index: Index) -> Cell:
    if not index.is_valid:
        return Cell("invalid: its building failed", look=Look.BAD)
    since_s = index.counted_since_s
    since = "scans are counted" if since_s is None else units.utc(since_s)
    return Cell(f"unused since {since}")
