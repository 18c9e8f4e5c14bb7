"""What this machine as a whole has been doing: processors, memory, pressure, disks, network."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import psutil

from preseason.collectors.pressure import read_pressure

if TYPE_CHECKING:
    from collections.abc import Iterator

PRESSURE = Path("/proc/pressure")
VMSTAT = Path("/proc/vmstat")
_LOOPBACK = ("lo", "lo0")


class Figure(NamedTuple):
    """A value of ``metric``; ``part`` is the piece of the machine it is about, empty for the whole."""

    metric: str
    part: str
    value: float


def shares() -> Iterator[Figure]:
    """Gauges: how busy the machine was since this was asked last, and how full it is now."""
    share = psutil.cpu_times_percent()
    memory = psutil.virtual_memory()
    idle = share.idle + getattr(share, "iowait", 0.0)
    yield Figure("cpu", "", 1 - idle / 100)
    yield Figure("cpu_stolen", "", getattr(share, "steal", 0.0) / 100)
    yield Figure("memory", "", 1 - memory.available / memory.total)
    yield Figure("memory_available_bytes", "", memory.available)
    yield Figure("load1", "", os.getloadavg()[0])


def disk_free() -> Iterator[Figure]:
    """What an ordinary user may still write, on the root's file system and on that of temporary files."""
    seen: set[int] = set()
    for mount in (Path("/"), Path(tempfile.gettempdir())):
        try:
            device, free = mount.stat().st_dev, shutil.disk_usage(mount).free
        except OSError:
            continue
        if device not in seen:
            seen.add(device)
            yield Figure("disk_free_bytes", str(mount), free)


def totals() -> Iterator[Figure]:
    """Counters, since the machine booted."""
    for resource, total_us in read_pressure(PRESSURE):
        yield Figure("pressure_us", resource, total_us)
    if (disks := psutil.disk_io_counters()) is not None:  # by disk, their partitions would count twice
        yield Figure("disk_read_bytes", "", disks.read_bytes)
        yield Figure("disk_written_bytes", "", disks.write_bytes)
    for device, network in psutil.net_io_counters(pernic=True).items():
        if device not in _LOOPBACK:
            yield Figure("network_received_bytes", device, network.bytes_recv)
            yield Figure("network_sent_bytes", device, network.bytes_sent)
    if (kills := _oom_kills()) is not None:
        yield Figure("oom_kills", "", kills)


def _oom_kills() -> float | None:
    """How many processes were killed for want of memory; None where the kernel does not count them."""
    try:
        lines = VMSTAT.read_text().splitlines()
    except OSError:
        return None
    return next((float(line.split()[1]) for line in lines if line.startswith("oom_kill ")), None)
