"""``preseason capacity costs``: what a run says could be cheaper."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from preseason.planning.plan.saving import Savings

_WIDTH = 150


def command(
    run: Annotated[str, typer.Argument(help="A run id, a run's folder, or 'latest'.")] = "latest",
    out: Annotated[Path, typer.Option(envvar="PRESEASON_OUT", help="Where runs are.")] = Path("reports"),
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Say what could be cheaper: dear statements, unused indexes, idle connections, cache misses."""
    from preseason.planning.plan.savings import savings
    from preseason.run.reading import find_run, read_run

    folder = find_run(run, out)
    found = savings(read_run(folder))
    if as_json:
        document = {"version": 1, "run": folder.name, **asdict(found)}
        json.dump(document, sys.stdout, indent=2, allow_nan=False)
        print()
    else:
        _say(folder.name, found)


def _say(run: str, found: Savings) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from preseason.report.capacity import savings

    console = Console(width=None if sys.stdout.isatty() else _WIDTH, highlight=False)
    console.print(Text(f"What run {run} shows could be cheaper", style="bold"))
    console.print()
    for title, chosen in savings.by_kind(found):
        table = Table(box=None, pad_edge=False, title=title, title_justify="left", title_style="bold")
        for place, head in enumerate(savings.HEADS):
            table.add_column(head, header_style="dim", no_wrap=place in {1, 2, 3}, overflow="fold")
        for one in chosen:
            table.add_row(*(Text(cell) for cell in savings.cells(one)))
        console.print(table)
        console.print()
    for reason in found.untold:
        console.print(Text(f"not told: {reason}"))
