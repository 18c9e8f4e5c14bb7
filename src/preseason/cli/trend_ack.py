"""``preseason trend ack``: somebody answers for a regression."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from preseason.cli.trend import (
    RUNS_MAGNITUDE,
    AnyGenerator,
    LargestP,
    Magnitude,
    Runs,
    Window,
    Workload,
    sensitivity,
    trends_at,
)
from preseason.errors import BadInputError, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from preseason.verdict.history.acknowledging import Acknowledgement
    from preseason.verdict.history.trends import Change, Trend, Trends


def command(
    owner: Annotated[str, typer.Option(help="Who answers for it.")],
    reason: Annotated[str, typer.Option(help="Why it may stay.")],
    runs: Runs = "reports",
    run: Annotated[
        str, typer.Option(help="The first run of the new level, as preseason trend names it.")
    ] = "",
    indicator: Annotated[str, typer.Option(help="Of this indicator only, as in p95.")] = "",
    about: Annotated[str, typer.Option(help="Of this endpoint or process only.")] = "",
    every: Annotated[bool, typer.Option("--all", help="All regressions that stand.")] = False,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="After this day it counts again.")
    ] = None,
    workload: Workload = "",
    any_generator: AnyGenerator = False,
    window: Window = 50,
    p: LargestP = 0.001,
    min_magnitude: Magnitude = None,
) -> None:
    """Acknowledge regressions, in the file acknowledged.yaml beside the runs; review it like code."""
    from preseason.campaign.history.acknowledgements import FILE, acknowledge
    from preseason.report.history import trend

    if not owner.strip() or not reason.strip():
        raise BadInputError(Problem("says nothing", "--owner, --reason", "write who answers for it, and why"))
    how = sensitivity(window, p, min_magnitude, RUNS_MAGNITUDE)
    past, found = trends_at(runs, workload, how, any_generator=any_generator)
    chosen = [
        (one, change)
        for one, change in found.open_regressions
        if (not run or found.history.runs[change.at].run_id == run)
        and (not indicator or one.name == indicator)
        and (not about or one.about == about)
    ]
    _need_clear_choice(found, chosen, named=bool(run or indicator or about or every))
    end = until.date() if until else None
    added = [_entry(found, one, change, owner.strip(), reason.strip(), end) for one, change in chosen]
    acknowledge(past.shelf, added)
    for one, change in chosen:
        print(f"acknowledged: {trend.title(one)} from {trend.levels(one, change)}")
    print(f"  {past.shelf.name}/{FILE}")


def _need_clear_choice(found: Trends, chosen: Sequence[tuple[Trend, Change]], *, named: bool) -> None:
    from preseason.report.history import trend

    standing = [
        f"{trend.title(one)} since {found.history.runs[change.at].run_id}"
        for one, change in found.open_regressions
    ]
    if not standing:
        raise BadInputError(Problem("no regression stands that nobody has acknowledged", "trend ack"))
    if not chosen:
        raise BadInputError(Problem("none of those that stand is meant", "trend ack", "; ".join(standing)))
    if len(chosen) > 1 and not named:
        remedy = f"name one by --run, --indicator and --about, or --all: {'; '.join(standing)}"
        raise BadInputError(Problem(f"{len(chosen)} regressions stand", "trend ack", remedy))


def _entry(
    found: Trends, one: Trend, change: Change, owner: str, reason: str, until: date | None
) -> Acknowledgement:
    from preseason.report.history import trend
    from preseason.report.plain import THIN_SPACE
    from preseason.verdict.history.acknowledging import Acknowledgement

    run = found.history.runs[change.at]
    return Acknowledgement(
        indicator=one.name,
        about=one.about,
        run=run.run_id,
        at=run.started_at,
        change=trend.levels(one, change).replace(THIN_SPACE, " "),
        owner=owner,
        reason=reason,
        until=until,
    )
