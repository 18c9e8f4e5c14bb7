"""The answer of ``preseason triggers simulate`` on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.cli.triggers_table import console_of_answers

if TYPE_CHECKING:
    from rich.console import Console

    from preseason.planning.triggers.autoscaling import Simulated
    from preseason.planning.triggers.theory import Stretch


def say(found: Simulated, stretches: tuple[Stretch, ...]) -> None:
    """Print what came of the load, when instances came and went, and what theory says to it."""
    from rich.text import Text

    from preseason.report.triggers import simulated

    console = console_of_answers()
    for sentence in simulated.sentences(found):
        console.print(Text(sentence))
    _say_changes(console, found)
    _say_theory(console, stretches)


def _say_changes(console: Console, found: Simulated) -> None:
    from rich.table import Table
    from rich.text import Text

    from preseason.report.triggers import simulated

    if not found.changes:
        console.print(Text("no trigger fired: the instances stayed as they were"))
        return
    table = Table(box=None, pad_edge=False)
    for column in ("at", "instances", "at a load of", "because of"):
        table.add_column(column, header_style="dim", no_wrap=True)
    for one in found.changes:
        table.add_row(*simulated.change(one))
    console.print(table)


def _say_theory(console: Console, stretches: tuple[Stretch, ...]) -> None:
    from rich.table import Table
    from rich.text import Text

    from preseason.report.triggers import simulated

    rows = simulated.theory_rows(stretches)
    if not rows:
        console.print(Text(simulated.NO_THEORY, style="dim"))
        return
    table = Table(box=None, pad_edge=False)
    for column in ("where nothing changed", "", "Erlang C", "simulated", "99 % sure between", ""):
        table.add_column(column, header_style="dim", no_wrap=True)
    for row in rows:
        agrees = Text("agrees", style="green") if row.agrees else Text("differs", style="yellow")
        table.add_row(row.stretch, row.figure, row.theory, row.simulated, row.bounds, agrees)
    console.print(table)
