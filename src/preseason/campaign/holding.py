"""Nobody works on a run, or soaks a target, that somebody else is busy with."""

from __future__ import annotations

import hashlib
import os
import tempfile
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from preseason.errors import BadInputError, Problem
from preseason.run.owner import FILE, HeldError, Holder, held

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Where every user and every service of a machine meet; a service may have a /tmp of its own.
_MEETING_PLACE = Path("/run/lock")
_PORTS = {"http": 80, "https": 443}
_HERE = {"localhost", "::1", "0.0.0.0", "::"}  # noqa: S104 - compared with, not bound to


@contextmanager
def holding_run(folder: Path) -> Iterator[None]:
    """Work on a run alone; BadInputError where another process does."""
    with _holding(folder / FILE, str(folder), f"run {folder.name}", "wait until it has ended, or stop it"):
        yield


@contextmanager
def holding_target(url: str, run: str) -> Iterator[None]:
    """Soak a target alone; BadInputError where another soak of this machine loads it."""
    remedy = "wait until it has ended, or stop it: two soaks would each measure the other"
    with _holding(target_lock(url), f"--target {url}", run, remedy):
        yield


def target_lock(url: str) -> Path:
    """The file by which a target is held: the same for every way to write its address."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removesuffix(".")
    host = "127.0.0.1" if host in _HERE or host.endswith(".localhost") else host
    port = parts.port or _PORTS.get(parts.scheme, 0)
    digest = hashlib.sha256(f"{host}:{port}".encode()).hexdigest()[:16]
    shared = _MEETING_PLACE.is_dir() and os.access(_MEETING_PLACE, os.W_OK)
    return (_MEETING_PLACE if shared else Path(tempfile.gettempdir())) / f"preseason-soak-{digest}.lock"


@contextmanager
def _holding(path: Path, place: str, doing: str, remedy: str) -> Iterator[None]:
    me = Holder(pid=os.getpid(), since=datetime.now(UTC).isoformat(timespec="seconds"), doing=doing)
    lock = held(path, me)
    try:
        lock.__enter__()
    except HeldError as taken:
        raise BadInputError(Problem(_taken(taken.holder), place, remedy)) from None
    except OSError as error:
        raise BadInputError(Problem(f"{path} cannot be made: {error.strerror}", place)) from None
    try:
        yield
    finally:
        lock.__exit__(None, None, None)


def _taken(holder: Holder | None) -> str:
    if holder is None:
        return "another preseason is at work here"
    return f"process {holder.pid} is at work here since {holder.since} ({holder.doing})"
