"""``preseason capacity``: how much a platform carries, and what that takes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    help="How much a platform carries: fit a scalability law to measurements.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("fit")
def fit(
    points: Annotated[
        Path, typer.Argument(help="CSV with the header concurrency,throughput[,sd]; - is standard input.")
    ] = Path("-"),
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the resampling behind the intervals.")] = 1,
) -> None:
    """Fit the universal scalability law to measurements of your own, and say how far it may be trusted."""
    from preseason.campaign.measurements import read_points
    from preseason.cli.scalability import print_json, say
    from preseason.planning.scalability import assess

    found = assess(read_points(points), seed=seed)
    if as_json:
        print_json(found)
    else:
        say(found)
