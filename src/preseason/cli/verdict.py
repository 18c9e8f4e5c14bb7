"""How a verdict is said on a terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from preseason.report.units import quantity

if TYPE_CHECKING:
    from pathlib import Path

    from preseason.verdict.model import Verdict

_COLOURS = {"PASS": "green", "FAIL": "red", "INVALID": "red", "WAIVED": "cyan"}


def say_verdict(verdict: Verdict, folder: Path, files: tuple[Path, ...]) -> None:
    """Print the verdict, each objective, what was found and where the reports are."""
    console = Console(file=sys.stdout, highlight=False)
    console.print(_objectives(verdict))
    for reason in verdict.validity.reasons:
        console.print(Text(f"invalid: {reason}", style="red"))
    for finding in verdict.findings:
        console.print(Text(f"- {finding.title}"))
    console.print(Text(f"{verdict.verdict}: {verdict.sentence}", style=f"bold {_colour(verdict.verdict)}"))
    console.print(f"run {folder}", soft_wrap=True)
    for path in files:
        console.print(f"    {path}", soft_wrap=True)


def _objectives(verdict: Verdict) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("outcome", "objective", "measured", "interval", "why"):
        table.add_column(column, header_style="dim", overflow="fold")
    for result in verdict.objectives:
        low, high = (quantity(bound, result.unit) for bound in (result.low, result.high))
        table.add_row(
            Text(result.outcome, style=_colour(result.outcome)),
            Text(result.name),
            Text(quantity(result.point, result.unit, apart_from=result.limit)),
            Text(f"{low} … {high}"),
            Text(result.needs or result.reason),
        )
    return table


def _colour(outcome: str) -> str:
    return _COLOURS.get(outcome, "yellow")
