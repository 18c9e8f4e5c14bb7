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
    from preseason.campaign.soak.finding import check_left, find_soak, unfinished_soak
    from preseason.campaign.soak.record import read_record
    from preseason.cli.soak_end import REFERENCE, News, conducted

    folder = unfinished_soak(run, out) if if_unfinished else find_soak(run, out)
    if folder is None:
        print("nothing was broken off")
        raise typer.Exit
    record = read_record(folder)
    check_left(folder)
    news = News(tuple(notify or ()), folder.parent, record.target or REFERENCE, record.slo)
    conducted(lambda observer: resume(folder, sampled.addresses(), observer), news, quiet=quiet)
