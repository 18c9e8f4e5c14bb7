"""The command line as users run it: in a process of its own, and nothing of it left behind."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PR_SET_CHILD_SUBREAPER, _PR_GET_CHILD_SUBREAPER = 36, 37


@dataclass(frozen=True)
class Said:
    """What a finished command said."""

    exit_code: int
    output: str
    errors: str
    took_s: float

    @property
    def all(self) -> str:
        return self.output + self.errors


class CommandLine:
    """Runs ``preseason`` in ``folder``, where its runs go too."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *arguments: str | Path, timeout_s: float = 300.0, **environment: str) -> Said:
        with self.started(*arguments, **environment) as process:
            began_s = time.monotonic()
            output, errors = process.communicate(timeout=timeout_s)
            return Said(process.returncode, output, errors, time.monotonic() - began_s)

    @contextmanager
    def started(self, *arguments: str | Path, **environment: str) -> Iterator[subprocess.Popen[str]]:
        """A command that may be interrupted; whatever becomes of it, none of its processes may remain."""
        others = {child.pid for child in psutil.Process().children()}
        process = subprocess.Popen(
            [sys.executable, "-m", "preseason.cli", *map(str, arguments)],
            cwd=self.folder,
            env={**clean_environment(), **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            with adopting_orphans():
                yield process
                process.wait(timeout=120)
                assert_nobody_is_left(others)
        finally:
            process.kill()
            process.communicate()

    def runs(self) -> list[Path]:
        return sorted(path.parent for path in (self.folder / "reports").glob("*/run.json"))


def clean_environment() -> dict[str, str]:
    return {
        name: value for name, value in os.environ.items() if not name.startswith(("PRESEASON_", "GITHUB_"))
    }


@contextmanager
def adopting_orphans() -> Iterator[None]:
    """Processes whose parents die become ours, so that none can hide (Linux)."""
    libc, before = ctypes.CDLL(None), ctypes.c_int()
    libc.prctl(_PR_GET_CHILD_SUBREAPER, ctypes.byref(before), 0, 0, 0)
    libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        libc.prctl(_PR_SET_CHILD_SUBREAPER, before.value, 0, 0, 0)


def assert_nobody_is_left(others: set[int], within_s: float = 60.0) -> None:
    """Servers end one after the other, and each is given seconds for it."""
    deadline_s = time.monotonic() + within_s
    while left := living_children(others):
        assert time.monotonic() < deadline_s, f"still alive: {left}"
        time.sleep(0.1)


def living_children(others: set[int]) -> list[list[str]]:
    """Command lines of our living descendants, but for those of ``others``."""
    reap_the_dead()
    alive = []
    for child in psutil.Process().children():
        if child.pid in others:
            continue
        for one in family_of(child):
            with suppress(psutil.NoSuchProcess):  # it has ended meanwhile
                if one.status() != psutil.STATUS_ZOMBIE:
                    alive.append(one.cmdline())
    return alive


def family_of(process: psutil.Process) -> list[psutil.Process]:
    """A process and its descendants, of which each may have ended by the time it is looked at."""
    with suppress(psutil.NoSuchProcess):
        return [process, *process.children(recursive=True)]
    return []


def running(parent: int, module: str) -> list[psutil.Process]:
    """The descendants of process ``parent`` that run ``module`` of ours."""
    found = []
    for one in family_of(psutil.Process(parent)):
        with suppress(psutil.NoSuchProcess):
            if one.cmdline()[-1:] == [module]:
                found.append(one)
    return found


def reap_the_dead() -> None:
    for child in psutil.Process().children():
        try:
            if child.status() == psutil.STATUS_ZOMBIE:
                os.waitpid(child.pid, os.WNOHANG)
        except (psutil.NoSuchProcess, ChildProcessError):
            continue


def interrupt(process: subprocess.Popen[str]) -> None:
    """What a terminal's Ctrl-C sends to the program in front."""
    process.send_signal(signal.SIGINT)
