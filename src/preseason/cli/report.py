"""``preseason report``: render a run's verdict again."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Format(StrEnum):
    """What a verdict can be rendered as."""

    HTML = "html"
    MARKDOWN = "markdown"
    JUNIT = "junit"
    JSON = "json"


def command(
    run: Annotated[str, typer.Argument(help="A run id, a run's folder, or 'latest'.")] = "latest",
    format_: Annotated[Format, typer.Option("--format", help="What to render.")] = Format.MARKDOWN,
    out: Annotated[Path, typer.Option(envvar="PRESEASON_OUT", help="Where runs are.")] = Path("reports"),
) -> None:
    """Print a run's verdict in the format asked for; identical every time."""
    from preseason.campaign.judging import verdict_of
    from preseason.report import html, junit, markdown, verdict_json
    from preseason.run.reading import find_run, read_run

    found = read_run(find_run(run, out))
    verdict = verdict_of(found)
    if format_ is Format.HTML:
        sys.stdout.write(html.render(found, verdict))
    elif format_ is Format.MARKDOWN:
        sys.stdout.write(markdown.render(found, verdict))
    elif format_ is Format.JUNIT:
        sys.stdout.write(junit.render(found, verdict))
    else:
        sys.stdout.write(verdict_json.render(verdict))
