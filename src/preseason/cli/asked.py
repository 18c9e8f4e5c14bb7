"""Options that several commands share: what is loaded, what is sampled, and by whom."""

from __future__ import annotations

import os
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from preseason.campaign.options import Addresses, GateOptions

_SECRET_OPTIONS = {"--postgres", "--redis", "--pgbouncer", "--prometheus", "--host-metrics", "--notify"}
_HIDDEN = "…"

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


@dataclass(frozen=True)
class Sampled:
    """Servers of the target that are sampled; their addresses may carry passwords."""

    postgres: PostgresOption = None
    redis: RedisOption = None
    pgbouncer: PgbouncerOption = None
    host_metrics: HostMetricsOption = None
    prometheus: PrometheusOption = None

    def addresses(self) -> Addresses:
        """The same, with the token that no option may carry."""
        from preseason.campaign.options import Addresses

        return Addresses(
            postgres=self.postgres,
            redis=self.redis,
            pgbouncer=self.pgbouncer,
            host_metrics=tuple(self.host_metrics or ()),
            prometheus=self.prometheus,
            prometheus_token=os.environ.get("PRESEASON_PROMETHEUS_TOKEN", ""),
        )


@dataclass(frozen=True)
class Loaded:
    """What is loaded, as whom, by what of us, and where the run goes."""

    target: TargetOption = None
    users: UsersOption = None
    locustfile: LocustfileOption = None
    out: OutOption = Path("reports")
    fault: FaultOption = None
    leagues: LeaguesOption = 20
    processes: ProcessesOption = 1
    allow: AllowOption = None


@dataclass(frozen=True)
class Single:
    """What only a run that stands by itself may be asked."""

    workers: WorkersOption = 0
    master_port: MasterPortOption = 5557
    seed: SeedOption = None
    cache_header: CacheHeaderOption = "X-Cache"
    platform_version: PlatformVersionOption = None
    commit: CommitOption = None


def gate_options(
    slo: Path | None, loaded: Loaded, sampled: Sampled, single: Single | None = None
) -> GateOptions:
    """One gate of what was asked; what is wrong with it is found where its question is read."""
    from preseason.campaign import shipped
    from preseason.campaign.options import GateOptions

    by_itself = single or Single()
    return GateOptions(
        slo=shipped.likely_slo(slo),
        out=loaded.out,
        locustfiles=tuple(loaded.locustfile or [shipped.scenarios()]),
        command=without_secrets(sys.argv),
        target=loaded.target,
        addresses=sampled.addresses(),
        users=loaded.users,
        allow=tuple(loaded.allow or ()),
        faults=tuple(loaded.fault or ()),
        leagues=loaded.leagues,
        processes=loaded.processes,
        workers=by_itself.workers,
        master_port=by_itself.master_port,
        seed=by_itself.seed,
        cache_header=by_itself.cache_header,
        commit=by_itself.commit,
        platform_version=by_itself.platform_version,
    )


def _as_written(word: str) -> str:
    if "@" not in word or "://" not in word:
        return shlex.quote(word)
    from preseason.collectors.addresses import redact

    return shlex.quote(redact(word))


def without_secrets(argv: list[str]) -> str:
    """The command as it can be shown: the values of options that may carry passwords are left out, and so are
    user and password of any other address, such as the target's.
    """
    shown, hide = ["preseason"], False
    for word in argv[1:]:
        name, equals, value = word.partition("=")
        if hide:
            shown.append(_HIDDEN)
        elif name in _SECRET_OPTIONS and equals:
            shown.append(f"{name}={_HIDDEN}")
        elif equals and name.startswith("--"):
            shown.append(f"{name}={_as_written(value)}")
        else:
            shown.append(_as_written(word))
        hide = word in _SECRET_OPTIONS
    return " ".join(shown)
