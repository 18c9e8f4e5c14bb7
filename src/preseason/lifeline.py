"""Child processes and temporary folders that cannot outlive us.

However our process ends (normally, by an exception, Ctrl-C, SIGTERM or SIGKILL), its children, their children
and its folders go with it::

    with Lifeline() as lifeline:
        data = lifeline.folder("redis")
        redis = lifeline.start(["redis-server", "--dir", str(data)], name="redis")
        ...

A second process, the guardian, holds the read end of a pipe whose write end is ours. When we end, the kernel
closes it, and the guardian ends what was started, the last first. Children run in sessions of their own, so a
Ctrl-C at the terminal reaches us and not them. A guardian that is killed is replaced at once. Should it be
killed together with us, the next Lifeline of the same user finds what was left behind and ends that first.

Linux's PR_SET_PDEATHSIG is no second string: it would end a child with the *thread* that started it.
Do not fork (``os.fork``, ``multiprocessing``) while a Lifeline is open: the copy would hold the pipe as well.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self, TypeAlias

from preseason import guardian

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Stream: TypeAlias = int | IO[Any] | None

PREFIX = "preseason-lifeline-"
#: Isolated and without site-packages, the guardian starts in 20 ms.
GUARDIAN = (sys.executable, "-I", "-S", guardian.__file__)
#: An empty folder this young may be one that is just about to be locked.
YOUNG_S = 60.0
#: Before a guardian is replaced that was killed: whatever kills each of them may not keep us busy.
_PAUSE_S = 0.2


@dataclass(frozen=True, slots=True)
class Child:
    """A program started by a :class:`Lifeline`."""

    name: str
    process: subprocess.Popen[bytes]
    record: guardian.Record

    @property
    def pid(self) -> int:
        return self.process.pid

    def poll(self) -> int | None:
        """None while it runs, then its exit status; negative is the signal that ended it."""
        return self.process.poll()

    def wait(self, timeout_s: float | None = None) -> int:
        """Its exit status; raises ``subprocess.TimeoutExpired`` when it still runs after ``timeout_s``."""
        return self.process.wait(timeout_s)

    def stop(self) -> int:
        """Send its stop signal, after its grace kill what is left of its family; its exit status."""
        guardian.end(self.record)
        return self.process.wait()


class Lifeline:
    """Starts programs and makes folders that end with this context, at the latest with this process.

    ``base`` is where its own temporary folder is made.
    """

    def __init__(self, base: Path | None = None) -> None:
        self._base = base or temporary_base()
        self._children: list[Child] = []
        self._ending = threading.Event()

    def __enter__(self) -> Self:
        sweep(self._base)
        self._root = Path(tempfile.mkdtemp(prefix=PREFIX, dir=self._base))
        if os.geteuid() == 0:
            self._root.chmod(0o711)  # a child that is not root passes through to its own folder
        with ExitStack() as held:
            lock = held.enter_context(_locked(self._root))
            watched, self._pipe = os.pipe()
            held.callback(os.close, watched)
            self._guardian = self._guard(watched, lock)
            self._lock = held.pop_all()
        self._replacing = threading.Thread(target=self._replace, args=(watched, lock), daemon=True)
        self._replacing.start()
        return self

    def _guard(self, watched: int, lock: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - our own script
            [*GUARDIAN, "guard", str(self._root), str(watched)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(watched, lock),
            start_new_session=True,
        )

    def _replace(self, watched: int, lock: int) -> None:
        """As long as we live, a guardian that did not end well was killed, and another takes its place."""
        while self._guardian.wait() != 0 and not self._ending.wait(_PAUSE_S):
            with suppress(OSError):  # what killed it may be a lack of memory, which passes
                self._guardian = self._guard(watched, lock)

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        os.close(self._pipe)
        self._replacing.join()
        if self._guardian.wait() != 0:  # somebody killed it
            guardian.wind_up(self._root)
        for child in self._children:
            with child.process:  # reaps it and closes its streams
                pass
        self._lock.close()

    def folder(self, name: str, *, owner: int | None = None) -> Path:
        """A new folder that only ``owner`` (a user id; by default ours) can enter."""
        path = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self._root))
        if owner is not None:
            os.chown(path, owner, group_of(owner))
        return path

    def start(
        self,
        argv: Sequence[str],
        *,
        name: str,
        stop_signal: signal.Signals = signal.SIGTERM,
        grace_s: float = 5.0,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        user: int | None = None,
        stdin: Stream = subprocess.DEVNULL,
        stdout: Stream = None,
        stderr: Stream = None,
    ) -> Child:
        """Start a program and return once it runs; raises ``OSError`` when it cannot be run.

        ``user`` (an id, only for root) is whom it runs as. It is ended by ``stop_signal``, and after
        ``grace_s`` by SIGKILL.
        """
        ids = ("", "") if user is None else (str(user), str(group_of(user)))
        failed, failing = os.pipe()
        with os.fdopen(failed, "rb") as failure:
            try:
                process = subprocess.Popen(  # noqa: S603 - what to run is the caller's, without a shell
                    [
                        *(*GUARDIAN, "launch", str(self._root), str(self._pipe), str(failing)),
                        *(*ids, str(int(stop_signal)), str(grace_s), *argv),
                    ],
                    env=env,
                    cwd=cwd,
                    stdin=stdin,
                    stdout=stdout,
                    stderr=stderr,
                    pass_fds=(self._pipe, failing),
                    start_new_session=True,
                )
            finally:
                os.close(failing)
            number = failure.read()  # ends when the program has taken the launcher's place
        return self._adopt(name, process, int(number or 0), argv[0])

    def _adopt(self, name: str, process: subprocess.Popen[bytes], error: int, program: str) -> Child:
        if error:
            process.communicate()
            raise OSError(error, os.strerror(error), program)
        by_pid = {record.pid: record for record in guardian.records(self._root)}  # the latest of a number
        child = Child(name, process, by_pid[process.pid])
        self._children.append(child)
        return child


def group_of(user: int) -> int:
    """The user's own group; a user id without an entry shares its number with its group."""
    try:
        return pwd.getpwuid(user).pw_gid
    except KeyError:
        return user


def temporary_base() -> Path:
    """Where temporary folders go; for root, a place that its less privileged children can reach."""
    usual = Path(tempfile.gettempdir())
    if os.geteuid() != 0 or open_to_all(usual):
        return usual
    return Path("/var/tmp")  # noqa: S108 - only the parent of a folder that mkdtemp makes


def open_to_all(path: Path) -> bool:
    """Whether every user of this machine may pass through ``path`` and all folders above it."""
    return all(folder.stat().st_mode & 0o001 for folder in (path.resolve(), *path.resolve().parents))


def sweep(base: Path) -> None:
    """End and remove what a Lifeline of this user left when it was killed together with its guardian."""
    for root in base.glob(f"{PREFIX}*"):
        with (
            suppress(OSError),
            _locked(root),
        ):  # not ours, already gone, or somebody is alive and holds the lock
            if any(root.iterdir()) or time.time() - root.stat().st_ctime > YOUNG_S:
                guardian.wind_up(root)


@contextmanager
def _locked(root: Path) -> Iterator[int]:
    """The folder, ours alone until every process that inherited this descriptor has ended."""
    descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        if os.fstat(descriptor).st_uid != os.geteuid():
            raise PermissionError(root)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield descriptor
    finally:
        os.close(descriptor)
