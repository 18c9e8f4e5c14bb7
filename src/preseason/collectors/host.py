"""The host source: this machine's processor, memory and pressure, and the processes we were told to watch."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from preseason.collectors.collector import Note, Reading, Sample
from preseason.collectors.processes import Family, children_by_parent
from preseason.run.manifest import Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preseason.collectors.settings import CollectorSettings

NAME = "host"
#: The label of our own process: what observing costs this machine.
OURSELVES = "collectors"
PRESSURE = Path("/proc/pressure")
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class HostCollector:
    """Samples the machine it runs on; inside a container too, that is the whole host."""

    name = NAME

    def __init__(self, settings: CollectorSettings) -> None:
        self.interval_s = settings.interval_s
        watched = {OURSELVES: os.getpid()} | {process.label: process.pid for process in settings.processes}
        self._families = [Family(label, pid) for label, pid in watched.items()]
        self._boot = BOOT_ID.read_text().strip()[:8] if BOOT_ID.exists() else f"{psutil.boot_time():.0f}"

    def open(self) -> Source:
        psutil.cpu_times_percent()  # the first call only starts the measurement
        return Source(name=NAME, address=platform.node(), version=platform.release())

    def close(self) -> None:
        """Nothing is held open."""

    def read(self, now_s: float, *, last: bool) -> Reading:
        if last:
            return Reading(())  # a moment after the one before: shares of so short a time say nothing
        ended = [family for family in self._families if not family.is_alive]
        self._families = [family for family in self._families if family not in ended]
        samples = (*_machine(now_s), *_pressure(now_s, self._boot), *self._processes(now_s))
        return Reading(samples, tuple(Note(f"process {it.label} ({it.pid}) has ended") for it in ended))

    def _processes(self, now_s: float) -> Iterator[Sample]:
        children = children_by_parent()
        for family in self._families:
            usage = family.usage(children)
            yield Sample(now_s, NAME, "process_rss_bytes", family.label, usage.rss_bytes)
            if (cores := family.cores(now_s, usage)) is not None:
                yield Sample(now_s, NAME, "process_cpu", family.label, cores)


def _machine(now_s: float) -> Iterator[Sample]:
    share = psutil.cpu_times_percent()
    memory = psutil.virtual_memory()
    idle = share.idle + getattr(share, "iowait", 0.0)
    yield Sample(now_s, NAME, "cpu", "", 1 - idle / 100)
    yield Sample(now_s, NAME, "cpu_stolen", "", getattr(share, "steal", 0.0) / 100)
    yield Sample(now_s, NAME, "memory", "", 1 - memory.available / memory.total)


def _pressure(now_s: float, boot: str) -> Iterator[Sample]:
    """Microseconds since boot that some or all tasks waited for a resource, where Linux tells."""
    for resource in ("cpu", "memory", "io"):
        try:
            lines = (PRESSURE / resource).read_text().splitlines()
        except OSError:
            continue
        for line in lines:
            who, *_, total = line.replace("total=", "").split()
            yield Sample(now_s, NAME, "pressure_us", f"{resource}.{who}", float(total), boot)
