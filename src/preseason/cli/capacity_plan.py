"""How a capacity plan is said: in words and tables, or as JSON."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from preseason.errors import BadInputError, Problem
from preseason.report.capacity import plans

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from preseason.campaign.capacity.record import CapacityRecord
    from preseason.planning.plan.carried import Carried
    from preseason.planning.plan.remarks import Planned
    from preseason.slo.ahead.plan_schema import PriceItem

_WIDTH = 130


def carried_by(record: CapacityRecord, folder: Path) -> Carried:
    """What a search says a plan may count on; BadInputError where no rate passed in it."""
    found = record.answer(folder.name).carried
    if found is None:
        remedy = "go on with the search, or give --capacity"
        raise BadInputError(
            Problem("no rate passed in this search: nothing can be planned", str(folder), remedy)
        )
    return found


def document(found: Planned) -> dict[str, Any]:
    """The plan as JSON; rates are successful requests a second, days are ISO dates."""
    plain = asdict(found.outlook)
    for week, told in zip(found.outlook.weeks, plain["weeks"], strict=True):
        told["cost"] = _cost(week.cost)
    for shape, told in zip(found.outlook.shapes, plain["shapes"], strict=True):
        told["cost"] = _cost(shape.cost)
    return {
        "version": 1,
        "plan": found.plan.name,
        "currency": found.currency or None,
        "capacity": found.carried.rate,
        "sentence": plans.sentence(found.outlook),
        **plain,
        "at_capacity": _cost(found.outlook.at_capacity),
        "prices": [_price(item) for item in _prices(found)],
        "sensitivity": [asdict(change) for change in found.changes],
        "remarks": list(found.remarks),
    }


def _prices(found: Planned) -> tuple[PriceItem, ...]:
    prices = found.plan.section.prices
    return () if prices is None else prices.items


def _price(item: PriceItem) -> dict[str, str | float | None]:
    return {
        "name": item.name,
        "shape": item.shape,
        "price": item.price,
        "per": item.per,
        "source": item.source,
        "date": item.date.isoformat(),
    }


def _cost(cost: Any) -> dict[str, float] | None:  # noqa: ANN401 - one of ours or None
    if cost is None:
        return None
    return {**asdict(cost), "per_thousand": cost.per_thousand, "per_month": cost.per_month}


def print_plan(found: Planned) -> None:
    """Print the plan as one JSON document."""
    json.dump(document(found), sys.stdout, indent=2, allow_nan=False, default=str)
    print()


def say_plan(found: Planned) -> None:
    """Print the figures, the weeks in which something changes, the shapes, and what would change most."""
    console = Console(width=None if sys.stdout.isatty() else _WIDTH, highlight=False, soft_wrap=True)
    console.print(Text(plans.sentence(found.outlook), style="bold"))
    for name, value in plans.facts(found.outlook, found.currency):
        console.print(Text.assemble((f"{name:<27}", "dim"), value))
    console.print()
    console.print(_table(plans.WEEK_HEADS, map(plans.week_cells, plans.telling(found.outlook.weeks))))
    for heads, rows in (
        (plans.SHAPE_HEADS, [plans.shape_cells(one, found.currency) for one in found.outlook.shapes]),
        (plans.CHANGE_HEADS, [plans.change_cells(one, found.currency) for one in found.changes]),
    ):
        if len(rows) > 1:
            console.print()
            console.print(_table(heads, rows))
    prices = [plans.price_cells(item, found.currency) for item in _prices(found)]
    if prices:
        console.print()
        console.print(_table(plans.PRICE_HEADS, prices))
    console.print()
    for remark in found.remarks:
        console.print(Text(f"note: {remark}"))


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Table:
    table = Table(box=None, pad_edge=False)
    for head in heads:
        table.add_column(head, header_style="dim", no_wrap=True)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return table
