"""``preseason capacity``: how much a platform carries, and what that takes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from preseason.cli import capacity_costs, capacity_run
from preseason.cli.together import Commands, Mistakes
from preseason.errors import BadInputError, Problem

if TYPE_CHECKING:
    from preseason.planning.plan.carried import Carried

app = Commands(
    help="How much a platform carries: search for it, or fit a law to measurements.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


app.command("run")(capacity_run.command)
app.command("costs")(capacity_costs.command)


@app.command("fit")
def fit(
    points: Annotated[
        Path, typer.Argument(help="CSV with the header concurrency,throughput[,sd]; - is standard input.")
    ] = Path("-"),
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the resampling behind the intervals.")] = 1,
) -> None:
    """Fit the universal scalability law to measurements of your own, and say how far it may be trusted."""
    from preseason.campaign.measurements import read_points
    from preseason.cli.scalability import print_json, say
    from preseason.planning.scalability.assessing import assess

    found = assess(read_points(points), seed=seed)
    if as_json:
        print_json(found)
    else:
        say(found)


@app.command("report")
def report(
    folder: Annotated[Path, typer.Argument(help="Folder of a search, as capacity run names it.")],
    plan_file: Annotated[
        Path | None, typer.Option("--plan", help="YAML file with a section capacity, for a page with a plan.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Say again what a search has found, finished or not, and write its page anew: capacity.html."""
    from preseason.campaign.capacity.pages import write_capacity_page
    from preseason.campaign.capacity.record import read_record
    from preseason.cli.capacity_answer import print_capacity, say_capacity
    from preseason.cli.capacity_plan import carried_by
    from preseason.planning.plan.remarks import planned
    from preseason.slo.ahead.plan_reading import read_plan

    mistakes = Mistakes()
    record = mistakes.of(lambda: read_record(folder), None)
    read = None if plan_file is None else mistakes.of(lambda: read_plan(plan_file), None)
    carried = (
        None if read is None or record is None else mistakes.of(lambda: carried_by(record, folder), None)
    )
    mistakes.refuse()
    assert record is not None  # noqa: S101 - else it was refused
    answer = record.answer(folder.name)
    plan = None if read is None or carried is None else planned(read, carried)
    page = write_capacity_page(folder, answer, plan)
    if as_json:
        print_capacity(answer)
    else:
        say_capacity(folder, answer, page)


@app.command("plan")
def plan(
    plan_file: Annotated[Path, typer.Option("--plan", help="YAML file with a section capacity.")],
    folder: Annotated[
        Path | None, typer.Argument(help="Folder of a search; without one, give --capacity.")
    ] = None,
    capacity: Annotated[
        str | None,
        typer.Option(help="Successful requests that the tested instances carry, as in 120/s."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Plan ahead: headroom, the week it runs out, instances, connections, memory and cost by week."""
    from preseason.cli.capacity_plan import print_plan, say_plan
    from preseason.planning.plan.remarks import planned
    from preseason.slo.ahead.plan_reading import read_plan

    mistakes = Mistakes()
    read = mistakes.of(lambda: read_plan(plan_file), None)
    carried = mistakes.of(lambda: _carried(folder, capacity), None)
    mistakes.refuse()
    assert read is not None and carried is not None  # noqa: S101, PT018 - else they were refused
    found = planned(read, carried)
    if as_json:
        print_plan(found)
    else:
        say_plan(found)


def _carried(folder: Path | None, given: str | None) -> Carried:
    """What the plan counts on: a search's capacity, or the one that was given."""
    from preseason.campaign.capacity.record import read_record
    from preseason.cli.capacity_plan import carried_by
    from preseason.planning.plan.carried import Carried
    from preseason.slo.model import Unit
    from preseason.slo.quantities import MistakeError, quantity

    if (folder is None) == (given is None):
        cause = "is not known" if folder is None else "is said twice, by a search and by --capacity"
        remedy = "name the folder of a search, or --capacity 120/s, and not both"
        raise BadInputError(Problem(f"what the platform carries {cause}", "capacity plan", remedy))
    if folder is not None:
        return carried_by(read_record(folder), folder)
    try:
        rate = quantity(given or "", Unit.PER_SECOND)
    except MistakeError as mistake:
        raise BadInputError(Problem(mistake.cause, f"--capacity {given}", mistake.remedy)) from None
    if rate <= 0:
        raise BadInputError(Problem("is not above 0", f"--capacity {given}", "write it like 120/s"))
    return Carried(rate)
