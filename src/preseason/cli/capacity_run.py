"""``preseason capacity run``: search for the highest load under which the objectives hold."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from preseason.cli.asked import Loaded, QuietOption, Sampled, gate_options
from preseason.cli.groups import with_groups

if TYPE_CHECKING:
    from preseason.campaign.capacity.record import Pace

#: A quick search is over in ten minutes, with what starting and ending it takes, and saturates the reference
#: platform with so little load that few users have to log in.
_QUICK_S, _QUICK_SHARE = 540.0, 0.1


@with_groups
def command(
    *,
    loaded: Loaded,
    slo: Annotated[
        Path | None,
        typer.Option(
            envvar="PRESEASON_SLO",
            help="SLO file whose objectives must hold and whose mix is asked; the default is capacity.",
        ),
    ] = None,
    sampled: Sampled,
    start: Annotated[float, typer.Option(min=0.01, help="First rate, arrivals a second.")] = 5.0,
    most: Annotated[float, typer.Option(min=0.01, help="No rate above this is tried.")] = 1000.0,
    width: Annotated[
        float | None, typer.Option(min=0.01, help="How narrow the bracket must get; 0.1 is 10 %.")
    ] = None,
    settle: Annotated[str | None, typer.Option(help="Warm-up of each step; the default is 60s.")] = None,
    measure: Annotated[str | None, typer.Option(help="Judged time of each step; the default is 5m.")] = None,
    within: Annotated[
        str | None, typer.Option(help="When to be done, as in 3h; the bracket may then stay wider.")
    ] = None,
    quick: Annotated[
        bool,
        typer.Option("--quick", help="Steps of 10s + 20s, a wider bracket, 9m in all: a first look."),
    ] = False,
    share: Annotated[
        float | None,
        typer.Option(
            min=0.05, max=1, help="What the reference platform gets of a core; all, or a tenth with --quick."
        ),
    ] = None,
    resume: Annotated[Path | None, typer.Option(help="Folder of a search to go on with.")] = None,
    quiet: QuietOption = False,
) -> None:
    """Search for the highest load under which the objectives hold: a run a step, each judged like a gate."""
    from preseason.campaign.capacity.conducting import CapacityOptions, search
    from preseason.campaign.capacity.pages import write_capacity_page
    from preseason.cli.capacity_answer import exit_code, say_capacity
    from preseason.cli.interrupts import treat_termination_as_interrupt
    from preseason.cli.live import observing
    from preseason.planning.search.next_step import Settings

    treat_termination_as_interrupt()
    gate = gate_options(slo or Path("capacity"), loaded, sampled)
    settings = Settings(
        start_rate=min(start, most),
        least_rate=min(start, most) / 20,
        most_rate=most,
        factor=2.0 if quick else 1.5,
        width=width or (0.25 if quick else 0.10),
        most_steps=14 if quick else 40,
        within_s=_within_s(within, quick=quick),
    )
    options = CapacityOptions(
        gate, settings, _pace(settle, measure, quick=quick), _share(share, quick=quick), resume
    )
    with observing(quiet=quiet) as observer:
        folder, record = search(options, observer)
    answer = record.answer(folder.name)
    say_capacity(folder, answer, write_capacity_page(folder, answer))
    raise typer.Exit(exit_code(answer))


def _pace(settle: str | None, measure: str | None, *, quick: bool) -> Pace:
    from preseason.campaign.capacity.record import Pace
    from preseason.cli.durations import seconds_of

    return Pace(
        settle_s=seconds_of("--settle", settle or ("10s" if quick else "60s")),
        measure_s=seconds_of("--measure", measure or ("20s" if quick else "5m")),
        longer=2.0 if quick else 4.0,
        cool_down_s=seconds_of("--settle", settle or ("10s" if quick else "60s")),
    )


def _share(share: float | None, *, quick: bool) -> float:
    return share if share is not None else _QUICK_SHARE if quick else 1.0


def _within_s(within: str | None, *, quick: bool) -> float | None:
    from preseason.cli.durations import seconds_of

    if within is None:
        return _QUICK_S if quick else None
    return seconds_of("--within", within)
