"""Options that several commands share: what is loaded, what is sampled, and by whom."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

TargetOption = Annotated[
    str | None,
    typer.Option(
        envvar="PRESEASON_TARGET",
        help="Address of the platform. Without it, the reference platform is started for the run.",
    ),
]
PostgresOption = Annotated[
    str | None,
    typer.Option(envvar="PRESEASON_POSTGRES", help="DSN of the target's Postgres, to be sampled."),
]
RedisOption = Annotated[
    str | None,
    typer.Option(envvar="PRESEASON_REDIS", help="URL of the target's Redis, to be sampled."),
]
PgbouncerOption = Annotated[
    str | None,
    typer.Option(envvar="PRESEASON_PGBOUNCER", help="DSN of the pooler before that Postgres, to be sampled."),
]
HostMetricsOption = Annotated[
    list[str] | None,
    typer.Option(
        envvar="PRESEASON_HOST_METRICS",
        metavar="NAME=URL",
        help="A machine of the target, by the page of its node_exporter; repeatable.",
    ),
]
PrometheusOption = Annotated[
    str | None,
    typer.Option(
        envvar="PRESEASON_PROMETHEUS",
        help="URL of a Prometheus that is asked the SLO file's queries; a token for it may stand in "
        "PRESEASON_PROMETHEUS_TOKEN.",
    ),
]
UsersOption = Annotated[
    Path | None,
    typer.Option(envvar="PRESEASON_USERS", help="CSV file of accounts, header email,password."),
]
LocustfileOption = Annotated[
    list[Path] | None,
    typer.Option(help="Locust file or folder of your own; may be given several times."),
]
OutOption = Annotated[Path, typer.Option(envvar="PRESEASON_OUT", help="Where runs go.")]
FaultOption = Annotated[
    list[str] | None,
    typer.Option(help="Degrade the reference platform, as in slow-query@30s; repeatable."),
]
LeaguesOption = Annotated[int, typer.Option(min=1, help="Size of the reference platform.")]
ProcessesOption = Annotated[int, typer.Option(min=1, help="Processes that make the load.")]
WorkersOption = Annotated[
    int, typer.Option(min=0, help="Wait for so many `locust --worker -f -` on other machines.")
]
MasterPortOption = Annotated[int, typer.Option(help="Port on which workers find us.")]
SeedOption = Annotated[int | None, typer.Option(help="Seed of the arrivals, instead of the SLO file's.")]
CacheHeaderOption = Annotated[
    str,
    typer.Option(
        envvar="PRESEASON_CACHE_HEADER",
        help="Header by which answers say HIT or MISS of the platform's cache.",
    ),
]
PlatformVersionOption = Annotated[
    str | None,
    typer.Option(
        envvar="PRESEASON_PLATFORM_VERSION",
        help="What version of the platform this is, where its health endpoint does not say so.",
    ),
]
CommitOption = Annotated[
    str | None,
    typer.Option(
        envvar=["PRESEASON_COMMIT", "GITHUB_SHA", "CI_COMMIT_SHA"],
        help="What was deployed there: a trend names it where something changed.",
    ),
]
AllowOption = Annotated[list[str] | None, typer.Option(help="Host beyond this machine that may be loaded.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Say only the verdict.")]
NotifyOption = Annotated[
    list[str] | None,
    typer.Option(
        envvar="PRESEASON_NOTIFY",
        help="Told when the state changes: a command, a webhook's URL, or slack:URL; repeatable.",
    ),
]
