"""Who works on a run, or loads a target: a lock that ends with its holder, however that ended.

The kernel keeps the lock and lets it go with the process, so that none is ever left behind by a crash, a kill
or a reboot. What stands in the file only says who holds it.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager, suppress
from time import sleep
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: The file by which a run is held.
FILE = ".owner"
#: Whoever only looks whether it is held has the lock for a moment. After so many tries it is taken.
_TRIES = 10
_APART_S = 0.02


class Holder(BaseModel):
    """Who holds a lock: a process of this machine, since when (ISO 8601), and what it does with it."""

    model_config = ConfigDict(frozen=True)

    pid: int
    since: str
    doing: str = ""


class HeldError(Exception):
    """Somebody else holds the lock; ``holder`` is None where they have not said who yet."""

    def __init__(self, holder: Holder | None) -> None:
        super().__init__("held" if holder is None else f"held by process {holder.pid}")
        self.holder = holder


@contextmanager
def held(path: Path, holder: Holder) -> Iterator[None]:
    """Hold the lock at ``path``; HeldError where another process does, OSError where it cannot be made."""
    descriptor = _opened(path)
    try:
        if not _locks(descriptor):
            raise HeldError(_read(descriptor))
        with suppress(OSError):  # the disk is full, or the file another user's: it is held all the same
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, holder.model_dump_json().encode(), 0)
        yield
    finally:
        os.close(descriptor)


def is_held(path: Path) -> bool:
    """Whether a process that lives holds the lock."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(descriptor)


def _locks(descriptor: int) -> bool:
    for tried in range(_TRIES):
        if tried:
            sleep(_APART_S)
        with suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
    return False


def _opened(path: Path) -> int:
    """Reading is enough to hold a file that another user made."""
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
    except PermissionError:
        return os.open(path, os.O_RDONLY | os.O_NOFOLLOW)


def _read(descriptor: int) -> Holder | None:
    try:
        return Holder.model_validate_json(os.pread(descriptor, 4096, 0))
    except ValidationError:
        return None
