"""``preseason baseline``: which past runs new ones are compared with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from preseason.cli.together import Commands

app = Commands(help="Choose the past runs that new ones are compared with.", no_args_is_help=True)
_OUT = typer.Option(envvar="PRESEASON_OUT", help="Where runs are.")


@app.command("set")
def choose(
    runs: Annotated[
        list[str] | None, typer.Argument(help="Run ids, runs' folders, or 'latest'; only runs that passed.")
    ] = None,
    last: Annotated[
        int | None,
        typer.Option(
            min=1, help="Instead of naming runs: the last so many that passed, of the same workload."
        ),
    ] = None,
    out: Annotated[Path, _OUT] = Path("reports"),
) -> None:
    """Make runs the baseline of all that are judged in their folder from now on."""
    from preseason.campaign.baselines import choose_last, choose_runs
    from preseason.errors import BadInputError, Problem

    if runs and last:
        raise BadInputError(Problem("either runs or --last", "preseason baseline set", "leave one out"))
    if last is not None:
        choose_last(out, last)
        print(f"every run is compared with the last {last} before it that may serve")
        return
    choice = choose_runs(out, runs or ["latest"])
    print(f"baseline: {', '.join(choice.runs)}")


@app.command("show")
def show(out: Annotated[Path, _OUT] = Path("reports")) -> None:
    """Say what the baseline is."""
    from preseason.campaign.baselines import chosen

    choice = chosen(out)
    if choice is None:
        print(f"{out} has no baseline; make one: preseason baseline set RUN")
    elif choice.last is not None:
        print(f"the last {choice.last} runs before each that may serve")
    else:
        print("\n".join(choice.runs))
