"""What creeps, in words, for the verdict and for every report of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.slo.model import Unit
from preseason.verdict import wording

if TYPE_CHECKING:
    from preseason.verdict.endurance.model import DriftResult


def in_a_sentence(drift: DriftResult) -> str:
    """``memory of platform grows by 3 430 MiB an hour (3 400 to 3 460); it reaches … in 2 hours``."""
    unit = Unit(drift.unit)
    slope, low, high = (
        wording.in_unit(abs(value), unit) for value in (drift.per_hour, drift.low, drift.high)
    )
    low, high = (low, high) if drift.per_hour > 0 else (high, low)
    verb = "grows" if drift.per_hour > 0 else "falls"
    told = f"{drift.figure} {verb} by {slope} an hour (between {low} and {high})"
    if drift.to_limit_s is None:
        return told
    when = "by now" if drift.to_limit_s == 0 else f"in {wording.duration(drift.to_limit_s)}"
    return f"{told} and reaches {drift.limit_is} {when}"
