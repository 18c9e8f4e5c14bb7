"""``preseason review``: the operations manual's weekly performance review and monthly report."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
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
    say_problems,
    sensitivity,
)
from preseason.errors import BadInputError, ExitCode, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from preseason.campaign.capacity.record import CapacityRecord
    from preseason.campaign.history.reading import PastRuns
    from preseason.report.history.review import Beside, Searched
    from preseason.run.shelf import Shelf
    from preseason.slo.ahead.plan_reading import Plan
    from preseason.verdict.history.reviewing import Period, Review
    from preseason.verdict.statistics.changes import Sensitivity

_MOST_PROBLEMS = 5


def command(
    runs: Runs = "reports",
    week: Annotated[bool, typer.Option("--week", help="The seven days until --until.")] = False,
    month: Annotated[
        bool, typer.Option("--month", help="The thirty days until --until, with capacity and cost.")
    ] = False,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day, in UTC; by default today.")
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option(help="Folder for the page and the Markdown; by default that of the runs."),
    ] = None,
    plan: Annotated[
        Path | None, typer.Option(help="Capacity plan for the month's costs, as for capacity plan.")
    ] = None,
    workload: Workload = "",
    any_generator: AnyGenerator = False,
    window: Window = 50,
    p: LargestP = 0.001,
    min_magnitude: Magnitude = None,
) -> None:
    """Review a week or a month of runs beside the one before: what was usual, what changed, what failed.

    Exit code 3 where no run of the period is of use; else 0, whatever the runs came to.
    """
    from preseason.campaign.history.reading import need_runs, read_history, shelf_at
    from preseason.cli.together import Mistakes
    from preseason.cli.written import write_text
    from preseason.report.history.review import render
    from preseason.slo.ahead.plan_reading import read_plan

    how = sensitivity(window, p, min_magnitude, RUNS_MAGNITUDE)
    mistakes = Mistakes()
    found_period = mistakes.of(lambda: _period(week=week, month=month, until=until, plan=plan), None)
    ahead = None if plan is None else mistakes.of(lambda: read_plan(plan), None)
    found_past = mistakes.of(lambda: need_runs(read_history(shelf_at(runs))), None)
    mistakes.refuse()
    assert found_period is not None and found_past is not None  # noqa: S101, PT018 - else they were refused
    period, past = found_period, found_past
    say_problems(past)
    found = _review(past, period, how, workload, any_generator=any_generator)
    page, markdown = render(found, _beside(past.shelf, period, ahead))
    stem = f"review-{period.length.name.lower()}-{period.until}"
    folder = to or (Path(runs.removeprefix("file://")) if past.shelf.is_local else Path())
    _say(found)
    if to is not None:
        _make(to)
    write_text("--to", folder / f"{stem}.html", page)
    write_text("--to", folder / f"{stem}.md", markdown)


def _make(folder: Path) -> None:
    """The folder that was asked for, if it is not there yet; not those above it, which may be mistyped."""
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        cause = f"cannot be made: {error.strerror}"
        raise BadInputError(Problem(cause, f"--to {folder}", "name a folder in one that exists")) from None


def _period(*, week: bool, month: bool, until: datetime | None, plan: Path | None) -> Period:
    from preseason.verdict.history.reviewing import Length, Period

    if week == month:
        remedy = "as in preseason review --week --until 2026-11-29"
        raise BadInputError(Problem("one of --week and --month is asked for", "preseason review", remedy))
    if plan is not None and week:
        raise BadInputError(Problem("costs stand in the monthly report only", "--plan", "leave it out"))
    last = until.date() if until else datetime.now(UTC).date()
    if last <= date.min + timedelta(days=4 * Length.MONTH.value):
        raise BadInputError(Problem("is before there were runs", f"--until {last}", "name a later day"))
    if last == date.max:
        raise BadInputError(Problem("has no day after it", f"--until {last}", "name an earlier day"))
    return Period(Length.WEEK if week else Length.MONTH, last)


def _review(
    past: PastRuns, period: Period, how: Sensitivity, workload: str, *, any_generator: bool
) -> Review:
    from preseason.campaign.history.acknowledgements import read_acknowledgements
    from preseason.verdict.history.reviewing import review_of

    acknowledged = read_acknowledgements(past.shelf).on(period.until)
    found = review_of(past.runs, period, how, acknowledged, workload=workload, any_generator=any_generator)
    if found is None:
        _say_empty(past, period)
        raise typer.Exit(ExitCode.UNDECIDED)
    return found


def _say_empty(past: PastRuns, period: Period) -> None:
    from preseason.verdict.history.comparable import why_of_no_use

    inside = [run for run in past.runs if period.holds(run.started_at)]
    for run in inside[:_MOST_PROBLEMS]:
        print(f"left out: {run.run_id}: {why_of_no_use(run) or 'of another workload'}")
    span = f"{period.first_day} to {period.until}"
    if inside:
        print(f"UNDECIDED: none of the {len(inside)} runs from {span} is of use for a review.")
        return
    first, last = past.runs[0].started_at, past.runs[-1].started_at
    known = f"those in {past.shelf.name} are from {first:%Y-%m-%d} to {last:%Y-%m-%d}"
    print(f"UNDECIDED: no run was made from {span}; {known}.")


def _beside(shelf: Shelf, period: Period, plan: Plan | None) -> Beside:
    """The searches and the plan that belong to a monthly report."""
    from preseason.campaign.capacity.searches import read_searches
    from preseason.report.history.review import Beside
    from preseason.verdict.history.reviewing import Length

    if period.length is Length.WEEK:
        return Beside()
    found, problems = read_searches(shelf)
    until = [one for one in reversed(found) if one[1].started_at < period.end]
    told = tuple(f"{problem.place}: {problem.cause}" for problem in problems)
    beside = Beside(tuple(_searched(*one) for one in until), problems=told)
    return beside if plan is None else _with_plan(beside, plan, until)


def _searched(folder: str, record: CapacityRecord) -> Searched:
    from preseason.planning.search.slo_capacity import capacity
    from preseason.report.history.review import Searched

    found = capacity(record.settings, record.search_steps())
    return Searched(folder, record.slo, record.target, record.started_at, found)


def _with_plan(beside: Beside, plan: Plan, searches: Sequence[tuple[str, CapacityRecord]]) -> Beside:
    """With what the plan comes to by the newest search in which a rate passed."""
    from preseason.cli.capacity_plan import carried_by
    from preseason.planning.plan.remarks import planned
    from preseason.report.history.review import Planned

    for folder, record in searches:
        try:
            carried = carried_by(record, Path(folder))
        except BadInputError:
            continue
        found = planned(plan, carried)
        source = f"By the plan {plan.name} and the search {folder}."
        return replace(beside, planned=Planned(found.outlook, found.currency, source))
    return replace(beside, no_plan="No search until then found a rate that passed: nothing can be planned.")


def _say(found: Review) -> None:
    from rich.console import Console
    from rich.text import Text

    from preseason.report.history import review, trend

    console = Console(highlight=False, soft_wrap=True)
    console.print(Text(review.sentence(found)))
    for one, change in found.changes:
        told = f"{trend.verb(change)}: {trend.title(one)} from {trend.levels(one, change)}"
        console.print(Text(f"{told} since {trend.since(change, found.trends.history)}"))
    for remark in trend.remarks(found.trends.history):
        console.print(Text(remark, style="dim"))
