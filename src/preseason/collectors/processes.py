"""What a process and all its descendants use of the processor and of memory."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Usage:
    """``cpu_s`` is the processor time of the whole family so far, its dead members' included.

    ``rss_bytes`` counts memory that its members share (Postgres' buffers) once for each of them.
    ``open_files`` is None where they were not counted, or may not be seen.
    """

    cpu_s: float
    rss_bytes: int
    threads: int
    open_files: int | None = None


@dataclass(slots=True)
class Family:
    """A process known by ``label``, with its descendants."""

    label: str
    pid: int
    _root: psutil.Process | None = field(init=False)
    _before: tuple[float, float] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        try:
            self._root = psutil.Process(self.pid)
        except psutil.NoSuchProcess:
            self._root = None

    @property
    def is_alive(self) -> bool:
        """Whether it still runs; another process with its number, which began later, is not it."""
        try:
            running = self._root is not None and self._root.is_running()
            return running and self._root is not None and self._root.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:  # it ended between the two questions
            return False

    @property
    def fate(self) -> str:
        """What became of one that is alive no more."""
        known = self._root is not None and psutil.pid_exists(self.pid)
        other = known and psutil.Process(self.pid) != self._root
        return "has ended; another process has its number" if other else "has ended"

    @property
    def processors(self) -> int:
        """How many processors it may run on."""
        try:
            return len(self._root.cpu_affinity() if self._root else []) or psutil.cpu_count() or 1
        except (psutil.Error, AttributeError):  # not everywhere can a process be kept to some
            return psutil.cpu_count() or 1

    def usage(self, children: dict[int, list[psutil.Process]], *, counts_files: bool = False) -> Usage:
        """What it uses, given the children of every process of this machine."""
        members = list(_with_descendants(self._root, children)) if self._root else []
        used = [usage for member in members if (usage := _usage(member)) is not None]
        files = [_open_files(member) for member in members] if counts_files else []
        seen = [count for count in files if count is not None]
        return Usage(
            cpu_s=sum(usage.cpu_s for usage in used),
            rss_bytes=sum(usage.rss_bytes for usage in used),
            threads=sum(usage.threads for usage in used),
            open_files=sum(seen) if seen else None,
        )

    def pss_bytes(self, children: dict[int, list[psutil.Process]]) -> int | None:
        """Its memory, what members share counted once; None where the kernel does not tell, or not us."""
        members = list(_with_descendants(self._root, children)) if self._root else []
        weighed = [_pss_bytes(member.pid) for member in members]
        known = [size for size in weighed if size is not None]
        return sum(known) if known else None

    def cores(self, now_s: float, usage: Usage) -> float | None:
        """How many processors it kept busy since it was asked last; None where that cannot be told."""
        before, self._before = self._before, (now_s, usage.cpu_s)
        if before is None or now_s <= before[0] or usage.cpu_s < before[1]:
            return None
        return (usage.cpu_s - before[1]) / (now_s - before[0])


def children_by_parent() -> dict[int, list[psutil.Process]]:
    """Every process of this machine under its parent's number: one pass for all families."""
    children = defaultdict(list)
    for process in psutil.process_iter():
        try:
            children[process.ppid()].append(process)
        except psutil.Error:  # it ended while we looked
            continue
    return children


def _with_descendants(
    root: psutil.Process, children: dict[int, list[psutil.Process]]
) -> Iterator[psutil.Process]:
    yield root
    for child in children.get(root.pid, ()):
        yield from _with_descendants(child, children)


def _usage(process: psutil.Process) -> Usage | None:
    try:
        with process.oneshot():
            times, memory, threads = process.cpu_times(), process.memory_info(), process.num_threads()
    except psutil.Error:
        return None
    of_dead_children = getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
    return Usage(times.user + times.system + of_dead_children, memory.rss, threads)


def _pss_bytes(pid: int) -> int | None:
    """The proportional set size (PSS): shared pages divided by how many processes share them."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except (OSError, ValueError):  # another user's, ended, or no Linux
        return None
    sizes = (int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return next(sizes, None)


def _open_files(process: psutil.Process) -> int | None:
    """Files, sockets and pipes; of another user's process only root may know."""
    try:
        return process.num_fds()
    except psutil.Error:
        return None
