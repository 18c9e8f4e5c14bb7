"""What an SLO file says, after parsing: objectives and a load, with units resolved.

Latencies are milliseconds, shares are ratios 0-1, rates are per second, sizes are bytes, times are seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from preseason.run.endpoint import Endpoint
    from preseason.run.manifest import Stage


class Unit(StrEnum):
    """The unit an objective's limit, point and interval are in."""

    MS = "ms"
    RATIO = "ratio"
    COUNT = "count"
    PER_SECOND = "1/s"
    BYTES = "bytes"


class Kind(StrEnum):
    """What is indicated. The judging of each lives in ``preseason.verdict``."""

    LATENCY_QUANTILE = "latency_quantile"
    LATENCY_MEAN = "latency_mean"
    ERRORS = "errors"
    AVAILABILITY = "availability"
    RATE = "rate"
    HIT_RATE = "hit_rate"
    GAUGE = "gauge"
    SLOW_QUERIES = "slow_queries"


@dataclass(frozen=True, slots=True)
class Indicator:
    """What is measured.

    ``quantile`` (0-1) belongs to LATENCY_QUANTILE; ``source`` and ``metric`` to HIT_RATE (``redis``,
    ``hit_rate``) and GAUGE (``postgres``, ``connections``); ``threshold_ms`` to SLOW_QUERIES. ``text`` is
    the spelling for people: ``p95``, ``redis.hit_rate``.
    """

    kind: Kind
    text: str
    unit: Unit
    quantile: float | None = None
    source: str = ""
    metric: str = ""
    threshold_ms: float | None = None


class Comparison(StrEnum):
    """How the indicator must stand to its limit."""

    LESS = "<"
    AT_MOST = "<="
    GREATER = ">"
    AT_LEAST = ">="
    EQUAL = "=="

    @property
    def bounds_above(self) -> bool:
        """Whether the limit bounds the indicator from above."""
        return self in {Comparison.LESS, Comparison.AT_MOST, Comparison.EQUAL}


class Severity(StrEnum):
    """The operations manual's classes, by the time they leave for a response."""

    P0 = "P0"
    P1 = "P1"
    P2 = "P2"
    P3 = "P3"


@dataclass(frozen=True, slots=True)
class Waiver:
    """Who lets an objective go unjudged, why, and until when."""

    owner: str
    reason: str
    until: date


@dataclass(frozen=True, slots=True)
class Objective:
    """One promise. ``name`` is its short form, normalised, and unique in its file.

    ``endpoint`` and ``scenario`` narrow it to one of either (both None: all traffic). ``over_s`` asks that
    every window of that length holds; None judges the whole steady state. Compared with a baseline, ``limit``
    is a ratio to it. ``weight`` tells objectives apart where a score is wanted; it changes no outcome. A
    ``guardrail`` is looked at while the load lasts, and ends the run as soon as it fails.
    """

    name: str
    indicator: Indicator
    comparison: Comparison
    limit: float
    endpoint: Endpoint | None = None
    scenario: str | None = None
    over_s: float | None = None
    confidence: float = 0.95
    severity: Severity = Severity.P2
    required: bool = True
    of_baseline: bool = False
    waiver: Waiver | None = None
    weight: float = 1.0
    guardrail: bool = False


class LoadModel(StrEnum):
    """Open: journeys arrive whatever the target does. Closed: so many users, each waits for its answer."""

    OPEN = "open"
    CLOSED = "closed"


class Spacing(StrEnum):
    """How arrivals of an open load are spaced at a given rate."""

    UNIFORM = "uniform"
    POISSON = "poisson"


@dataclass(frozen=True, slots=True)
class Load:
    """The traffic an objective is promised under.

    ``stages`` follow one another without a hole, from 0 to ``duration_s``, which includes the warm-up.
    ``mix`` weighs scenarios (file stems) or Locust User classes; empty means all alike. ``warmup_s`` None
    means found from the data. ``max_in_flight`` bounds the journeys at work at once (None: derived).
    """

    model: LoadModel
    stages: tuple[Stage, ...]
    spacing: Spacing = Spacing.POISSON
    mix: Mapping[str, float] | None = None
    warmup_s: float | None = None
    max_in_flight: int | None = None
    seed: int = 1

    @property
    def duration_s(self) -> float:
        return self.stages[-1].end_s


@dataclass(frozen=True, slots=True)
class Queries:
    """What is asked of a Prometheus: PromQL by name, and ``places``, where each stands in the file.

    ``url`` is where the file says it is, or None.
    """

    by_name: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Slo:
    """A parsed SLO file. ``text`` is the file as written; ``digest`` is its SHA-256 over the meaning.

    ``mix_places`` says where each key of the load's mix stands (``file:line:column``), for whoever knows
    which scenarios there are; ``objective_places`` where each objective stands, by its name.
    """

    name: str
    load: Load
    objectives: tuple[Objective, ...]
    text: str
    digest: str
    workload_digest: str
    confidence: float = 0.95
    mix_places: Mapping[str, str] = field(default_factory=dict)
    queries: Queries = field(default_factory=Queries)
    objective_places: Mapping[str, str] = field(default_factory=dict)

    @property
    def limits_ms(self) -> tuple[float, ...]:
        """Every latency limit an objective names, ascending: what the recorder counts against exactly."""
        chosen = {
            o.limit
            for o in self.objectives
            if o.indicator.kind is Kind.LATENCY_QUANTILE and not o.of_baseline
        }
        return tuple(sorted(chosen))
