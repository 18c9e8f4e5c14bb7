"""Names the troubles the platform can be given, and reads ``NAME[@WHEN]``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from preseason.errors import Problem

_WHEN: Final = re.compile(r"(?P<number>\d{1,6}(?:\.\d{1,3})?)(?P<unit>ms|s|m|h)")
_SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


class Fault(StrEnum):
    """Troubles by name; the functions of ``faults`` say what each does."""

    CACHE_OFF = "cache-off"
    SLOW_QUERY = "slow-query"
    MISSING_INDEX = "missing-index"
    LOCK_CONTENTION = "lock-contention"
    POOL_EXHAUSTION = "pool-exhaustion"
    CONNECTION_LEAK = "connection-leak"
    ERROR_BURST = "error-burst"
    TAIL_LATENCY = "tail-latency"
    STALL = "stall"
    MEMORY_LEAK = "memory-leak"


@dataclass(frozen=True, slots=True)
class PlannedFault:
    """A fault that begins ``delay_s`` seconds after the platform is ready, and stays."""

    fault: Fault
    delay_s: float = 0.0


def parse_fault(text: str) -> PlannedFault | Problem:
    """``NAME`` or ``NAME@WHEN``, WHEN as in ``500ms``, ``30s``, ``1.5m`` or ``2h``."""
    name, at, when = text.partition("@")
    if name not in set(Fault):
        return Problem(f"there is no fault {name!r}", "--fault", f"one of: {', '.join(Fault)}")
    if not at:
        return PlannedFault(Fault(name))
    if not (duration := _WHEN.fullmatch(when)):
        return Problem(f"{when!r} is not a duration", f"--fault {name}@", "write 500ms, 30s, 1.5m or 2h")
    return PlannedFault(Fault(name), float(duration["number"]) * _SECONDS[duration["unit"]])
