"""As whom the servers run, and where their programs are kept between commands."""

from __future__ import annotations

import os
import pwd
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from preseason.errors import BadInputError, Problem
from preseason.lifeline import open_to_all

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: Accounts that own nothing. Not ``postgres``: it may own somebody's real database.
UNPRIVILEGED = ("nobody", "daemon")


def server_user() -> int | None:
    """The user id that servers run as: None is our own; for root an unprivileged one, as Postgres insists."""
    if os.geteuid() != 0:
        return None
    for name in UNPRIVILEGED:
        with suppress(KeyError):
            return pwd.getpwnam(name).pw_uid
    raise BadInputError(
        Problem(
            "root has no unprivileged user to run Postgres as", "embedded servers", "run as an ordinary user"
        )
    )


def cache_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """The folder for unpacked programs, which only we write to and the servers' user can read."""
    candidates = list(_candidates(environ))
    for candidate in candidates:
        with suppress(OSError):
            candidate.mkdir(parents=True, exist_ok=True)
            if _is_ours(candidate) and (os.geteuid() != 0 or open_to_all(candidate)):
                return candidate
    tried = ", ".join(map(str, candidates))
    raise BadInputError(
        Problem(
            f"no folder to unpack servers to (tried {tried})",
            "XDG_CACHE_HOME",
            "name a folder you can write to",
        )
    )


def _candidates(environ: Mapping[str, str]) -> Iterator[Path]:
    if named := environ.get("XDG_CACHE_HOME"):
        yield Path(named) / "preseason"
    if os.geteuid() == 0:
        yield Path("/var/cache/preseason")  # root's own home is usually closed to the servers' user
    elif home := environ.get("HOME"):
        yield Path(home) / ".cache" / "preseason"
    yield Path(tempfile.gettempdir()) / f"preseason-cache-{os.geteuid()}"


def _is_ours(folder: Path) -> bool:
    """Nobody else may put programs there that we would run."""
    status = folder.lstat()
    return (
        status.st_uid == os.geteuid() and status.st_mode & 0o022 == 0 and os.access(folder, os.W_OK | os.X_OK)
    )


def reachable(program: Path, cache: Path) -> Path:
    """The program, or as root a copy in ``cache`` if it lies where the servers' user cannot run it."""
    if os.geteuid() != 0 or open_to_all(program):
        return program
    status = program.stat()
    copy = cache / f"{program.name}-{status.st_size}-{status.st_mtime_ns}"
    if not copy.exists():
        with tempfile.NamedTemporaryFile(dir=cache, delete=False) as staged:
            shutil.copyfile(program, staged.name)
        Path(staged.name).chmod(0o755)
        Path(staged.name).replace(copy)
    return copy
