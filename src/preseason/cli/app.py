"""The commands, one file each; a command imports what it needs when it is called."""

from __future__ import annotations

from typing import Annotated

import typer

from preseason.cli import (
    baseline,
    capacity,
    check,
    compare,
    drill,
    gate,
    history,
    judge,
    platform,
    report,
    resume,
    review,
    show,
    slo,
    soak,
    trend,
    trend_ack,
    triggers,
)
from preseason.cli.together import Commands

app = Commands(
    help="Proves a platform's service-level objectives under load, before its users do.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    epilog=(
        "Exit codes: 0 pass, 1 an objective failed, 2 bad input, 3 undecided or no data, 4 invalid run, "
        "5 unreachable, 130 interrupted."
    ),
)
app.command("gate")(gate.command)
app.command("soak")(soak.command)
app.command("resume")(resume.command)
app.command("check")(check.command)
app.command("show")(show.command)
app.command("judge")(judge.command)
app.command("report")(report.command)
app.command("compare")(compare.command)
app.add_typer(baseline.app, name="baseline")
app.command("platform")(platform.command)
app.add_typer(slo.app, name="slo")
app.add_typer(capacity.app, name="capacity")
app.add_typer(triggers.app, name="triggers")
app.add_typer(history.app, name="history")
app.command("review")(review.command)
app.add_typer(trend.app, name="trend")
trend.app.command("ack")(trend_ack.command)
app.add_typer(drill.app, name="drill")


@app.command("version")
def version() -> None:
    """Print the version."""
    from importlib.metadata import version as installed

    print(installed("preseason"))


def _leave_with_version(asked: bool) -> None:  # noqa: FBT001 - typer calls it so
    if asked:
        version()
        raise typer.Exit


@app.callback()
def options(
    *,
    asked: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=_leave_with_version, help="Print the version."),
    ] = False,
) -> None:
    """What stands before any command."""
