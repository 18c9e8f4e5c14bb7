"""What a platform was seen to carry, as a plan needs it: capacity in requests, and what comes with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from preseason.planning.search.demand import bottleneck
from preseason.planning.search.steps import demands
from preseason.verdict.model import Decision

if TYPE_CHECKING:
    from collections.abc import Sequence

    from preseason.planning.search.demand import Demand
    from preseason.planning.search.next_step import Step
    from preseason.planning.search.slo_capacity import SloCapacity
    from preseason.planning.search.steps import Measured

_CONNECTIONS, _MEMORY = "database connections", "Redis memory"


@dataclass(frozen=True, slots=True)
class Carried:
    """Rates are successful requests a second.

    ``rate`` is what the highest confirmed PASS brought, ``below`` what the lowest FAIL would have; None
    where nothing failed. ``errors`` is the share of requests that failed at that load, ``bytes_each`` the
    size of an answer and ``seconds_each`` its service time as seen from outside. ``demands`` are those of
    resources; ``redis_bytes`` the most memory that was seen, ``leagues`` how many there were then.
    ``confirmed`` says that a soak held, ``limited_by`` what ended the search where nothing failed.
    """

    rate: float
    below: float | None = None
    errors: float = 0.0
    bytes_each: float | None = None
    seconds_each: float | None = None
    demands: tuple[Demand, ...] = ()
    connections_limit: float | None = None
    redis_bytes: float | None = None
    redis_limit: float | None = None
    leagues: int | None = None
    confirmed: bool = True
    limited_by: str = ""

    @property
    def connections(self) -> Demand | None:
        """What requests need of the database's connections, where it was shown."""
        return next((one for one in self.demands if one.resource == _CONNECTIONS), None)

    @property
    def shared_limit(self) -> Demand | None:
        """The resource that all instances share and that is used up first; None where none was shown."""
        return bottleneck(one for one in self.demands if one.shared)


def carried(
    found: SloCapacity, steps: Sequence[tuple[Step, Measured | None]], leagues: int | None
) -> Carried | None:
    """From the steps of a search; None where no rate passed, because nothing can be planned with then."""
    passed = [
        seen
        for step, seen in steps
        if seen is not None and step.outcome is Decision.PASS and step.rate == found.rate
    ]
    if found.rate is None or not passed:
        return None
    best = passed[-1]
    used = [seen.uses for _, seen in steps if seen is not None]
    memory = [uses[_MEMORY] for uses in used if _MEMORY in uses]
    open_ = [uses[_CONNECTIONS] for uses in used if _CONNECTIONS in uses]
    each = best.succeeded / found.rate
    return Carried(
        rate=best.succeeded,
        below=None if found.below is None else found.below * each,
        errors=best.errors,
        bytes_each=best.bytes_each,
        seconds_each=best.mean_ms / 1000,
        demands=demands([seen for _, seen in steps if seen is not None]),
        connections_limit=next((one.limit for one in open_ if one.limit), None),
        redis_bytes=max((one.used for one in memory), default=None),
        redis_limit=next((one.limit for one in memory if one.limit), None),
        leagues=leagues,
        confirmed=found.confirmed,
        limited_by=found.limited_by,
    )
