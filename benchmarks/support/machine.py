"""The machine a figure was measured on, and how to keep generator and server apart on it."""

from __future__ import annotations

import os
import platform
import shutil
from datetime import UTC, datetime
from pathlib import Path


def description() -> str:
    """Cores, CPU model, Python and date: without them a figure means nothing."""
    today = datetime.now(UTC).date()
    return f"{os.cpu_count()} cores, {_cpu_model()}, Python {platform.python_version()}, {today}"


def pinned(core: int) -> list[str]:
    """What to put before a command to keep it on one core; nothing where that cannot be done."""
    taskset = shutil.which("taskset")
    return [taskset, "-c", str(core)] if taskset and (os.cpu_count() or 1) > core else []


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()
