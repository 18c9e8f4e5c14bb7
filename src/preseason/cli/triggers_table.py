"""The answer of ``preseason triggers`` on a terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from preseason.report.trigger_report import TriggerReport

_WIDTH = 140
_COLOURS = {"in time": "green", "quiet": "green", "late": "red", "never": "red", "false alarm": "yellow"}


def console_of_answers() -> Console:
    """As wide as the terminal, or as a page where it goes elsewhere."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else _WIDTH, highlight=False, soft_wrap=True)


def say(report: TriggerReport) -> None:
    """Print what became of each trigger, and what is recommended."""
    from rich.text import Text

    from preseason.planning.triggers import MEANINGS
    from preseason.report import triggers

    console = console_of_answers()
    for sentence in triggers.invalid(report.runs):
        console.print(Text(sentence, style="bold magenta"))
    for sentence in (triggers.suffering_of(one.rehearsal) for one in report.runs):
        console.print(Text(sentence))
    console.print(_table(report))
    for sentence in triggers.remarks(report.found):
        console.print(Text(sentence))
    for timing in dict.fromkeys(one.timing for one in report.found):
        console.print(Text(f"{timing}: {MEANINGS[timing]}", style="dim"))
    for found in report.sweeps:
        console.print(Text(triggers.advice(found, report.time_scale)))
    for sentence in triggers.assumptions(report.scale_up_s, report.time_scale):
        console.print(Text(sentence, style="dim"))


def _table(report: TriggerReport) -> Any:  # noqa: ANN401 - rich is imported late
    from rich.table import Table
    from rich.text import Text

    from preseason.report import triggers

    several = len(report.runs) > 1
    table = Table(box=None, pad_edge=False)
    lost = "requests lost" if report.scale_up_s == 0 else "requests lost before help"
    for column in (*(["run"] if several else []), "trigger", "", "fired", "at a load of", "lead", lost):
        table.add_column(column, header_style="dim", no_wrap=True)
    for row in map(triggers.row, report.found):
        timing = Text(row.timing, style=_COLOURS.get(row.timing, "magenta"))
        cells = (row.rule, timing, row.fired, row.load, row.lead, row.lost)
        table.add_row(*([row.run] if several else []), *cells)
    return table
