"""Runs the reference platform for somebody who wants to try things on it."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from preseason.errors import ExitCode, PreseasonError, Problem
from preseason.lifeline import Lifeline

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class PlatformOptions:
    """How the reference platform is wanted; servers that are None are started for it."""

    host: str
    port: int
    leagues: int
    seed: int
    postgres: str | None = None
    redis: str | None = None
    faults: tuple[str, ...] = ()
    users_file: Path | None = None
    secure_cookies: bool = False


class PlatformEndedError(PreseasonError):
    """The platform ended by itself; it has said why, and its reason is ours."""

    def __init__(self, status: int) -> None:
        super().__init__(Problem(f"the platform ended with status {status}", "preseason platform"))
        told = {ExitCode.BAD_INPUT, ExitCode.UNREACHABLE}
        self.exit_code = ExitCode(status) if status in told else ExitCode.INVALID


def run_platform(options: PlatformOptions) -> None:
    """Run the platform in a process of its own until it ends or we are interrupted.

    Raises UnreachableError when a server does not start, PlatformEndedError with the platform's exit code.
    """
    with Lifeline() as lifeline:
        postgres, redis = _servers(options, lifeline)
        child = lifeline.start(
            [sys.executable, "-m", "preseason.astral_field", *_arguments(options)],
            name="platform",
            env={**os.environ, "PRESEASON_POSTGRES": postgres, "PRESEASON_REDIS": redis},
        )
        status = child.wait()
    if status != 0:
        raise PlatformEndedError(status)


def _servers(options: PlatformOptions, lifeline: Lifeline) -> tuple[str, str]:
    from preseason.embedded import servers  # noqa: PLC0415 - not needed when both are given

    postgres, redis = options.postgres, options.redis
    if redis is None:
        redis = servers.start_redis(lifeline).url
    if postgres is None:
        postgres = servers.start_postgres(lifeline).url
    return postgres, redis


def _arguments(options: PlatformOptions) -> Iterator[str]:
    yield from ("--host", options.host, "--port", str(options.port))
    yield from ("--leagues", str(options.leagues), "--seed", str(options.seed))
    for fault in options.faults:
        yield from ("--fault", fault)
    if options.users_file is not None:
        yield from ("--users-file", str(options.users_file))
    if options.secure_cookies:
        yield "--secure-cookies"
