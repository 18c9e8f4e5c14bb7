"""``preseason soak``: load a target for hours, unattended."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from preseason.cli.asked import (  # noqa: TC001 - typer reads them
    AllowOption,
    CacheHeaderOption,
    CommitOption,
    FaultOption,
    HostMetricsOption,
    LeaguesOption,
    LocustfileOption,
    MasterPortOption,
    NotifyOption,
    OutOption,
    PgbouncerOption,
    PlatformVersionOption,
    PostgresOption,
    ProcessesOption,
    PrometheusOption,
    QuietOption,
    RedisOption,
    SeedOption,
    TargetOption,
    UsersOption,
    WorkersOption,
)


def command(
    target: TargetOption = None,
    postgres: PostgresOption = None,
    redis: RedisOption = None,
    pgbouncer: PgbouncerOption = None,
    host_metrics: HostMetricsOption = None,
    prometheus: PrometheusOption = None,
    users: UsersOption = None,
    locustfile: LocustfileOption = None,
    slo: Annotated[
        Path | None,
        typer.Option(
            envvar="PRESEASON_SLO", help="SLO file, or the name of one of ours; the default is nightly."
        ),
    ] = None,
    out: OutOption = Path("reports"),
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
    fault: FaultOption = None,
    leagues: LeaguesOption = 20,
    processes: ProcessesOption = 1,
    workers: WorkersOption = 0,
    master_port: MasterPortOption = 5557,
    seed: SeedOption = None,
    cache_header: CacheHeaderOption = "X-Cache",
    platform_version: PlatformVersionOption = None,
    commit: CommitOption = None,
    allow: AllowOption = None,
    quiet: QuietOption = False,
) -> None:
    """Load a platform for hours, whatever happens meanwhile, and judge what only hours show."""
    from preseason.campaign import shipped
    from preseason.campaign.options import GateOptions
    from preseason.campaign.soak.conducting import SoakOptions, soak
    from preseason.campaign.soak.length import deadline_of
    from preseason.cli.durations import seconds_of
    from preseason.cli.gate import without_secrets
    from preseason.cli.soak_end import REFERENCE, conducted
    from preseason.run.manifest import Soak

    gate = GateOptions(
        target=target,
        postgres=postgres,
        redis=redis,
        pgbouncer=pgbouncer,
        host_metrics=tuple(host_metrics or ()),
        prometheus=prometheus,
        prometheus_token=os.environ.get("PRESEASON_PROMETHEUS_TOKEN", ""),
        users=users,
        locustfiles=tuple(locustfile or [shipped.scenarios()]),
        slo=shipped.find_slo(slo or Path("nightly")),
        out=out,
        faults=tuple(fault or ()),
        leagues=leagues,
        processes=processes,
        workers=workers,
        master_port=master_port,
        seed=seed,
        cache_header=cache_header,
        platform_version=platform_version,
        commit=commit,
        allow=tuple(allow or ()),
        command=without_secrets(sys.argv),
    )
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
        out=out,
        about=(target or REFERENCE, gate.slo.stem),
    )
