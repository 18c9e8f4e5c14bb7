"""What the control groups of a process say of it, alike for both versions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from preseason.collectors.cgroup import parsing
from preseason.collectors.pressure import read_pressure

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from preseason.collectors.cgroup.places import Levels, Places


@dataclass(frozen=True, slots=True)
class Processor:
    """Processor time of a group, counted since it was made.

    ``quota_cores`` is the tightest quota on any level, and all figures are of that level: its neighbours
    there use the same quota. Without one (None) they are the process's own group's. Of ``periods`` that the
    quota was dealt out in, ``throttled_periods`` ended with everybody held back, ``throttled_us`` in all.
    """

    used_us: float
    quota_cores: float | None
    periods: float
    throttled_periods: float
    throttled_us: float


@dataclass(frozen=True, slots=True)
class Memory:
    """Memory that cannot be had back by dropping files (what kubelet calls the working set).

    ``limit_bytes`` is the tightest on any level, as are the bytes then. ``oom_kills`` are those of the
    process's own group.
    """

    working_set_bytes: float
    limit_bytes: int | None
    oom_kills: float | None


@dataclass(frozen=True, slots=True)
class Usage:
    """One look at a process's groups; None, or nothing, for what its kernel does not tell."""

    processor: Processor | None = None
    memory: Memory | None = None
    read_bytes: float | None = None
    written_bytes: float | None = None
    stalled_us: dict[str, float] = field(default_factory=dict)


def usage_of(places: Places) -> Usage:
    """What the groups at ``places`` say just now.

    A machine may keep processors and memory in version 1 and have version 2 beside it, which then knows less.
    The group that is the whole machine says nothing of a process, and is left out.
    """
    io, unified = _io(places), places.unified
    stalled = read_pressure(unified.own, ".pressure") if unified and _is_a_group(unified) else ()
    return Usage(
        processor=_processor_1(places) or _processor_2(places),
        memory=_memory_1(places) or _memory_2(places),
        read_bytes=io and io[0],
        written_bytes=io and io[1],
        stalled_us=dict(stalled),
    )


def _is_a_group(levels: Levels) -> bool:
    """Whether a folder of version 2 is not the whole machine's, which alone has no type."""
    return (levels.own / "cgroup.type").exists()


def _processor_2(places: Places) -> Processor | None:
    if places.unified is None or not _is_a_group(places.unified):
        return None
    folder, quota = _tightest(places.unified, lambda it: parsing.quota_cores(_text(it / "cpu.max")))
    told = parsing.keyed(_text(folder / "cpu.stat"))
    if "usage_usec" not in told:
        return None
    return Processor(
        told["usage_usec"],
        quota,
        told.get("nr_periods", 0),
        told.get("nr_throttled", 0),
        told.get("throttled_usec", 0),
    )


def _processor_1(places: Places) -> Processor | None:
    cpu, accounts = places.of("cpu"), places.of("cpuacct")
    if cpu is None or accounts is None:
        return None
    folder, quota = _tightest(cpu, _quota_1)
    level = len(cpu.folders) - cpu.folders.index(folder)  # counted from the root, which both share
    used = _text(accounts.folders[-level] / "cpuacct.usage") if level <= len(accounts.folders) else ""
    if not used.strip().isdigit() or (quota is None and len(cpu.folders) == 1):
        return None
    told = parsing.keyed(_text(folder / "cpu.stat"))
    return Processor(
        int(used) / 1000,
        quota,
        told.get("nr_periods", 0),
        told.get("nr_throttled", 0),
        told.get("throttled_time", 0) / 1000,
    )


def _quota_1(folder: Path) -> float | None:
    quota, period = (_text(folder / f"cpu.cfs_{name}_us").strip() for name in ("quota", "period"))
    return parsing.quota_cores(f"{quota} {period}")


def _memory_2(places: Places) -> Memory | None:
    if places.unified is None or not _is_a_group(places.unified):
        return None
    folder, limit = _tightest(places.unified, lambda it: parsing.limit_bytes(_text(it / "memory.max")))
    current = _text(folder / "memory.current").strip()
    if not current.isdigit():
        return None
    dropped = parsing.keyed(_text(folder / "memory.stat")).get("inactive_file", 0)
    kills = parsing.keyed(_text(places.unified.own / "memory.events")).get("oom_kill")
    return Memory(max(0, int(current) - dropped), _whole(limit), kills)


def _memory_1(places: Places) -> Memory | None:
    memory = places.of("memory")
    if memory is None:
        return None
    folder, limit = _tightest(memory, lambda it: parsing.limit_bytes(_text(it / "memory.limit_in_bytes")))
    current = _text(folder / "memory.usage_in_bytes").strip()
    if not current.isdigit() or (limit is None and len(memory.folders) == 1):
        return None
    dropped = parsing.keyed(_text(folder / "memory.stat")).get("total_inactive_file", 0)
    kills = parsing.keyed(_text(memory.own / "memory.oom_control")).get("oom_kill")
    return Memory(max(0, int(current) - dropped), _whole(limit), kills)


def _io(places: Places) -> tuple[float, float] | None:
    if places.unified is not None and (told := _text(places.unified.own / "io.stat")):
        return parsing.io_bytes(told)
    blkio = places.of("blkio")
    if blkio is None or len(blkio.folders) == 1:
        return None
    told = _text(blkio.own / "blkio.throttle.io_service_bytes")
    return parsing.blkio_bytes(told) if told else None


def _tightest(levels: Levels, limit: Callable[[Path], float | None]) -> tuple[Path, float | None]:
    """The level with the smallest limit, and that; the process's own, and None, where none has one."""
    limited = [(found, folder) for folder in levels.folders if (found := limit(folder)) is not None]
    if not limited:
        return levels.own, None
    smallest = min(found for found, _ in limited)
    return next(folder for found, folder in limited if found == smallest), smallest


def _whole(limit: float | None) -> int | None:
    return None if limit is None else int(limit)


def _text(file: Path) -> str:
    """A file's text; empty where it is not there or cannot be read (a group that was removed)."""
    try:
        return file.read_text()
    except OSError:
        return ""
