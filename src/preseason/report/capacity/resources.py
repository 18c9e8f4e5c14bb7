"""What requests need of each resource, in words: for the terminal and for pages alike."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from preseason.report import units
from preseason.slo.model import Unit

if TYPE_CHECKING:
    from preseason.planning.search.demand import Demand

_OF = {"cores": " of a core", "connections": " of a connection", "share": " of all of it"}


def each(found: Demand) -> str:
    """What one request takes, as the time for which it holds the resource, with its interval."""
    if found.kept:
        return f"{amount(found.background, found.unit)} taken before any request"
    if not found.shown:
        return f"{amount(found.background, found.unit)} in use, which was not shown to grow with requests"
    value, low, high = (units.quantity(1000 * one, Unit.MS) for one in (found.each, found.low, found.high))
    return f"{value} ({low} … {high}){_OF.get(found.unit, '')} a request"


def sentence(found: Demand) -> str:
    """Both in one."""
    return f"{each(found)}; {used_up(found)}" if found.shown and not found.kept else each(found)


def used_up(found: Demand) -> str:
    """At which throughput it is used up, with its interval."""
    if found.kept or not found.shown:
        return "no rate, as far as was seen"
    if math.isinf(found.limit):
        return "how much there is of it is not known"
    low, high = found.saturation_bounds
    upper = units.per_second(high) if math.isfinite(high) else "no bound"
    rate = units.per_second(found.saturation_rate)
    return f"used up at {rate} requests ({units.per_second(low)} … {upper})"


def amount(value: float, unit: str) -> str:
    """So many cores, connections, bytes, or a share."""
    if unit == "bytes":
        return units.size(value)
    if unit == "share":
        return units.percent(value)
    counted = units.quantity(value, Unit.COUNT)
    return f"{counted} {unit.removesuffix('s') if counted == '1' else unit}".strip()
