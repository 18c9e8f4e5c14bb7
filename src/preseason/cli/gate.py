"""``preseason gate``: load a target, judge it, write the reports."""

from __future__ import annotations

import os
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from preseason.cli.asked import Loaded, QuietOption, Sampled, Single, gate_options
from preseason.cli.groups import with_groups
from preseason.errors import ExitCode


class Until(StrEnum):
    """What a load may last until."""

    DECIDED = "decided"


@with_groups
def command(
    *,
    loaded: Loaded,
    slo: Annotated[
        Path | None,
        typer.Option(
            envvar="PRESEASON_SLO",
            help="SLO file, or the name of one of ours, such as quick or kickoff; the default is release.",
        ),
    ] = None,
    sampled: Sampled,
    single: Single,
    until: Annotated[
        Until | None,
        typer.Option(
            help="End the load as soon as every objective is decided; the error is spent over the looks."
        ),
    ] = None,
    at_most: Annotated[
        str | None,
        typer.Option(
            metavar="LENGTH",
            help="With --until: how long its last stage may go on, counted from the load's start, as in 20m; "
            "the default is the length in the SLO file.",
        ),
    ] = None,
    quiet: QuietOption = False,
) -> None:
    """Load a platform as its users would, and judge whether it keeps its objectives."""
    from preseason.campaign.gate import gate
    from preseason.cli.ci import tell_ci
    from preseason.cli.durations import seconds_of
    from preseason.cli.interrupts import treat_termination_as_interrupt
    from preseason.cli.live import observing
    from preseason.cli.verdict import say_verdict

    treat_termination_as_interrupt()
    options = replace(
        gate_options(slo, loaded, sampled, single),
        until_decided=until is Until.DECIDED,
        at_most_s=None if at_most is None else seconds_of("--at-most", at_most),
    )
    with observing(quiet=quiet) as observer:
        result = gate(options, observer)
    say_verdict(result.verdict, result.folder, result.files)
    tell_ci(result.folder, result.verdict, os.environ)
    raise typer.Exit(ExitCode(result.verdict.exit_code))
