"""The two small programs of a lifeline that must run outside our process, and the ending of a process family.

A plain script as well as a module: :mod:`preseason.lifeline` runs this file with ``python -I -S``, so it
imports nothing but the standard library. ::

    guard ROOT FD                                     waits until nobody can write to FD, then winds ROOT up
    launch ROOT FD ERROR_FD UID GID SIGNAL GRACE …    registers itself in ROOT, then becomes the program …

FD is a pipe whose write end our process holds, and each launcher until it has become its program. However our
process ends, the kernel closes the pipe, and not before everything that was being started is registered.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

REGISTER = "children"
POLL_S = 0.02
#: How long a killed family may take to vanish; only a process stuck in the kernel needs longer.
VANISH_S = 10.0


class Record(NamedTuple):
    """A started program; ``started`` tells it from a later process with the same number."""

    pid: int
    stop_signal: int
    grace_s: float
    started: str

    @classmethod
    def parse(cls, line: str) -> Record:
        pid, stop_signal, grace_s, started = line.split(" ", 3)
        return cls(int(pid), int(stop_signal), float(grace_s), started)


class Process(NamedTuple):
    """One row of the process table."""

    parent: int
    group: int
    started: str


def processes() -> dict[int, Process]:
    """Every living process of this machine by its number; a zombie no longer lives."""
    return _from_proc() if Path("/proc/self/stat").exists() else _from_ps()


def _from_proc() -> dict[int, Process]:
    table = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it ended while we looked
            name, _, rest = entry.read_text(errors="replace").rpartition(")")
            state, parent, group, *more = rest.split()
            if state not in "ZX":
                table[int(name.split()[0])] = Process(int(parent), int(group), more[16])
    return table


def _from_ps() -> dict[int, Process]:
    command = ("/bin/ps", "-A", "-o", "pid=,ppid=,pgid=,stat=,lstart=")
    listing = subprocess.run(command, env={"LC_ALL": "C"}, capture_output=True, text=True, check=True)  # noqa: S603 - a fixed command
    table = {}
    for line in listing.stdout.splitlines():
        pid, parent, group, state, started = line.split(maxsplit=4)
        if not state.startswith("Z"):
            table[int(pid)] = Process(int(parent), int(group), started)
    return table


def family(known: dict[int, str], now: dict[int, Process]) -> dict[int, str]:
    """``known`` (number to start) with every descendant and every member of its process groups.

    Descent matters beside the group: Postgres gives each backend a group of its own.
    """
    kin = dict(known)
    while True:
        more = {
            pid: process.started
            for pid, process in now.items()
            if pid not in kin and (process.parent in kin or process.group in kin)
        }
        if not more:
            return kin
        kin.update(more)


def end(record: Record) -> None:
    """Signal the program, give it its grace, then kill whatever is left of its family.

    Only the program itself gets the gentle signal: it knows best how to end its own children. Once it has
    gone, nobody is left to end them, so what it leaves behind is killed at once.
    """
    now = processes()
    if record.pid in now and now[record.pid].started != record.started:
        return  # it ended long ago, and its number was given to a stranger
    kin = family({record.pid: record.started}, now)
    _send(record.pid, record.stop_signal)
    deadline = time.monotonic() + record.grace_s
    while record.pid in (now := processes()) and time.monotonic() < deadline:
        kin = family(kin, now)
        time.sleep(POLL_S)
    _kill(kin)


def _kill(kin: dict[int, str]) -> None:
    deadline = time.monotonic() + VANISH_S
    while time.monotonic() < deadline:
        now = processes()
        kin = family(kin, now)
        left = [pid for pid, started in kin.items() if pid in now and now[pid].started == started]
        if not left:
            return
        for pid in left:
            _send(pid, signal.SIGKILL)
        time.sleep(POLL_S)


def _send(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def records(root: Path) -> list[Record]:
    """What was started under ``root``, in that order."""
    register = root / REGISTER
    return [Record.parse(line) for line in register.read_text().splitlines()] if register.exists() else []


def wind_up(root: Path) -> None:
    """End everything started under ``root``, the last first, and remove the folder."""
    for record in reversed(records(root)):
        end(record)
    shutil.rmtree(root, ignore_errors=True)


def guard(root: Path, pipe: int) -> None:
    """Wait until our process and all its launchers are done with ``pipe``, then wind up."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    os.chdir("/")
    os.read(pipe, 1)  # nobody ever writes: this returns at the end of the pipe
    wind_up(root)


def launch(arguments: list[str]) -> None:
    """Register this process and become the program; a failure's number goes to the error pipe."""
    root, pipe, error_pipe, uid, gid, stop_signal, grace_s, *argv = arguments
    for inherited in (pipe, error_pipe):
        os.set_inheritable(int(inherited), False)  # noqa: FBT003 - takes its arguments by position only
    try:
        _register(Path(root), f"{stop_signal} {grace_s}")
        if uid:
            _become(int(uid), int(gid))
        os.execvp(argv[0], argv)  # noqa: S606 - replaces this process by the program asked for, without a shell
    except OSError as error:
        os.write(int(error_pipe), str(error.errno).encode())
        os._exit(127)


def _register(root: Path, ending: str) -> None:
    pid = os.getpid()
    with (root / REGISTER).open("a") as register:
        register.write(f"{pid} {ending} {processes()[pid].started}\n")


def _become(uid: int, gid: int) -> None:
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


if __name__ == "__main__":
    if sys.argv[1] == "guard":
        guard(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        launch(sys.argv[2:])
