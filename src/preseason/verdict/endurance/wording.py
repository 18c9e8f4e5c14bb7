"""What creeps, in words, for the verdict and for every report of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.slo.model import Unit
from preseason.verdict import wording

if TYPE_CHECKING:
    from preseason.verdict.endurance.model import DriftResult


def in_a_sentence(drift: DriftResult) -> str:
    """``memory of platform grows by 3.35 GiB an hour (between 3.3 GiB and 3.4 GiB) and reaches … by now``."""
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
