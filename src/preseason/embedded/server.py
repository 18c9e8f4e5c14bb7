"""Starts a server on a free port of the loopback interface and waits until it answers."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from preseason.errors import Problem, UnreachableError
from preseason.lifeline import group_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from preseason.lifeline import Child

ATTEMPTS = 5
READY_S = 60.0
POLL_S = 0.01
TAKEN = "Address already in use"
#: Ports below those that Linux (from 32768) and others (from 49152) give to whoever asks for any.
UNASKED = range(20_000, 32_768)
_GUESSES = 100


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answers; ``url`` carries its password, so it is never shown."""

    url: str = field(repr=False)
    source: str
    version: str
    child: Child


def free_port() -> int:
    """A port that was free a moment ago, and that nobody is given meanwhile who did not ask for it."""
    for _ in range(_GUESSES):
        port = secrets.choice(UNASKED)
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
    return _any_port()


def _any_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def listening(
    launch: Callable[[int], Child],
    greet: Callable[[int], str | None],
    log: Path,
    ports: Callable[[], int] = free_port,
) -> tuple[int, Child, str]:
    """Launch on ports until one was not taken meanwhile: the port, the child, and its answer to ``greet``.

    Raises UnreachableError with what the server said when it ends, or does not answer in time.
    """
    for _ in range(ATTEMPTS):
        port = ports()
        child = launch(port)
        if answer := _first_answer(child, port, greet):
            return port, child, answer
        said = log.read_text(errors="replace")
        if TAKEN not in said:
            break
        log.write_text("")
    last_words = " | ".join(said.strip().splitlines()[-3:]) or "nothing"
    raise UnreachableError(Problem(f"it did not start; it said: {last_words}", f"embedded {child.name}"))


def _first_answer(child: Child, port: int, greet: Callable[[int], str | None]) -> str | None:
    deadline = time.monotonic() + READY_S
    while child.poll() is None and time.monotonic() < deadline:
        if answer := greet(port):
            return answer
        time.sleep(POLL_S)
    child.stop()
    return None


def write_private(path: Path, text: str, owner: int | None) -> Path:
    """A new file that only ``owner`` (None: we) can read."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:  # noqa: PTH123 - Path cannot
        file.write(text)
        if owner is not None:
            os.fchown(file.fileno(), owner, group_of(owner))
    return path


def environment(home: Path, libraries: Path | None = None) -> Mapping[str, str]:
    """All that a server learns of our environment: nothing secret, and messages in English."""
    own_libraries = {"LD_LIBRARY_PATH": str(libraries)} if libraries else {}
    return {"PATH": os.defpath, "HOME": str(home), "LC_ALL": "C", **own_libraries}
