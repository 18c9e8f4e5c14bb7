"""``preseason resume``: go on with a soak that was broken off."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from preseason.cli.asked import (  # noqa: TC001 - typer reads them
    NotifyOption,
    OutOption,
    QuietOption,
    Sampled,
)
from preseason.cli.groups import with_groups


@with_groups
def command(
    *,
    run: Annotated[
        str, typer.Argument(help="A soak's run id or folder; 'latest' is the newest soak.")
    ] = "latest",
    sampled: Sampled,
    out: OutOption = Path("reports"),
    if_unfinished: Annotated[
        bool,
        typer.Option(
            "--if-unfinished", help="Where nothing is left to do, say so and end well; for after a reboot."
        ),
    ] = False,
    notify: NotifyOption = None,
    quiet: QuietOption = False,
) -> None:
    """Go on with a soak that was stopped or killed, on its own schedule; what was missed is a gap."""
    from preseason.campaign.soak.conducting import resume
    from preseason.campaign.soak.finding import check_left, find_soak, unfinished_soak, whose
    from preseason.campaign.soak.notifying import check_hooks
    from preseason.campaign.soak.record import DamagedSoakError, read_record
    from preseason.cli.soak_end import REFERENCE, News, conducted

    hooks = check_hooks(notify or ())

    def news_of(soak: Path) -> News:
        target, slo = whose(soak)
        return News(hooks, soak.parent, target or REFERENCE, slo)

    try:
        folder = unfinished_soak(run, out) if if_unfinished else find_soak(run, out)
        if folder is None:
            print("nothing was broken off")
            raise typer.Exit
        read_record(folder)
        check_left(folder)
    except DamagedSoakError as error:
        news_of(error.folder).tell_why(error)
        raise
    conducted(lambda observer: resume(folder, sampled.addresses(), observer), news_of(folder), quiet=quiet)
