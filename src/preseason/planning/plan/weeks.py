"""A plan over weeks: what will be asked for, what that takes, when it runs out, and what it costs.

What was measured is scaled by the number of instances; what they share (a database, a Redis) is not. Both
are assumptions that the outlook names.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import count, islice
from typing import TYPE_CHECKING

from preseason.planning.plan.cost_of_plan import cost_at
from preseason.planning.plan.demand_ahead import Demand, When
from preseason.planning.plan.forecast import MOST_WEEKS, Prediction, headroom, instances_needed

if TYPE_CHECKING:
    from datetime import date

    from preseason.planning.plan.carried import Carried
    from preseason.planning.plan.cost import Cost
    from preseason.slo.ahead.plan_reading import Plan
    from preseason.slo.ahead.plan_schema import CapacitySection, Shape


@dataclass(frozen=True, slots=True)
class Week:
    """One week: ``peak`` in successful requests a second, its busiest minute, and what that takes.

    ``instances`` are of the tested shape, at the planned utilisation and with those to spare, for the likely
    peak; ``instances_high`` for a high one. ``fits`` says whether those that run now carry the likely
    peak, ``shared_used`` how much of the shared resource that is used up first would be used, as a share.
    ``cost`` is that of a month like this week.
    """

    start: date
    launch: str
    peak: Prediction
    instances: int
    instances_high: int
    fits: bool
    shared_used: float | None
    connections: float | None
    redis_bytes: float | None
    cost: Cost | None


@dataclass(frozen=True, slots=True)
class ShapePlan:
    """One shape of instances in the week that asks for most: how many, and a month like it."""

    name: str
    each: float
    instances: int
    cost: Cost | None


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a plan comes to. Rates are successful requests a second.

    ``each`` is what one instance carries, ``usable`` what those that run today do with the spare ones down
    and within what they share. ``headroom`` is what is left of it in the first week, as a share; None where
    nothing is usable. ``runs_out`` counts launches and looks as far as the plan does, ``grows_out`` growth
    alone and ten years; ``act_by`` is when more instances are needed than run. ``at_capacity`` is what it
    costs at the planned utilisation of what was tested.
    """

    each: float
    usable: float
    shared_limit: float | None
    headroom: float | None
    runs_out: When
    grows_out: When
    act_by: When
    weeks: tuple[Week, ...]
    shapes: tuple[ShapePlan, ...]
    at_capacity: Cost | None
    trend_shown: bool

    @property
    def dearest(self) -> Week:
        """The week that asks for most."""
        return max(self.weeks, key=lambda week: week.peak.median)


def outlook(plan: Plan, carried: Carried) -> Outlook:
    """What follows from a plan and from what was measured."""
    section, demand = plan.section, Demand.of(plan)
    scale = _Scale(section, carried)
    peaks = [demand.peak(week) for week in range(section.weeks)]
    weeks = tuple(_week(scale, demand, number, peak) for number, peak in enumerate(peaks))
    organic = islice((demand.organic(week) for week in count()), MOST_WEEKS)
    running = section.instances.running
    return Outlook(
        each=scale.each,
        usable=scale.usable,
        shared_limit=scale.shared_limit,
        headroom=_headroom(scale, peaks[0].median),
        runs_out=demand.when(peaks, scale.usable),
        grows_out=demand.when(organic, scale.usable),
        act_by=When(
            next((week.start for week in weeks if week.instances > running), None),
            next((week.start for week in weeks if week.instances_high > running), None),
        ),
        weeks=weeks,
        shapes=tuple(_shape(scale, shape, max(peak.median for peak in peaks)) for shape in scale.shapes),
        at_capacity=cost_at(
            section,
            carried,
            scale.shapes[0].name,
            section.instances.tested,
            carried.rate * section.instances.utilisation,
        ),
        trend_shown=demand.growth.shown,
    )


@dataclass(frozen=True, slots=True)
class _Scale:
    """What was measured, in multiples."""

    section: CapacitySection
    carried: Carried

    @property
    def each(self) -> float:
        return self.carried.rate / self.section.instances.tested

    @property
    def shapes(self) -> tuple[Shape, ...]:
        return self.section.instances.shapes

    @property
    def shared_limit(self) -> float | None:
        found = self.carried.shared_limit
        return None if found is None else found.saturation_rate

    @property
    def usable(self) -> float:
        instances = self.section.instances
        own = self.each * max(instances.running - instances.spare, 0)
        return own if self.shared_limit is None else min(own, self.shared_limit)

    def instances(self, peak: float, each: float) -> int:
        instances = self.section.instances
        return instances_needed(peak, each, target_utilisation=instances.utilisation, spare=instances.spare)

    def connections(self, peak: float, instances: int) -> float | None:
        """As each instance keeps them, or as they were measured to grow with requests."""
        if self.section.instances.connections is not None:
            return float(self.section.instances.connections * instances)
        found = self.carried.connections
        return None if found is None else found.used_at(peak)

    def redis_bytes(self, grown: float) -> float | None:
        """By leagues: what a cache holds grows with what there is, not with how often it is asked."""
        tested = self.section.redis.tested_leagues or self.carried.leagues
        if None in {tested, self.section.leagues} or self.carried.redis_bytes is None:
            return None
        return self.carried.redis_bytes * float(self.section.leagues or 0) * grown / float(tested or 1)


def _week(scale: _Scale, demand: Demand, number: int, peak: Prediction) -> Week:
    instances, launch = scale.instances(peak.median, scale.each), demand.launch(number)
    shape, section = scale.shapes[0].name, scale.section
    return Week(
        start=demand.start(number),
        launch=launch.name if launch else "",
        peak=peak,
        instances=instances,
        instances_high=scale.instances(peak.high, scale.each),
        fits=peak.median <= scale.usable,
        shared_used=_shared_used(scale, peak.median),
        connections=scale.connections(peak.median, instances),
        redis_bytes=scale.redis_bytes(demand.users_grown(number)),
        cost=cost_at(section, scale.carried, shape, instances, peak.median * (section.mean_load or 1.0)),
    )


def _shared_used(scale: _Scale, peak: float) -> float | None:
    found = scale.carried.shared_limit
    return None if found is None else found.used_at(peak) / found.limit


def _shape(scale: _Scale, shape: Shape, peak: float) -> ShapePlan:
    each = scale.each * shape.capacity
    instances, section = scale.instances(peak, each), scale.section
    rate = peak * (section.mean_load or 1.0)
    return ShapePlan(
        shape.name, each, instances, cost_at(section, scale.carried, shape.name, instances, rate)
    )


def _headroom(scale: _Scale, peak: float) -> float | None:
    if scale.usable <= 0:
        return None
    found = headroom(peak, scale.usable)
    return found if math.isfinite(found) else None
