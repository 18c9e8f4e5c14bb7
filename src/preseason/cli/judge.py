"""``preseason judge``: a new verdict on an old run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from preseason.errors import ExitCode


def command(
    run: Annotated[str, typer.Argument(help="A run id, a run's folder, or 'latest'.")] = "latest",
    slo: Annotated[Path | None, typer.Option(help="Other objectives than the run was made for.")] = None,
    alerts: Annotated[
        Path | None, typer.Option(help="Alert policy to ask, instead of the one the run was made with.")
    ] = None,
    out: Annotated[Path, typer.Option(envvar="PRESEASON_OUT", help="Where runs are.")] = Path("reports"),
) -> None:
    """Judge a run that is on disk, without new traffic; writes new files beside the old ones."""
    from preseason.campaign import shipped
    from preseason.campaign.judging import judge_run
    from preseason.cli.ci import tell_ci
    from preseason.cli.together import Mistakes
    from preseason.cli.verdict import say_verdict
    from preseason.run.reading import find_run
    from preseason.slo.alerts.reading import read_alerts
    from preseason.slo.reading import read_slo

    mistakes = Mistakes()
    folder = mistakes.of(lambda: find_run(run, out), out)
    objectives = None if slo is None else mistakes.of(lambda: read_slo(shipped.find_slo(slo)), None)
    policy = None if alerts is None else mistakes.of(lambda: read_alerts(alerts), None)
    mistakes.refuse()
    verdict, files = judge_run(folder, objectives, policy)
    say_verdict(verdict, folder, files)
    tell_ci(folder, verdict, os.environ)
    raise typer.Exit(ExitCode(verdict.exit_code))
