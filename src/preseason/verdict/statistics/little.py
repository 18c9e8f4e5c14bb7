"""Little's law as a check of the generator's own accounts: N = X R.

Journeys in flight (N) are counted by the generator ten times a second, on their own; how many finished (X a
second) and how long they took (R) is booked journey by journey. Over a time that begins and ends with nothing
in flight, the law is no statistics but an identity (Little, Operations Research 9, 1961; Buzen and Denning,
Computing Surveys 10, 1978): both sides are the journey-seconds spent in that time, counted in two ways,
whatever the load and the target did meanwhile. A whole load with its drain is such a time. Where the sides
differ, somebody miscounted, and no figure of the run can be trusted.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from preseason.run.columns import array_of
from preseason.run.timeline import EventKind
from preseason.verdict.statistics.products import inner_product

if TYPE_CHECKING:
    from preseason.run.reading import Run

#: How far the two sides may differ, as a ratio to the larger.
TOLERANCE = 0.05
#: How often the driver looks at what is in flight.
_LOOKS_EVERY_S = 0.1
_SIGMAS = 3.0


@dataclass(frozen=True, slots=True)
class Balance:
    """Journey-seconds of a run, counted in two ways, and how far they may differ by chance.

    ``in_flight_s`` is what was in flight, added up over time; ``booked_s`` the lengths of the ``journeys``
    that finished; ``lateness_s`` what they may have waited before they were in flight.
    """

    in_flight_s: float
    booked_s: float
    journeys: int
    lateness_s: float = 0.0

    @property
    def holds(self) -> bool:
        """Whether the sides agree.

        Journeys shorter than the time between two looks are seen by chance: so many looks, so many journeys
        seen, with the scatter of a Poisson.
        """
        larger = max(self.in_flight_s, self.booked_s)
        chance_s = _SIGMAS * sqrt(_LOOKS_EVERY_S * larger)
        return abs(self.in_flight_s - self.booked_s) <= TOLERANCE * larger + chance_s + self.lateness_s


def balance_of(run: Run) -> Balance | None:
    """The balance of a whole run; None where it broke off, dropped some, or left some in flight.

    What never finished was in flight for an unknown time: such a target tells nothing about our accounts.
    """
    if any(event.kind is EventKind.RESUMED for event in run.timeline):
        return None
    counts = {
        name: float(array_of(run.arrivals[name]).sum())
        for name in ("started", "finished", "dropped", "journey_sum_ms")
    }
    looks = run.samples.labelled("generator", "in_flight").values()
    left = min(sum(float(one.value[-1]) for one in looks), counts["started"] - counts["finished"])
    if not looks or counts["dropped"] or left >= 1:
        return None
    return Balance(
        in_flight_s=sum(inner_product(one.value[1:], np.diff(one.time_s)) for one in looks),
        booked_s=counts["journey_sum_ms"] / 1000,
        journeys=int(counts["finished"]),
        lateness_s=counts["started"] * _lateness_s(run),
    )


def _lateness_s(run: Run) -> float:
    """How late the generator's loop usually comes to a journey that is due, in seconds."""
    lags_ms = [one.value for one in run.samples.labelled("generator", "loop_lag_ms").values()]
    return float(np.concatenate(lags_ms).mean()) / 1000 if lags_ms else 0.0
