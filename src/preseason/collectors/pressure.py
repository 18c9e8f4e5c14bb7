"""Pressure stall information: for how long tasks have waited for a resource, as Linux counts it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RESOURCES = ("cpu", "memory", "io")
_LINE = re.compile(r"(some|full) avg10=[\d.]+ avg60=[\d.]+ avg300=[\d.]+ total=(\d+)", re.ASCII)


def stalled_us(text: str) -> dict[str, float]:
    """Microseconds that ``some`` or all (``full``) tasks waited, since the file's owner began.

    The averages beside them decay, and are left: means of means tell nothing of a window.
    """
    found = (_LINE.fullmatch(line) for line in text.splitlines())
    return {line[1]: float(line[2]) for line in found if line}


def read_pressure(folder: Path, suffix: str = "") -> Iterator[tuple[str, float]]:
    """``("cpu.some", microseconds)`` and its kin from ``folder``, for each resource that Linux tells of.

    The machine's own are in ``/proc/pressure/cpu``, those of a cgroup in ``cpu.pressure`` of its folder.
    Kernels without it have no such file, or one that cannot be read.
    """
    for resource in RESOURCES:
        try:
            text = (folder / f"{resource}{suffix}").read_text()
        except OSError:
            continue
        for who, total_us in stalled_us(text).items():
            yield f"{resource}.{who}", total_us
