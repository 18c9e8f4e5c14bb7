"""``preseason resume``: go on with a soak that was broken off."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from preseason.cli.asked import (  # noqa: TC001 - typer reads them
    HostMetricsOption,
    NotifyOption,
    OutOption,
    PgbouncerOption,
    PostgresOption,
    PrometheusOption,
    QuietOption,
    RedisOption,
)


def command(
    run: Annotated[str, typer.Argument(help="A run id, a run's folder, or 'latest'.")] = "latest",
    postgres: PostgresOption = None,
    redis: RedisOption = None,
    pgbouncer: PgbouncerOption = None,
    host_metrics: HostMetricsOption = None,
    prometheus: PrometheusOption = None,
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
    from preseason.campaign.options import GateOptions
    from preseason.campaign.soak.conducting import is_unfinished, resume
    from preseason.campaign.soak.record import read_record
    from preseason.cli.soak_end import REFERENCE, conducted
    from preseason.run.reading import find_run

    if if_unfinished and not is_unfinished(run, out):
        print("nothing was broken off")
        raise typer.Exit
    secrets = GateOptions(
        slo=Path(),
        out=out,
        locustfiles=(),
        command="",
        postgres=postgres,
        redis=redis,
        pgbouncer=pgbouncer,
        host_metrics=tuple(host_metrics or ()),
        prometheus=prometheus,
        prometheus_token=os.environ.get("PRESEASON_PROMETHEUS_TOKEN", ""),
    )
    folder = find_run(run, out)
    record = read_record(folder)
    conducted(
        lambda observer: resume(folder, secrets, observer),
        quiet=quiet,
        hooks=tuple(notify or ()),
        out=folder.parent,
        about=(record.target or REFERENCE, record.slo),
    )
