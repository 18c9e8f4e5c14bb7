"""What a verdict says about a run of hours beside its objectives."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DriftResult(_Frozen):
    """A figure that creeps: its slope an hour with a 95 % interval, in ``unit`` (bytes, ms, ratio, count).

    ``first`` and ``last`` are its levels at the two ends of the judged time. At this slope it reaches
    ``limit`` (what that is says ``limit_is``) ``to_limit_s`` after the end, at the slowest
    ``to_limit_at_most_s``; None without a limit. ``fails`` says that this decides the soak.
    """

    figure: str
    unit: str
    per_hour: float
    low: float
    high: float
    p: float
    first: float
    last: float
    limit: float | None = None
    limit_is: str = ""
    to_limit_s: float | None = None
    to_limit_at_most_s: float | None = None
    fails: bool = False


class ReturnResult(_Frozen):
    """Whether a figure came back once the load had ended.

    ``before`` the load, ``during`` its first settled part, and ``after`` the cool-down, in ``unit``. RETURNED
    is where it was before; KEPT is no more than the work took (a pool, a cache); LEFT_BEHIND is more.
    """

    figure: str
    unit: str
    before: float | None
    during: float | None
    after: float
    outcome: Literal["RETURNED", "KEPT", "LEFT_BEHIND"]


class Availability(_Frozen):
    """What the probes of the target's health endpoint saw over the whole load.

    ``ratio`` of the ``probes`` were answered well, with one-sided 95 % bounds; ``down_s`` is how long it was
    down, ``longest_s`` in one piece.
    """

    probes: int
    failed: int
    ratio: float
    low: float
    high: float
    down_s: float
    longest_s: float


class IncidentResult(_Frozen):
    """Something broke at ``at_s`` and was well again at ``until_s`` (UTC epoch seconds; None: not any more).

    ``severity`` is P0 to P3 by the operations manual's classification, ``because`` says which of its lines
    applies.
    """

    severity: Literal["P0", "P1", "P2", "P3"]
    at_s: float
    until_s: float | None
    what: str
    because: str


class BurnEpisode(_Frozen):
    """When a burn-rate alert would have fired during the load, UTC epoch seconds; None: until its end."""

    start_s: float
    end_s: float | None


class BurnOverTime(_Frozen):
    """One pair of burn-rate windows slid over the load: ``worst`` is the highest rate that both burnt at.

    Where the load is shorter than the long window, nothing is known: ``worst`` is None.
    """

    objective: str
    urgency: Literal["page", "ticket"]
    long_s: float
    short_s: float
    burn: float
    worst: float | None
    episodes: tuple[BurnEpisode, ...] = ()


class Endurance(_Frozen):
    """All of it. ``looked_at`` names every figure that could be watched for a drift."""

    looked_at: tuple[str, ...] = ()
    drifts: tuple[DriftResult, ...] = ()
    returns: tuple[ReturnResult, ...] = ()
    availability: Availability | None = None
    incidents: tuple[IncidentResult, ...] = ()
    burns: tuple[BurnOverTime, ...] = ()
