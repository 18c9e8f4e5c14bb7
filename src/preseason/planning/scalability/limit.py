"""What may be said of the throughput that contention alone would leave.

It is never measured: a curve only comes near it, with ever more concurrency. How far it lies above what was
measured is told with it. A law that is VALID has it wherever it lies; one that is WEAK is followed no further
than ``REACH``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from preseason.planning.scalability.bootstrap import UNKNOWN, Interval
from preseason.planning.scalability.grading import Grade

if TYPE_CHECKING:
    from preseason.planning.scalability.grading import Fit

#: Up to this multiple of the highest throughput that was measured, a weak law may be followed.
REACH = 2.0


@dataclass(frozen=True, slots=True)
class Limit:
    """The limit, None where it may not be claimed; what must be known about it, empty where nothing must."""

    value: float | None
    interval: Interval
    said: str = ""


def limit_of(found: Fit, grade: Grade, measured: float) -> Limit:
    """``measured`` is the highest mean throughput. Of a weak law, an end beyond the reach is open."""
    interval, value = found.intervals.x_limit, found.law.x_limit
    if grade is Grade.REJECTED:
        return Limit(None, UNKNOWN)
    open_above = Interval(min(interval.low, measured), math.inf)
    if found.intervals.sigma.low <= 0:
        return Limit(None, open_above)
    if grade is Grade.VALID:
        return Limit(value, interval)
    beyond = f"{value / measured:.3g} times the highest throughput that was measured, {measured:.5g}"
    if value > REACH * measured:
        far = f"lambda / sigma is {beyond}, and beyond {REACH:g} times nothing is concluded"
        return Limit(None, open_above, f"no limit is claimed: {far}")
    high = interval.high if interval.high <= REACH * measured else math.inf
    said = f"the limit is extrapolated: it is {beyond}" if value > measured else ""
    return Limit(value, Interval(interval.low, high), said)
