"""What a plan rests on, and what would change it most."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from preseason.planning.plan.cost_of_plan import uncounted, unpriced
from preseason.planning.plan.weeks import outlook
from preseason.verdict import wording

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preseason.planning.plan.carried import Carried
    from preseason.planning.plan.demand_ahead import When
    from preseason.planning.plan.weeks import Outlook
    from preseason.slo.ahead.plan_reading import Plan
    from preseason.slo.ahead.plan_schema import CapacitySection

#: By how much each thing is changed on its own.
STEP = 0.2
_POINTS = 0.1
_OLD_DAYS = 365
_FAR = 2.0


@dataclass(frozen=True, slots=True)
class Change:
    """What one thing alone would change: when it runs out, how many instances, what a month costs."""

    name: str
    runs_out: When
    instances: int
    per_month: float | None


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, what it rests on, and what it comes to."""

    plan: Plan
    carried: Carried
    outlook: Outlook
    changes: tuple[Change, ...]
    remarks: tuple[str, ...]

    @property
    def currency(self) -> str:
        return self.plan.section.prices.currency if self.plan.section.prices else ""


def planned(plan: Plan, seen: Carried) -> Planned:
    """Everything that follows from a plan and from what was measured."""
    found = outlook(plan, seen)
    return Planned(plan, seen, found, changes(plan, seen), remarks(plan, seen, found))


def changes(plan: Plan, carried: Carried) -> tuple[Change, ...]:
    """Each assumption changed on its own; the first is the plan as it is."""
    return tuple(
        _change(name, changed, seen)
        for name, changed, seen in (("as planned", plan, carried), *_variants(plan, carried))
    )


def _change(name: str, plan: Plan, carried: Carried) -> Change:
    found = outlook(plan, carried)
    cost = found.dearest.cost
    return Change(name, found.runs_out, found.dearest.instances, None if cost is None else cost.per_month)


def _variants(plan: Plan, carried: Carried) -> Iterator[tuple[str, Plan, Carried]]:
    section, step = plan.section, wording.whole_percent(STEP)
    yield f"demand {step} higher", _with(plan, burst=section.burst * (1 + STEP)), carried
    yield f"demand {step} lower", _with(plan, burst=section.burst * (1 - STEP)), carried
    if section.growth_per_week is not None:
        faster = {"growth_per_week": section.growth_per_week + _POINTS / 10}
        if section.growth_per_week_high is not None:
            faster["growth_per_week_high"] = max(section.growth_per_week_high, faster["growth_per_week"])
        yield "growth 1 point a week faster", _with(plan, **faster), carried
    if carried.below is not None:
        yield "capacity at the upper end of its bracket", plan, replace(carried, rate=carried.below)
    yield f"capacity {step} lower", plan, replace(carried, rate=carried.rate * (1 - STEP))
    if section.instances.utilisation > 2 * _POINTS:
        used = section.instances.model_copy(update={"utilisation": section.instances.utilisation - _POINTS})
        yield "planned utilisation 10 points lower", _with(plan, instances=used), carried
    yield from ((name, changed, carried) for name, changed in _dearer(plan))


def _dearer(plan: Plan) -> Iterator[tuple[str, Plan]]:
    """Each price raised on its own."""
    prices = plan.section.prices
    for index, item in enumerate(prices.items if prices else ()):
        raised = item.model_copy(update={"price": item.price * (1 + STEP)})
        if prices is not None:
            items = (*prices.items[:index], raised, *prices.items[index + 1 :])
            changed = prices.model_copy(update={"items": items})
            name = f"{item.name} ({item.shape})" if item.shape else item.name
            yield f"{name} {wording.whole_percent(STEP)} dearer", _with(plan, prices=changed)


def _with(plan: Plan, **update: object) -> Plan:
    return replace(plan, section=plan.section.model_copy(update=update))


def remarks(plan: Plan, carried: Carried, found: Outlook) -> tuple[str, ...]:
    """What a reader has to know before believing the plan."""
    checks = (_of_capacity, _of_instances, _of_shared, _of_growth, _of_database, _of_redis, _of_prices)
    return tuple(told for check in checks for told in check(plan.section, carried, found))


def _of_capacity(section: CapacitySection, carried: Carried, _: Outlook) -> Iterator[str]:
    del section
    if not carried.confirmed:
        yield "the capacity was not confirmed by a soak"
    if carried.limited_by:
        yield f"the platform carries at least this much; the search was limited by {carried.limited_by}"


def _of_instances(section: CapacitySection, carried: Carried, found: Outlook) -> Iterator[str]:
    instances = section.instances
    if instances.running <= instances.spare:
        yield (
            f"{instances.running} running and {instances.spare} that may be down leave nothing: "
            "no load is carried with certainty"
        )
    most = max(week.instances for week in found.weeks)
    if most > instances.tested:
        yield (
            f"{most} instances are taken to carry {most / instances.tested:.3g} times what "
            f"{instances.tested} did; measure that before it is needed"
        )
    del carried


def _of_shared(_: CapacitySection, carried: Carried, found: Outlook) -> Iterator[str]:
    limit = carried.shared_limit
    if limit is None:
        yield "no limit of a shared resource (database, Redis) is known: more instances are taken to help"
        return
    over = next((week for week in found.weeks if week.peak.median > limit.saturation_rate), None)
    if over is not None:
        yield (
            f"from {over.start} on, {limit.resource} is used up at {limit.saturation_rate:.4g} requests a "
            "second, whatever the number of instances"
        )
    if limit.saturation_rate > _FAR * limit.tested_to:
        yield (
            f"{limit.resource} was tested up to {limit.tested_to:.4g} requests a second; that it is used up "
            f"at {limit.saturation_rate:.4g} is extrapolated"
        )


def _of_growth(section: CapacitySection, _: Carried, found: Outlook) -> Iterator[str]:
    if not found.trend_shown:
        yield "no trend shown: the interval of the growth includes 0, so no week is the likely one"
    if section.weekly_peaks is None and section.growth_per_week_high is None:
        yield "the early bound is the likely week: no growth_per_week_high is given"


def _of_database(section: CapacitySection, carried: Carried, found: Outlook) -> Iterator[str]:
    limit = section.database.connections if section.database else carried.connections_limit
    needed = [week for week in found.weeks if week.connections is not None]
    if not needed:
        yield "connections are not planned: name the database when measuring, or instances.connections"
    over = next((week for week in needed if limit and (week.connections or 0.0) > limit), None)
    if over is not None:
        yield f"from {over.start} on, more database connections are needed than the {limit:.0f} there are"


def _of_redis(section: CapacitySection, carried: Carried, found: Outlook) -> Iterator[str]:
    limit = section.redis.memory or carried.redis_limit
    needed = [week for week in found.weeks if week.redis_bytes is not None]
    if not needed:
        yield "Redis memory is not planned: it takes leagues, tested_leagues and a Redis that was sampled"
    over = next((week for week in needed if limit and (week.redis_bytes or 0.0) > limit), None)
    if over is not None:
        yield f"from {over.start} on, Redis needs more memory than there is"


def _of_prices(section: CapacitySection, carried: Carried, _: Outlook) -> Iterator[str]:
    if section.prices is None:
        yield "no prices are given: nothing is known about cost"
        return
    for name in uncounted(section, carried):
        yield f"{name} is in no sum: what it depends on was not measured"
    for shape in unpriced(section):
        yield f"{shape} has no price: what it costs is not known"
    for item in section.prices.items:
        if (section.begin - item.date).days > _OLD_DAYS:
            yield f"the price of {item.name} is from {item.date}, more than a year before the plan"
