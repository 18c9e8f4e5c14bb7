"""``preseason soak``: load a target for hours, unattended."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from preseason.cli.asked import Loaded, NotifyOption, QuietOption, Sampled, Single, gate_options
from preseason.cli.groups import with_groups


@with_groups
def command(
    *,
    loaded: Loaded,
    slo: Annotated[
        Path | None,
        typer.Option(
            envvar="PRESEASON_SLO", help="SLO file, or the name of one of ours; the default is nightly."
        ),
    ] = None,
    sampled: Sampled,
    single: Single,
    duration: Annotated[
        str | None, typer.Option(help="How long the load lasts, such as 8h; else as the SLO file says.")
    ] = None,
    deadline: Annotated[
        str | None,
        typer.Option(help="When the verdict is due: 06:30 (the next one), or an ISO 8601 time."),
    ] = None,
    cool_down: Annotated[
        str, typer.Option(help="How long the target is sampled after the load, for what it gives back.")
    ] = "2m",
    rest: Annotated[str, typer.Option(help="How long it is sampled before the load.")] = "30s",
    horizon: Annotated[
        str, typer.Option(help="A drift that comes to its limit within this time fails the soak.")
    ] = "168h",
    notify: NotifyOption = None,
    quiet: QuietOption = False,
) -> None:
    """Load a platform for hours, whatever happens meanwhile, and judge what only hours show."""
    from preseason.campaign.soak.conducting import SoakOptions, soak
    from preseason.campaign.soak.length import deadline_of
    from preseason.cli.durations import seconds_of
    from preseason.cli.soak_end import REFERENCE, conducted
    from preseason.run.manifest import Soak

    gate = gate_options(slo or Path("nightly"), loaded, sampled, single)
    options = SoakOptions(
        gate=gate,
        soak=Soak(
            rest_s=seconds_of("--rest", rest),
            cool_down_s=seconds_of("--cool-down", cool_down),
            horizon_s=seconds_of("--horizon", horizon),
        ),
        duration_s=None if duration is None else seconds_of("--duration", duration),
        deadline=None if deadline is None else deadline_of(deadline, datetime.now(UTC)),
    )
    conducted(
        lambda observer: soak(options, observer),
        quiet=quiet,
        hooks=tuple(notify or ()),
        out=loaded.out,
        about=(loaded.target or REFERENCE, gate.slo.stem),
    )
