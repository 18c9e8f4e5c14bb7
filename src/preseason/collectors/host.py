"""The host source: this machine, and the processes we were told to watch with their control groups."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

import psutil

from preseason.collectors import machine
from preseason.collectors.cgroup.places import places_of
from preseason.collectors.cgroup.watched import WatchedGroup
from preseason.collectors.collector import Note, Reading, Sample
from preseason.collectors.pace import Every
from preseason.collectors.processes import Family, children_by_parent
from preseason.run.manifest import Source
from preseason.run.samples import GENERATOR, labelled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preseason.collectors.settings import CollectorSettings, WatchedProcess

NAME = "host"
#: The label of our own process: what observing costs this machine.
OURSELVES = "collectors"
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
#: Counting open files means listing a folder for each process, and Postgres may have hundreds.
OPEN_FILES_S = 5.0
#: To tell what a process holds alone, the kernel walks through all of its pages.
SHARES_S = 10.0
DISKS_S = 10.0


class HostCollector:
    """Samples the machine it runs on; inside a container too, that is the whole host.

    Where the target runs elsewhere, this is the load generator's machine and its samples are labelled so.
    """

    name = NAME

    def __init__(self, settings: CollectorSettings) -> None:
        self.interval_s = settings.interval_s
        self._whose = "" if settings.target_is_here else GENERATOR
        watched = {OURSELVES: os.getpid()} | {process.label: process.pid for process in settings.processes}
        self._families = [Family(label, pid) for label, pid in watched.items()]
        self._boot = BOOT_ID.read_text().strip()[:8] if BOOT_ID.exists() else f"{psutil.boot_time():.0f}"
        self._groups = dict(_groups(self._families, self._boot))
        self._ordered: SimpleQueue[WatchedProcess] = SimpleQueue()
        self._open_files, self._shares, self._disks = Every(OPEN_FILES_S), Every(SHARES_S), Every(DISKS_S)

    def watch(self, process: WatchedProcess) -> None:
        """From the next look on, watch this one instead of whichever has its label; for any thread."""
        self._ordered.put(process)

    def open(self) -> Source:
        psutil.cpu_times_percent()  # the first call only starts the measurement
        return Source(name=NAME, address=platform.node(), version=platform.release())

    def close(self) -> None:
        """Nothing is held open."""

    def read(self, now_s: float, *, last: bool) -> Reading:
        if last:
            return Reading(())  # a moment after the one before: shares of so short a time say nothing
        self._take_orders()
        ended = [family for family in self._families if not family.is_alive]
        self._families = [family for family in self._families if family not in ended]
        samples = (*self._machine(now_s), *self._processes(now_s))
        return Reading(samples, tuple(Note(f"process {it.label} ({it.pid}) {it.fate}") for it in ended))

    def _take_orders(self) -> None:
        while not self._ordered.empty():
            process = self._ordered.get()
            family = Family(process.label, process.pid)
            self._families = [other for other in self._families if other.label != process.label] + [family]
            self._groups |= dict(_groups([family], self._boot))

    def _machine(self, now_s: float) -> Iterator[Sample]:
        for metric, part, value in machine.shares():
            yield Sample(now_s, NAME, metric, labelled(self._whose, part), value)
        if self._disks.is_due(now_s):
            for metric, part, value in machine.disk_free():
                yield Sample(now_s, NAME, metric, labelled(self._whose, part), value)
        for metric, part, value in machine.totals():
            yield Sample(now_s, NAME, metric, labelled(self._whose, part), value, self._boot)

    def _processes(self, now_s: float) -> Iterator[Sample]:
        children = children_by_parent()
        counts_files, weighs = self._open_files.is_due(now_s), self._shares.is_due(now_s)
        for family in self._families:
            usage = family.usage(children, counts_files=counts_files)
            if weighs and (pss_bytes := family.pss_bytes(children)) is not None:
                yield Sample(now_s, NAME, "process_pss_bytes", family.label, pss_bytes)
            yield Sample(now_s, NAME, "process_rss_bytes", family.label, usage.rss_bytes)
            yield Sample(now_s, NAME, "process_threads", family.label, usage.threads)
            if usage.open_files is not None:
                yield Sample(now_s, NAME, "process_open_files", family.label, usage.open_files)
            if (cores := family.cores(now_s, usage)) is not None:
                yield Sample(now_s, NAME, "process_cpu", family.label, cores)
            if family.label in self._groups:
                yield from self._groups[family.label].samples(now_s)


def _groups(families: list[Family], boot: str) -> Iterator[tuple[str, WatchedGroup]]:
    """The control groups of those that are in any, by label."""
    for family in families:
        if (places := places_of(family.pid)) is not None:
            yield family.label, WatchedGroup(family.label, places, family.processors, boot)
