"""The tables of a search: its numbers, its steps, what requests need, and the law."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from preseason.planning.scalability.assessing import ends
from preseason.report import units
from preseason.report.capacity import resources, searches
from preseason.report.page.tables import Cell, Column, Look, Table, badge, number

if TYPE_CHECKING:
    from preseason.planning.scalability.assessing import Scalability
    from preseason.planning.scalability.bootstrap import Interval
    from preseason.planning.search.answer import Answer, MadeStep
    from preseason.planning.search.demand import Demand


def numbers(answer: Answer) -> Table:
    """The four numbers, each with its interval and its source run."""
    rows = tuple(
        (
            Cell(one.name, look=Look.STRONG),
            Cell(one.value, remark=one.interval),
            Cell(one.more.strip(" ,:;") or units.UNKNOWN, remark=one.run),
        )
        for one in searches.numbers(answer)
    )
    columns = (Column("Number"), Column("Value and interval"), Column("What it says, and the run behind it"))
    return Table("Four numbers, and the runs that they rest on", columns, rows, stacked=True)


def steps(answer: Answer) -> Table:
    """Every step in the order it was made."""
    heads = (
        Column("Step and run"),
        Column("Outcome"),
        Column("Offered", number=True),
        Column("Succeeded", number=True),
        Column("Errors", number=True),
        Column("p95", number=True),
        Column("In flight", number=True),
        Column("Little", number=True),
    )
    rows = tuple(_step(place, made) for place, made in enumerate(answer.steps, 1))
    return Table("Every step, in the order it was made", heads, rows)


def _step(place: int, made: MadeStep) -> tuple[Cell, ...]:
    step, seen = made.step, made.measured
    outcome = badge(step.outcome, remark=step.binds)
    name = Cell(f"{place} {step.purpose}", remark=made.run)
    offered = number(units.per_second(step.rate), step.rate)
    if seen is None:
        nothing = (number(units.UNKNOWN, None),) * 5
        return (name, outcome, offered, *nothing)
    margin = "" if seen.margin is None else f"± {units.per_second(seen.margin)}"
    return (
        name,
        outcome,
        offered,
        number(units.per_second(seen.succeeded), seen.succeeded, margin),
        number(units.percent(seen.errors), seen.errors),
        number(units.milliseconds(seen.p95_ms), seen.p95_ms),
        number(units.count(seen.concurrency), seen.concurrency),
        number(units.percent(seen.little) if seen.little is not None else units.UNKNOWN, seen.little),
    )


def demands(answer: Answer) -> Table:
    """What a request needs of each resource, and the throughput at which that is used up."""
    first = answer.bottleneck
    rows = tuple(_demand(one, first=one == first) for one in answer.demands)
    columns = (
        Column("Resource"),
        Column("A request takes"),
        Column("There is", number=True),
        Column("Used up at", number=True),
    )
    return Table("What requests need, the first to run out first", columns, rows, stacked=True)


def _demand(found: Demand, *, first: bool) -> tuple[Cell, ...]:
    known = math.isfinite(found.limit)
    limit = (
        number(resources.amount(found.limit, found.unit), found.limit) if known else number("not known", None)
    )
    if found.limits:
        low, high = (searches.rate_or_open(end) for end in found.saturation_bounds)
        end = number(units.per_second(found.saturation_rate), found.saturation_rate, f"{low} … {high}")
    else:
        end = number(units.UNKNOWN, None)
    look = Look.STRONG if first else Look.PLAIN
    remark = "runs out first, of what was sampled" if first else ""
    return Cell(found.resource, look=look, remark=remark), Cell(resources.each(found)), limit, end


def law(found: Scalability) -> Table:
    """The fitted parameters with their intervals."""
    fitted, bounds = found.law, found.intervals
    alone = "; ".join(filter(None, ("what contention alone would leave", found.extrapolated)))
    rows = (
        _parameter("lambda", fitted.lambda_, bounds.lambda_, "throughput of one"),
        _parameter("sigma", fitted.sigma, bounds.sigma, "contention: the share that queues"),
        _parameter("kappa", fitted.kappa, bounds.kappa, "coherency: what each pair costs"),
        _parameter("N peak", found.n_peak, bounds.n_peak, "requests in flight at the highest throughput"),
        _parameter("X peak", found.x_peak, bounds.x_peak, "the highest throughput, a second"),
        _parameter("X limit", found.x_limit, bounds.x_limit, alone),
    )
    interval = Column(f"{units.percent(0.95)} interval")
    columns = (Column("Parameter"), Column("Fitted", number=True), interval, Column("Meaning"))
    return Table("The universal scalability law through the steps", columns, rows, narrow=True)


def _parameter(name: str, value: float | None, bounds: Interval, meaning: str) -> tuple[Cell, ...]:
    low, high = ends(bounds)
    interval = "not bounded"
    if low is not None and not (high is None and low == 0):
        interval = f"at least {low:.4g}" if high is None else f"{low:.4g} … {high:.4g}"
    told = units.UNKNOWN if value is None else f"{value:.4g}"
    return Cell(name), number(told, value), Cell(interval), Cell(meaning)


def rivals(found: Scalability) -> Table:
    """What else explains the points, by AICc."""
    best = found.explanations[0].aicc
    rows = tuple(
        (
            Cell(one.model),
            number("–" if math.isinf(one.aicc) else f"{one.aicc - best:.1f}", one.aicc - best),
            number(f"{one.squares:.4g}", one.squares),
        )
        for one in found.explanations
    )
    columns = (
        Column("Model"),
        Column("AICc above the best", number=True),
        Column("Squares left", number=True),
    )
    return Table("Other explanations of the same steps; lower is better", columns, rows, narrow=True)
