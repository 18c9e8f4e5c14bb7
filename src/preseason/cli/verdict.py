"""How a verdict is said on a terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from preseason.report.run import endurance
from preseason.report.units import quantity
from preseason.verdict.model import AlertState, Outcome

if TYPE_CHECKING:
    from pathlib import Path

    from preseason.verdict.model import Verdict

#: Where there is no terminal to fit into: wide enough for an objective of an endpoint.
_WIDTH = 120
_COLOURS = {"PASS": "green", "FAIL": "red", "INVALID": "red", "WAIVED": "cyan"}


def say_verdict(verdict: Verdict, folder: Path, files: tuple[Path, ...]) -> None:
    """Print each objective, why those stand that do not pass, what was found, the verdict and its files."""
    width = None if sys.stdout.isatty() else _WIDTH
    console = Console(file=sys.stdout, width=width, highlight=False, soft_wrap=True)
    console.print(_objectives(verdict))
    for result in verdict.objectives:
        if result.outcome != Outcome.PASS:
            needs = f" It needs {result.needs}." if result.needs else ""
            console.print(Text(f"{result.outcome} {result.name}: {result.reason}.{needs}"))
    for reason in verdict.validity.reasons:
        console.print(Text(f"INVALID {reason}", style=colour("INVALID")))
    for alert in verdict.alerts:
        if alert.state is AlertState.FIRED:
            console.print(Text(f"alert: {alert.level} {alert.name} {alert.reason}"))
    for line in endurance.lines(verdict.endurance) if verdict.endurance is not None else ():
        console.print(Text(line))
    for finding in verdict.findings:
        console.print(Text(f"found: {finding.title}"))
    console.print(Text(f"{verdict.verdict}: {verdict.sentence}", style=f"bold {colour(verdict.verdict)}"))
    for path in (folder, *files):
        console.print(Text(f"  {path}", style="dim"))


def _objectives(verdict: Verdict) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("outcome", "objective", "measured", "interval"):
        table.add_column(column, header_style="dim", no_wrap=True)
    for result in verdict.objectives:
        low, high = (quantity(bound, result.unit) for bound in (result.low, result.high))
        known = result.low is not None or result.high is not None
        table.add_row(
            Text(result.outcome, style=colour(result.outcome)),
            Text(result.name if result.required else f"{result.name} (advisory)"),
            Text(quantity(result.point, result.unit, apart_from=result.limit)),
            Text(f"{low} … {high}" if known else ""),
        )
    return table


def colour(outcome: str) -> str:
    """The colour of an outcome or a verdict."""
    return _COLOURS.get(outcome, "yellow")
