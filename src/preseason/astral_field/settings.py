from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import psycopg
from psycopg.conninfo import conninfo_to_dict
from redis.connection import parse_url

from preseason.astral_field.fault_names import PlannedFault, parse_fault
from preseason.errors import BadInputError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_PORT: Final = 65_535
MAX_LEAGUES: Final = 1_000
MAX_SEED: Final = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the platform is told.

    ``port`` 0 takes a free one. ``faults`` are written ``NAME[@WHEN]``. ``users_file`` gets every account
    as CSV. ``secure_cookies`` names and flags cookies as the real platform does in production, even over
    plain http. ``announce`` prints what happens (ready, a fault begins) as JSON lines on standard output. The
    addresses of the servers may carry passwords, so they are not shown.
    """

    postgres_dsn: str = field(repr=False)
    redis_url: str = field(repr=False)
    host: str = "127.0.0.1"
    port: int = 0
    leagues: int = 20
    seed: int = 2026
    faults: tuple[str, ...] = ()
    users_file: Path | None = None
    secure_cookies: bool = False
    announce: bool = False
    only_check: bool = False

    def checked(self) -> tuple[PlannedFault, ...]:
        """The faults to come; raises BadInputError with everything that is wrong in these settings."""
        planned = [parse_fault(text) for text in self.faults]
        problems = [*self._problems(), *(fault for fault in planned if isinstance(fault, Problem))]
        if problems:
            raise BadInputError(problems)
        return tuple(fault for fault in planned if isinstance(fault, PlannedFault))

    def _problems(self) -> Iterator[Problem]:
        # What the libraries say about an address may quote it, password and all.
        if not _is_dsn(self.postgres_dsn):
            yield Problem(
                "not a Postgres address",
                "--postgres",
                "postgresql://user:password@host:port/database, here or in PRESEASON_POSTGRES",
            )
        if not _is_redis_url(self.redis_url):
            yield Problem(
                "not a Redis address", "--redis", "redis://:password@host:port/0, here or in PRESEASON_REDIS"
            )
        if not 0 <= self.port <= MAX_PORT:
            yield Problem(f"no port has the number {self.port}", "--port", f"0 (any free one) to {MAX_PORT}")
        if not 1 <= self.leagues <= MAX_LEAGUES:
            yield Problem(f"{self.leagues} leagues cannot be seeded", "--leagues", f"1 to {MAX_LEAGUES}")
        if not 0 <= self.seed <= MAX_SEED:
            yield Problem(f"{self.seed} cannot be a seed", "--seed", f"0 to {MAX_SEED}")
        if self.users_file and not self.users_file.parent.is_dir():
            yield Problem("its folder does not exist", f"--users-file {self.users_file}", "create the folder")
        if self.users_file and self.users_file.is_dir():
            yield Problem("it is a folder", f"--users-file {self.users_file}", "name a file")


def _is_dsn(text: str) -> bool:
    try:
        return bool(conninfo_to_dict(text))
    except psycopg.Error:
        return False


def _is_redis_url(text: str) -> bool:
    try:
        parse_url(text)  # type: ignore[no-untyped-call] # redis types only some of its functions
    except ValueError:
        return False
    return True
