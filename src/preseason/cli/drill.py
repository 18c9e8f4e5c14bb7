"""``preseason drill``: does the backup come back?"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from preseason.cli.together import Commands, Mistakes
from preseason.errors import ExitCode

if TYPE_CHECKING:
    from preseason.verdict.drill.model import DrillReport

app = Commands(
    help="Rehearse a recovery: does the backup come back, complete and in time?",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_WIDTH = 140
_COLOURS = {"OK": "green", "NOTE": "yellow", "FAIL": "red", "NO DATA": "magenta", "ELSEWHERE": "dim"}


@app.callback()
def drill() -> None:
    """Rehearse a recovery: does the backup come back, complete and in time?"""


@app.command("restore")
def restore(
    postgres: Annotated[
        str | None,
        typer.Option(envvar="PRESEASON_POSTGRES", help="DSN of the database; it is only read."),
    ] = None,
    backups: Annotated[
        str | None,
        typer.Option(
            "--from",
            help="A backup that exists, or a folder or URL of some, instead of a dump made for this.",
        ),
    ] = None,
    scratch: Annotated[
        str | None,
        typer.Option(
            envvar="PRESEASON_SCRATCH",
            help="DSN of another server to restore on, in a database of its own; without, one is started.",
        ),
    ] = None,
    rto: Annotated[str, typer.Option(help="How long it may take to recover the database.")] = "30m",
    rpo: Annotated[str, typer.Option(help="How old the newest backup may be.")] = "1h",
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Parallel jobs of pg_restore.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say only the answer.")] = False,
) -> None:
    """Restore a database elsewhere and verify it: rows, constraints, indexes, sequences, extensions, times.

    With --postgres, it is dumped first, which only reads; with --from, the newest backup there is restored.
    Exit code 1 where a backup does not come back, or an objective is missed.
    """
    from preseason.campaign.drill.conducting import DrillOptions, drill, need_question
    from preseason.cli.durations import seconds_of
    from preseason.cli.interrupts import treat_termination_as_interrupt
    from preseason.cli.steps import Steps

    treat_termination_as_interrupt()
    mistakes = Mistakes()
    rto_s = mistakes.of(lambda: seconds_of("--rto", rto), 0.0)
    rpo_s = mistakes.of(lambda: seconds_of("--rpo", rpo), 0.0)
    mistakes.of(lambda: need_question(postgres, backups), None)
    mistakes.refuse()
    options = DrillOptions(
        postgres=postgres, scratch=scratch, backups=backups, rto_s=rto_s, rpo_s=rpo_s, jobs=jobs
    )
    report = drill(options, Steps(quiet=quiet))
    if as_json:
        print(report.model_dump_json(indent=2))
    else:
        _say(report)
    raise typer.Exit(ExitCode(report.exit_code))


def _say(report: DrillReport) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from preseason.verdict.drill.wording import elapsed

    console = Console(width=None if sys.stdout.isatty() else _WIDTH, highlight=False)
    console.print(Text(report.sentence, style="bold green" if report.exit_code == 0 else "bold red"))
    table = Table(box=None, pad_edge=False, show_header=False)
    for column in ("point", "status", "said"):
        table.add_column(column, no_wrap=column != "said")
    for row in report.rows:
        said = f"{row.said}\n{row.remedy}" if row.remedy else row.said
        table.add_row(row.name, Text(row.status, style=_COLOURS[row.status]), Text(said))
    console.print(table)
    times = " · ".join(f"{step.name} {elapsed(step.took_s)}" for step in report.steps)
    console.print(Text(f"{report.source} by {report.tools}: {times}", style="dim"))
