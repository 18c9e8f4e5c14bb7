"""``preseason show``: what a run recorded, judged or not."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from preseason.run.reading import Run
    from preseason.verdict.endpoints import EndpointSummary


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
    from rich.table import Table

    console = Console(highlight=False)
    status = "killed" if run.is_abandoned else run.manifest.status
    console.print(f"run {run.manifest.run_id} ({status}) against {run.manifest.target.url}")
    table = Table(box=None, pad_edge=False)
    table.add_column("endpoint", header_style="dim")
    for column in ("requests", "errors", "p50 ms", "p95 ms", "p99 ms", "max ms"):
        table.add_column(column, header_style="dim", justify="right")
    for endpoint in endpoints:
        latency = endpoint.response
        figures = (latency.p50, latency.p95, latency.p99, latency.max)
        table.add_row(
            f"{endpoint.method} {endpoint.name}",
            str(endpoint.requests),
            str(endpoint.errors),
            *("–" if figure is None else f"{figure:.1f}" for figure in figures),
        )
    console.print(table)
