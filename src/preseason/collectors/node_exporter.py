"""The host source of another machine: the page of its node_exporter, fetched and taken apart."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

from preseason.collectors.addresses import redact
from preseason.collectors.collector import LostError, Reading, Sample
from preseason.collectors.counters import CounterLife
from preseason.collectors.exposition import PageError, Point, read_page
from preseason.collectors.fetching import Fetcher
from preseason.collectors.host import NAME
from preseason.run.manifest import Source
from preseason.run.samples import labelled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from preseason.collectors.settings import CollectorSettings, HostPage

ANSWER_S = 3.0
CPU, BOOT = "node_cpu_seconds_total", "node_boot_time_seconds"
TOTAL, AVAILABLE = "node_memory_MemTotal_bytes", "node_memory_MemAvailable_bytes"
#: Our name of a counter, the label that tells its series apart, and what one of its units is of ours.
_COUNTERS = {
    CPU: ("cpu_s", "mode", 1.0),
    "node_disk_read_bytes_total": ("disk_read_bytes", "device", 1.0),
    "node_disk_written_bytes_total": ("disk_written_bytes", "device", 1.0),
    "node_disk_io_time_seconds_total": ("disk_busy_s", "device", 1.0),
    "node_network_receive_bytes_total": ("network_received_bytes", "device", 1.0),
    "node_network_transmit_bytes_total": ("network_sent_bytes", "device", 1.0),
    "node_vmstat_oom_kill": ("oom_kills", "", 1.0),
}
#: Some tasks *wait*; where all do, the machine is *stalled*.
_PRESSURE = {
    f"node_pressure_{resource}_{how}_seconds_total": f"{resource}.{who}"
    for resource in ("cpu", "memory", "io")
    for how, who in (("waiting", "some"), ("stalled", "full"))
}
_SIZE, _FREE = "node_filesystem_size_bytes", "node_filesystem_avail_bytes"
#: What is in memory, or is an image that is always full, says nothing about a disk.
_NO_DISKS = {"tmpfs", "ramfs", "devtmpfs", "overlay", "squashfs", "iso9660", "erofs"}
_LOOPBACK = "lo"
#: The time that processors wait for disks is an estimate, which Linux at times takes back.
_MAY_FALL = {"cpu_s"}
_IDLE = ("idle", "iowait")
_STOLEN = "steal"
#: The kernel derives the boot time from the clock, which somebody may set right.
_CLOCK_SET_S = 60.0


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds that all processors of a machine have spent, by mode, since it booted."""

    by_mode: Mapping[str, float]

    def shares_since(self, before: Times) -> tuple[float, float] | None:
        """The share of the time since that they were busy, and the share that was stolen, 0-1.

        None where that cannot be told: a counter went back (a processor was taken away), or no time passed.
        """
        spent = {mode: value - before.by_mode.get(mode, 0.0) for mode, value in self.by_mode.items()}
        idle = sum(spent.get(mode, 0.0) for mode in _IDLE)
        stolen, total = max(0.0, spent.get(_STOLEN, 0.0)), sum(spent.values())
        if total <= 0 or not 0 <= idle <= total or stolen > total:
            return None
        return 1 - idle / total, stolen / total


class HostPageCollector:
    """Samples another machine by the page of its node_exporter."""

    def __init__(self, page: HostPage, settings: CollectorSettings) -> None:
        self.name = source_name(page)
        self.interval_s = settings.host_pages_interval_s
        self._page = page
        self._fetcher = Fetcher(within_s=ANSWER_S)
        self._life = CounterLife()
        self._boot_s: float | None = None
        self._before: Times | None = None

    def open(self) -> Source:
        return source_of(self._page, fetch_page(self._fetcher, self._page.url))

    def close(self) -> None:
        self._fetcher.close()
        self._before = None  # no share spans a time in which we did not look

    def read(self, now_s: float, *, last: bool) -> Reading:
        points = fetch_page(self._fetcher, self._page.url)
        counters = dict(_counters(points))
        steady = {labelled(*key): value for key, value in counters.items() if key[0] not in _MAY_FALL}
        turn = self._life.turn(now_s, {"the machine rebooted": self._boot(points)}, steady)
        if turn.broken:
            self._before = None
        # A last look comes a moment after the one before: shares of so short a time say nothing.
        shares = () if last else self._processor(points)
        host = self._page.label
        counted = (
            Sample(now_s, NAME, metric, labelled(host, part), value, turn.epoch)
            for (metric, part), value in counters.items()
        )
        gauges = (
            Sample(now_s, NAME, metric, labelled(host, part), value)
            for metric, part, value in (*_gauges(points), *shares)
        )
        return Reading((*gauges, *counted), broken=turn.broken)

    def _boot(self, points: Sequence[Point]) -> float | None:
        """When the machine booted, as it was told first: a clock that was set right is no reboot."""
        told = _value(points, BOOT)
        if told is not None and (self._boot_s is None or abs(told - self._boot_s) > _CLOCK_SET_S):
            self._boot_s = told
        return self._boot_s

    def _processor(self, points: Iterable[Point]) -> Iterator[tuple[str, str, float]]:
        by_mode: defaultdict[str, float] = defaultdict(float)
        for point in points:
            if point.name == CPU:
                by_mode[point.labels.get("mode", "")] += point.value
        before, self._before = self._before, Times(by_mode)
        shares = None if before is None else self._before.shares_since(before)
        if shares is not None:
            yield "cpu", "", shares[0]
            yield "cpu_stolen", "", shares[1]


def source_name(page: HostPage) -> str:
    """What the timeline calls another machine: ``host:db``."""
    return labelled(NAME, page.label)


def source_of(page: HostPage, points: Iterable[Point]) -> Source:
    """What answered at the address of ``page``, and showed ``points``."""
    return Source(name=source_name(page), address=redact(page.url), version=_version(points))


def fetch_page(fetcher: Fetcher, url: str) -> tuple[Point, ...]:
    """What a node_exporter shows; LostError where nothing, or something else, answers."""
    answer = fetcher.get(url)
    if not answer.is_good:
        raise answer.lost()
    try:
        points = read_page(answer.text)
    except PageError as error:
        raise LostError(f"this is no page of metrics: {error}") from None
    if all(point.name != CPU for point in points):
        raise LostError(f"this page has no {CPU}: it is not a node_exporter's, or its cpu collector is off")
    return tuple(point for point in points if isfinite(point.value))


def _counters(points: Iterable[Point]) -> Iterator[tuple[tuple[str, str], float]]:
    """Counters by our metric and part of the machine; those of one part (processors' modes) are added up."""
    sums: defaultdict[tuple[str, str], float] = defaultdict(float)
    for name, labels, value in points:
        if name in _COUNTERS:
            metric, told_apart_by, scale = _COUNTERS[name]
            part = labels.get(told_apart_by, "")
            if part != _LOOPBACK:
                sums[metric, part] += value * scale
        elif name in _PRESSURE:
            sums["pressure_us", _PRESSURE[name]] = value * 1e6
    yield from sums.items()


def _gauges(points: Sequence[Point]) -> Iterator[tuple[str, str, float]]:
    total, available = _value(points, TOTAL), _value(points, AVAILABLE)
    if total and available is not None:
        yield "memory", "", 1 - available / total
        yield "memory_available_bytes", "", available
    if (load := _value(points, "node_load1")) is not None:
        yield "load1", "", load
    yield from _filesystems(points)


def _filesystems(points: Iterable[Point]) -> Iterator[tuple[str, str, float]]:
    """The share of each file system that is in use, as whoever is not root can use it."""
    size: dict[str, float] = {}
    free: dict[str, float] = {}
    for name, labels, value in points:
        if name in {_SIZE, _FREE} and labels.get("fstype", "") not in _NO_DISKS:
            (size if name == _SIZE else free)[labels.get("mountpoint", "")] = value
    for where in sorted(size.keys() & free.keys()):
        if size[where] > 0:
            yield "filesystem", where, 1 - free[where] / size[where]


def _value(points: Iterable[Point], name: str) -> float | None:
    """The value of a metric without labels; None where the page has none."""
    return next((point.value for point in points if point.name == name), None)


def _version(points: Iterable[Point]) -> str:
    """Whose page it is, and of which version, as in ``node_exporter 1.5.0``."""
    builds = (point.labels for point in points if point.name.endswith("_exporter_build_info"))
    return next((f"node_exporter {it['version']}" for it in builds if "version" in it), "")
