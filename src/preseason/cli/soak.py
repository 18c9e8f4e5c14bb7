"""``preseason soak``: load a target for hours, unattended."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
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
    from preseason.campaign.shipped import find_slo
    from preseason.campaign.soak.conducting import SoakOptions, soak
    from preseason.campaign.soak.length import deadline_of
    from preseason.campaign.soak.notifying import check_hooks
    from preseason.cli.durations import seconds_of
    from preseason.cli.soak_end import REFERENCE, News, conducted
    from preseason.cli.together import Mistakes
    from preseason.collectors.addresses import as_written
    from preseason.errors import BadInputError
    from preseason.run.manifest import Soak

    mistakes = Mistakes()
    around = {
        option: mistakes.of(partial(seconds_of, option, text), 0.0)
        for option, text in (("--rest", rest), ("--cool-down", cool_down), ("--horizon", horizon))
    }
    duration_s = None if duration is None else mistakes.of(lambda: seconds_of("--duration", duration), None)
    due = None if deadline is None else mistakes.of(lambda: deadline_of(deadline, datetime.now(UTC)), None)
    hooks = mistakes.of(lambda: check_hooks(notify or (), installed=True), ())
    mistakes.of(lambda: find_slo(slo or Path("nightly")), None)
    gate = gate_options(slo or Path("nightly"), loaded, sampled, single)
    target = as_written(loaded.target).rstrip("/") if loaded.target else REFERENCE
    news = News(hooks, loaded.out, target, (slo or Path("nightly")).stem)
    try:
        mistakes.refuse()
    except BadInputError as error:
        news.tell_why(error)
        raise
    options = SoakOptions(
        gate=gate,
        soak=Soak(rest_s=around["--rest"], cool_down_s=around["--cool-down"], horizon_s=around["--horizon"]),
        duration_s=duration_s,
        deadline=due,
    )
    conducted(lambda observer: soak(options, observer), news, quiet=quiet)
