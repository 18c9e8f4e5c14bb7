"""The prices of a plan applied to a load: what a month costs, and a thousand successful requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.planning.plan.cost import HOURS_A_MONTH, Cost, Price, cost

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preseason.planning.plan.carried import Carried
    from preseason.slo.ahead.plan_schema import CapacitySection, PriceItem

#: Providers count a GB of memory as 2^30 bytes, one of traffic as 10^9.
_MEMORY_GB, _TRAFFIC_GB = 2.0**30, 1e9
_INSTANCES = frozenset({"instance-hour", "instance-month"})


def cost_at(
    section: CapacitySection, carried: Carried, shape: str, instances: int, per_s: float
) -> Cost | None:
    """At ``per_s`` successful requests a second on so many instances of a shape.

    None without prices, and where instances have some, but not this shape.
    """
    if section.prices is None or per_s <= 0 or shape in unpriced(section):
        return None
    prices = tuple(_prices(section, carried, shape, instances))
    return cost(prices, per_s, per_s / (1 - carried.errors) if carried.errors < 1 else None)


def _prices(section: CapacitySection, carried: Carried, shape: str, instances: int) -> Iterator[Price]:
    for item in section.prices.items if section.prices else ():
        if item.shape not in {None, shape}:
            continue
        hourly, each = _hourly(item), _each(item, carried)
        if hourly is not None:
            count = instances if item.per in _INSTANCES else 1
            yield Price(item.name, item.source, item.date, per_hour=hourly, count=count)
        elif each is not None:
            yield Price(item.name, item.source, item.date, per_request=each)


def _hourly(item: PriceItem) -> float | None:
    match item.per:
        case "hour" | "instance-hour":
            return item.price
        case "month" | "instance-month":
            return item.price / HOURS_A_MONTH
    return None


def _each(item: PriceItem, carried: Carried) -> float | None:
    """The price of one request; None where what it depends on was not measured."""
    match item.per:
        case "1000 requests":
            return item.price / 1000
        case "million requests":
            return item.price / 1e6
        case "GB" if carried.bytes_each is not None:
            return item.price * carried.bytes_each / _TRAFFIC_GB
        case "GB-second" if carried.seconds_each is not None and item.memory is not None:
            return item.price * carried.seconds_each * item.memory / _MEMORY_GB
    return None


def unpriced(section: CapacitySection) -> tuple[str, ...]:
    """The shapes without a price, where other shapes have one."""
    items = section.prices.items if section.prices else ()
    priced = {item.shape for item in items if item.per in _INSTANCES}
    if not priced or None in priced:
        return ()
    return tuple(shape.name for shape in section.instances.shapes if shape.name not in priced)


def uncounted(section: CapacitySection, carried: Carried) -> tuple[str, ...]:
    """The prices that are in no sum, because what they depend on was not measured."""
    items = section.prices.items if section.prices else ()
    return tuple(item.name for item in items if _hourly(item) is None and _each(item, carried) is None)
