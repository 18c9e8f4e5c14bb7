"""``preseason show``: what a run recorded, judged or not."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from preseason.run.reading import Run
    from preseason.verdict.endpoints import EndpointSummary

#: Where there is no terminal to fit into.
_WIDTH = 120
_LONGEST = 300
_GAP = "  "
_HEADS = ("requests", "errors", "p50 ms", "p95 ms", "p99 ms", "max ms")


def command(
    run: Annotated[str, typer.Argument(help="A run id, a run's folder, or 'latest'.")] = "latest",
    out: Annotated[Path, typer.Option(envvar="PRESEASON_OUT", help="Where runs are.")] = Path("reports"),
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Show what a run recorded, endpoint by endpoint; times in milliseconds."""
    from preseason.run.reading import find_run, read_run
    from preseason.verdict.endpoints import summarise

    found = read_run(find_run(run, out))
    endpoints = summarise(found)
    if as_json:
        json.dump(document(found, endpoints), sys.stdout, indent=2)
        print()
    else:
        _say(found, endpoints)


def document(run: Run, endpoints: tuple[EndpointSummary, ...]) -> dict[str, Any]:
    """The run as JSON: its manifest's facts and a summary of each endpoint."""
    return {
        "version": 1,
        "run": run.manifest.run_id,
        "status": run.manifest.status,
        "is_abandoned": run.is_abandoned,
        "target": run.manifest.target.url,
        "started_at": run.manifest.started_at.isoformat(),
        "endpoints": [asdict(endpoint) for endpoint in endpoints],
    }


def _say(run: Run, endpoints: tuple[EndpointSummary, ...]) -> None:
    from rich.console import Console
    from rich.text import Text

    from preseason.report import plain

    width = None if sys.stdout.isatty() else _WIDTH
    console = Console(width=width, highlight=False, soft_wrap=True)
    status = "killed" if run.is_abandoned else run.manifest.status
    target = plain.clean(run.manifest.target.url)
    console.print(Text(f"run {run.manifest.run_id} ({status}) against {target}"))
    heads, *rows = table_within(endpoints, console.width)
    console.print(Text(heads, style="dim"))
    for row in rows:
        console.print(Text(row))


def table_within(endpoints: Sequence[EndpointSummary], width: int) -> Iterator[str]:
    """Heads and a line an endpoint; a name that leaves ``width`` no room for its figures has them on the next
    line: cut anywhere, it would be no name anymore.
    """
    from preseason.report import plain

    names = ["endpoint", *(plain.short(f"{one.method} {one.name}", _LONGEST) for one in endpoints)]
    figures = _aligned([_HEADS, *map(_figures, endpoints)])
    longest = max(width - len(figures[0]) - len(_GAP), len(names[0]))
    column = max(len(name) for name in names if len(name) <= longest)
    for name, row in zip(names, figures, strict=True):
        if len(name) > column:
            yield name
        yield f"{name if len(name) <= column else '':<{column}}{_GAP}{row}"


def _figures(endpoint: EndpointSummary) -> tuple[str, ...]:
    latency = endpoint.response
    times = (latency.p50, latency.p95, latency.p99, latency.max)
    shown = ("–" if time is None else f"{time:.1f}" for time in times)
    return (str(endpoint.requests), str(endpoint.errors), *shown)


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Each row as a line, in columns that end below each other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [_GAP.join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
