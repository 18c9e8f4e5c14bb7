"""``preseason gate``: load a target, judge it, write the reports."""

from __future__ import annotations

import os
import shlex
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from preseason.errors import ExitCode


class Until(StrEnum):
    """What a load may last until."""

    DECIDED = "decided"


SECRET_OPTIONS = {"--postgres", "--redis", "--pgbouncer", "--prometheus", "--host-metrics"}
_HIDDEN = "…"


def command(
    target: Annotated[
        str | None,
        typer.Option(
            envvar="PRESEASON_TARGET",
            help="Address of the platform. Without it, the reference platform is started for the run.",
        ),
    ] = None,
    postgres: Annotated[
        str | None,
        typer.Option(envvar="PRESEASON_POSTGRES", help="DSN of the target's Postgres, to be sampled."),
    ] = None,
    redis: Annotated[
        str | None,
        typer.Option(envvar="PRESEASON_REDIS", help="URL of the target's Redis, to be sampled."),
    ] = None,
    pgbouncer: Annotated[
        str | None,
        typer.Option(
            envvar="PRESEASON_PGBOUNCER", help="DSN of the pooler before that Postgres, to be sampled."
        ),
    ] = None,
    host_metrics: Annotated[
        list[str] | None,
        typer.Option(
            envvar="PRESEASON_HOST_METRICS",
            metavar="NAME=URL",
            help="A machine of the target, by the page of its node_exporter; repeatable.",
        ),
    ] = None,
    prometheus: Annotated[
        str | None,
        typer.Option(
            envvar="PRESEASON_PROMETHEUS",
            help="URL of a Prometheus that is asked the SLO file's queries; a token for it may stand in "
            "PRESEASON_PROMETHEUS_TOKEN.",
        ),
    ] = None,
    users: Annotated[
        Path | None,
        typer.Option(envvar="PRESEASON_USERS", help="CSV file of accounts, header email,password."),
    ] = None,
    locustfile: Annotated[
        list[Path] | None,
        typer.Option(help="Locust file or folder of your own; may be given several times."),
    ] = None,
    slo: Annotated[
        Path | None,
        typer.Option(
            envvar="PRESEASON_SLO",
            help="SLO file, or the name of one of ours, such as quick or kickoff; the default is release.",
        ),
    ] = None,
    out: Annotated[Path, typer.Option(envvar="PRESEASON_OUT", help="Where runs go.")] = Path("reports"),
    fault: Annotated[
        list[str] | None,
        typer.Option(help="Degrade the reference platform, as in slow-query@30s; repeatable."),
    ] = None,
    leagues: Annotated[int, typer.Option(min=1, help="Size of the reference platform.")] = 20,
    processes: Annotated[int, typer.Option(min=1, help="Processes that make the load.")] = 1,
    workers: Annotated[
        int, typer.Option(min=0, help="Wait for so many `locust --worker -f -` on other machines.")
    ] = 0,
    master_port: Annotated[int, typer.Option(help="Port on which workers find us.")] = 5557,
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
    seed: Annotated[int | None, typer.Option(help="Seed of the arrivals, instead of the SLO file's.")] = None,
    cache_header: Annotated[
        str,
        typer.Option(
            envvar="PRESEASON_CACHE_HEADER",
            help="Header by which answers say HIT or MISS of the platform's cache.",
        ),
    ] = "X-Cache",
    platform_version: Annotated[
        str | None,
        typer.Option(
            envvar="PRESEASON_PLATFORM_VERSION",
            help="What version of the platform this is, where its health endpoint does not say so.",
        ),
    ] = None,
    commit: Annotated[
        str | None,
        typer.Option(
            envvar=["PRESEASON_COMMIT", "GITHUB_SHA", "CI_COMMIT_SHA"],
            help="What was deployed there: a trend names it where something changed.",
        ),
    ] = None,
    allow: Annotated[
        list[str] | None, typer.Option(help="Host beyond this machine that may be loaded.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say only the verdict.")] = False,
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
