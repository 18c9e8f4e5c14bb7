"""The answer of ``preseason triggers`` on a terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from preseason.planning.triggers.backtest import Rehearsed
    from preseason.report.triggers.report import TriggerReport

_WIDTH = 140
_COLOURS = {"in time": "green", "quiet": "green", "late": "red", "never": "red", "false alarm": "yellow"}


def console_of_answers() -> Console:
    """As wide as the terminal, or as a page where it goes elsewhere."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else _WIDTH, highlight=False, soft_wrap=True)


def say(report: TriggerReport) -> None:
    """Print what became of each trigger, and what is recommended."""
    from rich.text import Text

    from preseason.planning.triggers.backtest import MEANINGS
    from preseason.report.triggers import rows as triggers

    console = console_of_answers()
    for sentence in triggers.invalid(report.runs):
        console.print(Text(sentence, style="bold magenta"))
    for one in report.runs:
        console.print(Text(triggers.suffering_of(one.rehearsal)))
        console.print(_table(one, report.scale_up_s))
        console.print()
    for sentence in triggers.remarks(report.found):
        console.print(Text(sentence))
    for timing in dict.fromkeys(found.timing for found in report.found):
        console.print(Text(f"{timing}: {MEANINGS[timing]}", style="dim"))
    for swept in report.sweeps:
        console.print(Text(triggers.advice(swept, report.time_scale)))
    for sentence in triggers.assumptions(report.scale_up_s, report.time_scale):
        console.print(Text(sentence, style="dim"))


def _table(one: Rehearsed, scale_up_s: float) -> Any:  # noqa: ANN401 - rich is imported late
    from rich.table import Table
    from rich.text import Text

    from preseason.report.triggers import rows as triggers

    table = Table(box=None, pad_edge=False)
    lost = "requests lost" if scale_up_s == 0 else "requests lost before help"
    for column in ("trigger", "", "fired", "at a load of", "lead", lost):
        table.add_column(column, header_style="dim", no_wrap=True)
    for row in map(triggers.row, one.found):
        timing = Text(row.timing, style=_COLOURS.get(row.timing, "magenta"))
        table.add_row(row.rule, timing, row.fired, row.load, row.lead, row.lost)
    return table
