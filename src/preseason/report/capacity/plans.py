"""A capacity plan as sentences and rows of text, for the terminal and for the page alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.report import plain, units

if TYPE_CHECKING:
    from datetime import date

    from preseason.planning.plan.cost import Cost
    from preseason.planning.plan.demand_ahead import When
    from preseason.planning.plan.remarks import Change
    from preseason.planning.plan.weeks import Outlook, ShapePlan, Week
    from preseason.slo.ahead.plan_schema import PriceItem

WEEK_HEADS = (
    *("week of", "launch", "peak", "at most", "instances", "running suffice"),
    *("shared used", "connections", "Redis"),
)
HEADROOM = "headroom"
_HUNDRED = 100


def money(value: float | None, currency: str) -> str:
    """``1 240 USD``, with cents below a hundred, and more digits where it is less than a cent."""
    if value is None:
        return units.UNKNOWN
    form = ",.0f" if abs(value) >= _HUNDRED else ",.2f" if abs(value) >= 1 else ".3g"
    digits = format(value, form)
    return f"{digits} {currency}".replace(",", plain.THIN_SPACE)


def sentence(found: Outlook) -> str:
    """The headline: how much is left, and until when. No clock is read: a plan begins in its own week."""
    first = f"in the week of {found.weeks[0].start}"
    if found.headroom is None:
        left = f"No load is carried with certainty {first}"
    elif found.headroom < 0:
        left = f"The peak {first} is {units.percent(-found.headroom)} more than is carried with certainty"
    else:
        left = f"{units.percent(found.headroom)} headroom {first}"
    return f"{left}; {_until(found)}."


def _until(found: Outlook) -> str:
    planned = f"within the {len(found.weeks)} weeks planned"
    if found.runs_out.likely is None and found.runs_out.earliest is None:
        return f"it does not run out {planned}"
    if found.runs_out.likely is None:
        return f"it may run out in the week of {found.runs_out.earliest}, though that is not likely {planned}"
    week = next(one for one in found.weeks if one.start == found.runs_out.likely)
    why = f" ({week.launch})" if week.launch else ""
    earlier = found.runs_out.earliest
    early = "" if earlier in {None, found.runs_out.likely} else f", at the earliest in that of {earlier}"
    return f"it runs out in the week of {found.runs_out.likely}{why}{early}"


def why(found: Outlook) -> str:
    """What else is to be said of when it runs out: the launch of that week, and the early bound."""
    week = next((one for one in found.weeks if one.start == found.runs_out.likely), None)
    early = found.runs_out.earliest
    bound = "" if early in {None, found.runs_out.likely} else f"at the earliest {early}"
    return ", ".join(part for part in (week.launch if week else "", bound) if part) or "as planned"


def facts(found: Outlook, currency: str) -> tuple[tuple[str, str], ...]:
    """The figures of a plan by their names."""
    dearest, at = found.dearest, found.at_capacity
    return (
        (HEADROOM, f"{_signed(found.headroom)} in the week of {found.weeks[0].start}"),
        ("carried with certainty", f"{units.per_second(found.usable)} requests, the spare instances down"),
        ("one instance", f"{units.per_second(found.each)} requests at the objectives' limit"),
        ("runs out", when(found.runs_out)),
        ("by growth alone", when(found.grows_out)),
        ("more instances from", when(found.act_by)),
        ("most instances", f"{dearest.instances}, in the week of {dearest.start}{_launch(dearest)}"),
        ("1 000 requests, as tested", per_thousand(at, currency)),
        ("1 000 requests, that week", per_thousand(dearest.cost, currency)),
        ("a month like that week", per_month(dearest.cost, currency)),
    )


def _signed(share: float | None) -> str:
    if share is None:
        return units.UNKNOWN
    return units.percent(share) if share >= 0 else f"{units.MINUS}{units.percent(-share)}"


def _launch(week: Week) -> str:
    return f" ({week.launch})" if week.launch else ""


def when(found: When) -> str:
    """``2027-08-23, at the earliest 2027-07-12``."""
    if found.likely is None and found.earliest is None:
        return "not in sight"
    if found.likely == found.earliest:
        return day(found.likely)
    return f"{day(found.likely)}, at the earliest {day(found.earliest)}"


def day(value: date | None) -> str:
    """The first day of a week as an ISO date."""
    return "not in sight" if value is None else value.isoformat()


def per_thousand(cost: Cost | None, currency: str) -> str:
    """Fixed and marginal apart."""
    if cost is None:
        return units.UNKNOWN
    fixed, marginal = (money(one, currency) for one in (cost.fixed_per_thousand, cost.marginal_per_thousand))
    return f"{money(cost.per_thousand, currency)}: {fixed} fixed, {marginal} marginal"


def per_month(cost: Cost | None, currency: str) -> str:
    """Fixed and marginal apart."""
    if cost is None:
        return units.UNKNOWN
    fixed, marginal = (money(one, currency) for one in (cost.fixed_per_month, cost.marginal_per_month))
    return f"{money(cost.per_month, currency)}: {fixed} fixed, {marginal} marginal"


def week_cells(week: Week) -> tuple[str, ...]:
    """In the order of WEEK_HEADS."""
    more = f" (up to {week.instances_high})" if week.instances_high > week.instances else ""
    return (
        week.start.isoformat(),
        week.launch,
        units.per_second(week.peak.median),
        units.per_second(week.peak.high),
        f"{week.instances}{more}",
        "yes" if week.fits else "no",
        units.percent(week.shared_used),
        units.UNKNOWN if week.connections is None else f"{week.connections:.0f}",
        units.size(week.redis_bytes),
    )


def telling(weeks: tuple[Week, ...]) -> tuple[Week, ...]:
    """The weeks in which something changes, and the first and last: what a terminal has room for."""
    last = len(weeks) - 1
    return tuple(
        week
        for place, week in enumerate(weeks)
        if place in {0, last}
        or (week.launch, week.instances, week.fits)
        != (weeks[place - 1].launch, weeks[place - 1].instances, weeks[place - 1].fits)
    )


def shape_cells(shape: ShapePlan, currency: str) -> tuple[str, ...]:
    """Name, what one carries, how many, a month, 1 000 requests."""
    cost = shape.cost
    return (
        shape.name,
        units.per_second(shape.each),
        str(shape.instances),
        money(cost.per_month if cost else None, currency),
        money(cost.per_thousand if cost else None, currency),
    )


def price_cells(item: PriceItem, currency: str) -> tuple[str, ...]:
    """In the order of PRICE_HEADS."""
    name = f"{item.name} ({item.shape})" if item.shape else item.name
    return name, money(item.price, currency), item.per, item.source, item.date.isoformat()


PRICE_HEADS = ("price of", "price", "per", "source", "as of")
SHAPE_HEADS = ("shape", "one carries", "instances", "a month", "1 000 requests")
CHANGE_HEADS = ("if", "runs out", "instances", "a month")


def change_cells(change: Change, currency: str) -> tuple[str, ...]:
    """In the order of CHANGE_HEADS."""
    return (
        change.name,
        when(change.runs_out),
        str(change.instances),
        money(change.per_month, currency),
    )
