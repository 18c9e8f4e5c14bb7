"""The statements of the database as a table, each with its text and its plan folded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.report import units
from preseason.report.page.parts import Absent
from preseason.report.page.tables import Cell, Column, Look, Table, number
from preseason.report.run import servers
from preseason.verdict.findings.followers import callers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preseason.report.page.parts import Part
    from preseason.report.run.servers import StatementRow
    from preseason.run.reading import Run

#: So many characters of a statement are shown before it is opened.
SHORT = 140
_WHOLE = "The whole statement"
_PLAN = "Its plan"
_HEADS = (
    "Statement",
    "Calls",
    "Each",
    "Together",
    "Share",
    "Rows",
    "Blocks hit",
    "Blocks read",
    "Temporary blocks",
    "Log",
)
_CAPTION = (
    "The statements that took most of the database's time during the load, and those that lead by another "
    "column: a head sorts by it. The planner was asked for plans without the values; nothing was executed"
)
_NONE = (
    "no statement statistics were collected. They need the pg_stat_statements extension and a role that may "
    "read it"
)


def parts(run: Run) -> Iterator[Part]:
    """The table, or why there is none."""
    found = servers.statements(run.samples, run.statements, callers(run))
    if not found:
        yield Absent(_NONE)
        return
    columns = tuple(Column(head, number=place > 0) for place, head in enumerate(_HEADS))
    yield Table(_CAPTION, columns, tuple(map(_cells, found)), (_HEADS.index("Together"), True))


def folded(text: str, plan: str) -> tuple[tuple[str, str], ...]:
    """What of a statement opens at a press: the whole of a long one, and how Postgres would run it."""
    whole = ((_WHOLE, text),) if len(text) > SHORT else ()
    return (*whole, *(((_PLAN, plan),) if plan else ()))


def _cells(row: StatementRow) -> tuple[Cell, ...]:
    return (
        _named(row),
        number(units.count(row.calls), row.calls),
        number(units.milliseconds(row.mean_ms), row.mean_ms),
        number(units.milliseconds(row.total_ms), row.total_ms),
        Cell(units.percent(row.share), row.share, share=row.share),
        number(units.count(row.rows), row.rows),
        number(units.count(row.blocks_hit), row.blocks_hit),
        number(units.count(row.blocks_read), row.blocks_read),
        number(units.count(row.temp_blocks), row.temp_blocks),
        number(units.size(row.wal_bytes), row.wal_bytes),
    )


def _named(row: StatementRow) -> Cell:
    told = [f"id {row.queryid}"]
    told += [] if row.whole else ["counters were reset meanwhile, so this is less than the whole"]
    told += [f"its calls moved with {', '.join(row.callers)}"] if row.callers else []
    if not row.text:
        return Cell("text not collected", remark="; ".join(told))
    unfolds = folded(row.text, row.plan)
    return Cell(row.text, remark="; ".join(told), look=Look.SQL, folded=unfolds, length=SHORT)
