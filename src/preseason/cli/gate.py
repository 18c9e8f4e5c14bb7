"""``preseason gate``: load a target, judge it, write the reports."""

from __future__ import annotations

import os
import shlex
import sys
from enum import StrEnum
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
from preseason.errors import ExitCode


class Until(StrEnum):
    """What a load may last until."""

    DECIDED = "decided"


SECRET_OPTIONS = {"--postgres", "--redis", "--pgbouncer", "--prometheus", "--host-metrics", "--notify"}
_HIDDEN = "…"


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
            envvar="PRESEASON_SLO",
            help="SLO file, or the name of one of ours, such as quick or kickoff; the default is release.",
        ),
    ] = None,
    out: OutOption = Path("reports"),
    fault: FaultOption = None,
    leagues: LeaguesOption = 20,
    processes: ProcessesOption = 1,
    workers: WorkersOption = 0,
    master_port: MasterPortOption = 5557,
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
    seed: SeedOption = None,
    cache_header: CacheHeaderOption = "X-Cache",
    platform_version: PlatformVersionOption = None,
    commit: CommitOption = None,
    allow: AllowOption = None,
    quiet: QuietOption = False,
) -> None:
    """Load a platform as its users would, and judge whether it keeps its objectives."""
    from preseason.campaign import shipped
    from preseason.campaign.gate import gate
    from preseason.campaign.options import GateOptions
    from preseason.cli.ci import tell_ci
    from preseason.cli.durations import seconds_of
    from preseason.cli.interrupts import treat_termination_as_interrupt
    from preseason.cli.live import observing
    from preseason.cli.verdict import say_verdict

    treat_termination_as_interrupt()
    options = GateOptions(
        target=target,
        postgres=postgres,
        redis=redis,
        pgbouncer=pgbouncer,
        host_metrics=tuple(host_metrics or ()),
        prometheus=prometheus,
        prometheus_token=os.environ.get("PRESEASON_PROMETHEUS_TOKEN", ""),
        users=users,
        locustfiles=tuple(locustfile or [shipped.scenarios()]),
        slo=shipped.find_slo(slo),
        out=out,
        faults=tuple(fault or ()),
        leagues=leagues,
        processes=processes,
        workers=workers,
        master_port=master_port,
        seed=seed,
        cache_header=cache_header,
        until_decided=until is Until.DECIDED,
        at_most_s=None if at_most is None else seconds_of("--at-most", at_most),
        platform_version=platform_version,
        commit=commit,
        allow=tuple(allow or ()),
        command=without_secrets(sys.argv),
    )
    with observing(quiet=quiet) as observer:
        result = gate(options, observer)
    say_verdict(result.verdict, result.folder, result.files)
    tell_ci(result.folder, result.verdict, os.environ)
    raise typer.Exit(ExitCode(result.verdict.exit_code))


def without_secrets(argv: list[str]) -> str:
    """The command as it can be shown: the values of options that may carry passwords are left out."""
    shown, hide = ["preseason"], False
    for word in argv[1:]:
        name, equals, _ = word.partition("=")
        if hide:
            shown.append(_HIDDEN)
        elif name in SECRET_OPTIONS and equals:
            shown.append(f"{name}={_HIDDEN}")
        else:
            shown.append(shlex.quote(word))
        hide = word in SECRET_OPTIONS
    return " ".join(shown)
