"""How a check is said on a terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from preseason.report import check as told
from preseason.report import units
from preseason.report.plain import short
from preseason.verdict.check.model import Status, WatchReport

if TYPE_CHECKING:
    from preseason.report.check import Line, Trouble
    from preseason.verdict.check.model import CheckReport
    from preseason.verdict.check.watching import Change

#: Where there is no terminal to fit into.
_WIDTH = 120
_COLOURS = {
    Status.OK: "green",
    Status.WARN: "yellow",
    Status.FAIL: "bold red",
    Status.NO_DATA: "magenta",
    Status.SKIPPED: "dim",
}


def console(file: TextIO | None = None) -> Console:
    """A console as wide as the terminal, or wide enough for every row."""
    out = file or sys.stdout
    width = None if out.isatty() else _WIDTH
    return Console(file=out, width=width, highlight=False, soft_wrap=True)


def say(report: CheckReport | WatchReport, out: Console) -> None:
    """The table, what is wrong and what leads out, and the sum."""
    if isinstance(report, WatchReport):
        rows, troubles = told.watched_lines(report), told.watched_troubles(report)
        out.print(_table(rows, "rounds without a failure", "share and its 95 % bounds"))
    else:
        rows, troubles = told.lines(report), told.troubles(report)
        out.print(_table(rows, "measured", "limit"))
    for trouble in troubles:
        _say_trouble(trouble, out)
    out.print(_sum(report))


def say_change(change: Change, out: Console) -> None:
    """A line for one check that is no longer what it was."""
    was = f" (was {change.before})" if change.before else ""
    reason = f": {short(change.row.cause, 200)}" if change.row.cause else ""
    out.print(
        Text.assemble(
            (f"{units.utc_time(change.at_s)} ", "dim"),
            (f"{change.row.status:<7}", _COLOURS[change.row.status]),
            f" {change.row.name}{was}{reason}",
        )
    )


def say_restart(at_s: float, sentence: str, out: Console) -> None:
    """A line for a target that began anew."""
    out.print(Text.assemble((f"{units.utc_time(at_s)} ", "dim"), ("NOTE   ", "cyan"), f" {short(sentence)}"))


def _table(rows: list[Line], measured: str, limit: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("status", "about", "check", measured, limit):
        table.add_column(column, header_style="dim", no_wrap=True)
    before = ""
    for row in rows:
        table.add_row(
            Text(row.status, style=_COLOURS[row.status]),
            Text("" if row.topic == before else row.topic, style="dim"),
            Text(row.name),
            Text(row.measured),
            Text(row.limit, style="dim"),
        )
        before = row.topic
    return table


def _say_trouble(trouble: Trouble, out: Console) -> None:
    source = f" [{trouble.source}]" if trouble.source else ""
    out.print(
        Text.assemble(
            (f"{trouble.status} ", _COLOURS[trouble.status]), f"{trouble.name}: {trouble.cause}{source}"
        )
    )
    if trouble.remedy:
        out.print(Text(f"    {trouble.remedy}", style="dim"))


def _sum(report: CheckReport | WatchReport) -> Text:
    took = units.duration(report.ended_s - report.began_s)
    if isinstance(report, WatchReport):
        how = f"{report.rounds} rounds in {took}" + (", interrupted" if report.interrupted else "")
        times = "once" if report.restarts == 1 else f"{report.restarts} times"
        restarts = f"; it began anew {times}" if report.restarts else ""
        facts = f"{how}{restarts}"
    else:
        version = f", version {short(report.platform_version, 40)}" if report.platform_version else ""
        facts = f"in {took}{version}"
    return Text(f"{report.target}: {report.sentence} ({facts})", style="bold")
