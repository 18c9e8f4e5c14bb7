"""The control groups of one watched process, as samples of the host source."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from preseason.collectors.cgroup.reading import usage_of
from preseason.collectors.collector import Sample
from preseason.run.samples import labelled

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from preseason.collectors.cgroup.places import Levels, Places
    from preseason.collectors.cgroup.reading import Processor, Usage

_SOURCE = "host"


class WatchedGroup:
    """Samples the groups at ``places`` under a process's ``label``.

    ``processors`` is how many it may run on: what its use is compared with where it has no quota. ``boot``
    names the life of the machine; a group that was removed and made again begins another epoch.
    """

    def __init__(self, label: str, places: Places, processors: int, boot: str) -> None:
        self._label = label
        self._places = places
        self._processors = processors
        self._boot = boot
        self._before: tuple[float, str, float] | None = None

    def samples(self, now_s: float) -> Iterator[Sample]:
        """What the groups say at ``now_s``; nothing where the process is in none but the machine's."""
        usage, epoch = usage_of(self._places), self._epoch()
        for metric, value in self._gauges(now_s, usage, epoch):
            yield Sample(now_s, _SOURCE, metric, self._label, value)
        for metric, part, counted in _counters(usage):
            yield Sample(now_s, _SOURCE, metric, labelled(self._label, part), counted, epoch)

    def _gauges(self, now_s: float, usage: Usage, epoch: str) -> Iterator[tuple[str, float]]:
        if usage.processor is not None:
            share = self._share(now_s, usage.processor, epoch)
            if share is not None:
                yield "cgroup_cpu", share
        if usage.memory is not None:
            yield "cgroup_memory_bytes", usage.memory.working_set_bytes
            if usage.memory.limit_bytes:
                yield "cgroup_memory", usage.memory.working_set_bytes / usage.memory.limit_bytes

    def _share(self, now_s: float, processor: Processor, epoch: str) -> float | None:
        """The share of what it may use that was used since the look before; None where that is not known."""
        before, self._before = self._before, (now_s, epoch, processor.used_us)
        if before is None or before[1] != epoch or now_s <= before[0] or processor.used_us < before[2]:
            return None
        cores = (processor.used_us - before[2]) / 1e6 / (now_s - before[0])
        return cores / (processor.quota_cores or self._processors)

    def _epoch(self) -> str:
        folders = [levels.own for levels in self._levels()]
        lives = [(str(folder), _inode(folder)) for folder in folders]
        return hashlib.blake2s(repr((self._boot, lives)).encode(), digest_size=4).hexdigest()

    def _levels(self) -> Iterator[Levels]:
        if self._places.unified is not None:
            yield self._places.unified
        for _, levels in self._places.by_controller:
            yield levels


def _inode(folder: Path) -> int:
    """What changes when a folder is removed and made again; 0 while it is gone."""
    try:
        return folder.stat().st_ino
    except OSError:
        return 0


def _counters(usage: Usage) -> Iterator[tuple[str, str, float]]:
    processor, memory = usage.processor, usage.memory
    if processor is not None:
        yield "cgroup_cpu_us", "", processor.used_us
    if processor is not None and processor.quota_cores is not None:
        yield "cgroup_periods", "", processor.periods
        yield "cgroup_throttled_periods", "", processor.throttled_periods
        yield "cgroup_throttled_us", "", processor.throttled_us
    if memory is not None and memory.oom_kills is not None:
        yield "cgroup_oom_kills", "", memory.oom_kills
    if usage.read_bytes is not None and usage.written_bytes is not None:
        yield "cgroup_read_bytes", "", usage.read_bytes
        yield "cgroup_written_bytes", "", usage.written_bytes
    for resource, stalled_us in usage.stalled_us.items():
        yield "cgroup_pressure_us", resource, stalled_us
