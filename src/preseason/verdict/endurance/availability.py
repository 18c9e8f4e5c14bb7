"""Whether the target was there: probes of its health endpoint, and the times at which it was not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from preseason.verdict.endurance.model import Availability
from preseason.verdict.statistics.intervals import ratio_bounds

if TYPE_CHECKING:
    from preseason.run.samples import Series
    from preseason.verdict.evidence import Evidence

_CONFIDENCE = 0.95
#: Further apart than this many usual intervals, nobody looked: such a time is neither up nor down.
_USUAL_INTERVALS = 3.0


@dataclass(frozen=True, slots=True)
class Outage:
    """The target did not answer well from ``at_s`` on; ``until_s`` None: not any more.

    ``probes`` in a row said so.
    """

    at_s: float
    until_s: float | None
    probes: int


def probes_of(evidence: Evidence) -> Series:
    """The answers of the health endpoint over the whole load, 1 for a good one."""
    load = evidence.load_and_drain
    return evidence.run.samples.get("health", "up").between(load.start_s, load.end_s)


def availability_of(evidence: Evidence) -> Availability | None:
    """None where the target has no health endpoint that ever answered well, or was not asked."""
    probes = probes_of(evidence)
    good = (probes.value >= 1).astype(np.float64)
    if not len(probes) or not good.any():
        return None
    bounds = ratio_bounds(good, np.ones_like(good), _CONFIDENCE)
    lengths_s = [_length_s(outage, evidence) for outage in outages_of(evidence)]
    return Availability(
        probes=len(probes),
        failed=int(len(probes) - good.sum()),
        ratio=bounds.point,
        low=bounds.low,
        high=bounds.high,
        down_s=sum(lengths_s),
        longest_s=max(lengths_s, default=0.0),
    )


def outages_of(evidence: Evidence) -> tuple[Outage, ...]:
    """Failed probes in a row, from the last good one's successor to the next good one."""
    probes = probes_of(evidence)
    down = probes.value < 1
    if not down.any() or down.all():
        return ()
    usual_s = float(np.median(np.diff(probes.time_s)))
    apart = np.diff(probes.time_s) > _USUAL_INTERVALS * usual_s
    edges = np.flatnonzero((np.diff(down.astype(np.int8)) != 0) | apart) + 1
    found = []
    for part in np.split(np.arange(len(down)), edges):
        if down[part[0]]:
            follows = part[-1] + 1 < len(down)
            until_s = float(probes.time_s[part[-1] + 1]) if follows else None
            found.append(Outage(float(probes.time_s[part[0]]), until_s, len(part)))
    return tuple(found)


def _length_s(outage: Outage, evidence: Evidence) -> float:
    until_s = evidence.load_and_drain.end_s if outage.until_s is None else outage.until_s
    return max(0.0, until_s - outage.at_s)
