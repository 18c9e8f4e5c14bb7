"""``preseason report``: render a run's verdict again."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from preseason.report.format_names import Format


def command(
    run: Annotated[str, typer.Argument(help="A run id, a run's folder, or 'latest'.")] = "latest",
    format_: Annotated[Format, typer.Option("--format", help="What to render.")] = Format.MARKDOWN,
    out: Annotated[Path, typer.Option(envvar="PRESEASON_OUT", help="Where runs are.")] = Path("reports"),
) -> None:
    """Print a run's verdict in the format asked for; identical every time."""
    from preseason.campaign.verdicts import verdict_of
    from preseason.report.formats import render
    from preseason.run.reading import find_run, read_run

    found = read_run(find_run(run, out))
    # As bytes: what is rendered has no more to do with a terminal's encoding than with its time zone.
    sys.stdout.buffer.write(render(format_, found, verdict_of(found)).encode())
    sys.stdout.flush()
