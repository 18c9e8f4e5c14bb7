"""``preseason platform``: the reference platform, to try things on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.")] = 8000,
    postgres: Annotated[
        str | None,
        typer.Option(envvar="PRESEASON_POSTGRES", help="DSN; without it, Postgres is started for you."),
    ] = None,
    redis: Annotated[
        str | None, typer.Option(envvar="PRESEASON_REDIS", help="URL; without it, Redis is started for you.")
    ] = None,
    leagues: Annotated[int, typer.Option(min=1, help="Leagues of ten teams to seed.")] = 20,
    seed: Annotated[int, typer.Option(help="Seed of what is seeded.")] = 2026,
    fault: Annotated[
        list[str] | None, typer.Option(help="Degrade it, as in slow-query@30s; may be given several times.")
    ] = None,
    users_file: Annotated[Path | None, typer.Option(help="Write the accounts to this CSV file.")] = None,
    secure_cookies: Annotated[
        bool, typer.Option(help="Name and flag cookies as the real platform does in production.")
    ] = False,
) -> None:
    """Run the reference platform until it is stopped."""
    from preseason.campaign.platform import PlatformOptions, run_platform

    run_platform(
        PlatformOptions(
            host=host,
            port=port,
            postgres=postgres,
            redis=redis,
            leagues=leagues,
            seed=seed,
            faults=tuple(fault or ()),
            users_file=users_file,
            secure_cookies=secure_cookies,
        )
    )
