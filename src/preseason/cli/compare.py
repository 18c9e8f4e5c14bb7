"""``preseason compare``: what changed from one run to another."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from preseason.verdict.model import BaselineComparison


#: Where there is no terminal to fit into.
_WIDTH = 120


def command(
    before: Annotated[str, typer.Argument(help="The run to compare with: an id, a folder, or 'latest'.")],
    after: Annotated[str, typer.Argument(help="The run that is asked about.")] = "latest",
    margin: Annotated[str, typer.Option(help="By how much of itself p95 may rise.")] = "5 %",
    errors_margin: Annotated[
        str, typer.Option(help="By how many per cent of all requests failures may rise.")
    ] = "0.5 %",
    out: Annotated[Path, typer.Option(envvar="PRESEASON_OUT", help="Where runs are.")] = Path("reports"),
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    page: Annotated[
        Path | None, typer.Option("--html", help="File to write the comparison to, as one page.")
    ] = None,
) -> None:
    """Say endpoint by endpoint whether a run became worse; exit code 0 no, 1 yes, 3 undecided."""
    from preseason.campaign.comparing import compare_runs
    from preseason.cli.together import Mistakes
    from preseason.cli.written import write_text
    from preseason.report import compare_page
    from preseason.run.reading import find_run
    from preseason.verdict.comparison import CODES, Margins

    mistakes = Mistakes()
    margins = Margins(
        p95=mistakes.of(lambda: _share(margin, "--margin"), 0.0),
        errors=mistakes.of(lambda: _share(errors_margin, "--errors-margin"), 0.0),
    )
    runs = [mistakes.of(partial(find_run, run, out), out) for run in dict.fromkeys((before, after))]
    mistakes.refuse()
    compared = compare_runs(runs[0], runs[-1], margins)
    found = compared.found
    if page is not None:
        write_text("--html", page, compare_page.render(found, compared.before, compared.after))
    if as_json:
        print(found.model_dump_json(indent=2))
    else:
        _say(found)
    raise typer.Exit(CODES[found.decision])


def _share(text: str, option: str) -> float:
    from preseason.errors import BadInputError, Problem
    from preseason.slo.quantities import MistakeError, share

    try:
        value = share(text)
    except MistakeError as mistake:
        raise BadInputError(Problem(mistake.cause, option, mistake.remedy)) from None
    if not 0 <= value <= 1:
        raise BadInputError(Problem(f"'{text}' is not between 0 and 100 %", option, "write it like 5 %"))
    return value


def _say(found: BaselineComparison) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from preseason.report import comparison

    width = None if sys.stdout.isatty() else _WIDTH
    console = Console(file=sys.stdout, width=width, highlight=False, soft_wrap=True)
    table = Table(box=None, pad_edge=False)
    for head in ("outcome", "endpoint", "figure", "before and after", "change"):
        table.add_column(head, header_style="dim", no_wrap=True)
    for row in comparison.rows(found):
        table.add_row(row.p95_outcome, Text(row.endpoint), "p95", row.p95, row.p95_change)
        table.add_row(row.errors_outcome, Text(row.endpoint), "failed", row.errors, row.errors_change)
    console.print(table)
    console.print(Text(f"{found.decision}: {comparison.sentence(found)}"))
