"""What a process and all its descendants use of the processor and of memory."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Usage:
    """``cpu_s`` is the processor time of the whole family so far, its dead members' included.

    ``rss_bytes`` counts memory that its members share (Postgres' buffers) once for each of them.
    """

    cpu_s: float
    rss_bytes: int


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
        return (
            self._root is not None and self._root.is_running() and self._root.status() != psutil.STATUS_ZOMBIE
        )

    def usage(self, children: dict[int, list[psutil.Process]]) -> Usage:
        """What it uses, given the children of every process of this machine."""
        members = list(_with_descendants(self._root, children)) if self._root else []
        used = [usage for member in members if (usage := _usage(member)) is not None]
        return Usage(sum(usage.cpu_s for usage in used), sum(usage.rss_bytes for usage in used))

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
            times, memory = process.cpu_times(), process.memory_info()
    except psutil.Error:
        return None
    of_dead_children = getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
    return Usage(times.user + times.system + of_dead_children, memory.rss)
