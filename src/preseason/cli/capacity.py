"""``preseason capacity``: how much a platform carries, and what that takes."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from preseason.cli import capacity_costs
from preseason.errors import BadInputError, Problem

if TYPE_CHECKING:
    from preseason.campaign.capacity_record import Pace
    from preseason.planning.carried import Carried

#: A quick search is over in ten minutes, with what starting and ending it takes.
_QUICK_S = 540.0

app = typer.Typer(
    help="How much a platform carries: search for it, or fit a law to measurements.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


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
    from preseason.planning.scalability import assess

    found = assess(read_points(points), seed=seed)
    if as_json:
        print_json(found)
    else:
        say(found)


@app.command("run")
def run(
    target: Annotated[
        str | None,
        typer.Option(
            envvar="PRESEASON_TARGET",
            help="Address of the platform. Without it, the reference platform is started for the search.",
        ),
    ] = None,
    postgres: Annotated[
        str | None,
        typer.Option(envvar="PRESEASON_POSTGRES", help="DSN of the target's Postgres, to be sampled."),
    ] = None,
    redis: Annotated[
        str | None,
        typer.Option(envvar="PRESEASON_REDIS", help="URL of the target's Redis, to be sampled."),
    ] = None,
    pgbouncer: Annotated[
        str | None,
        typer.Option(
            envvar="PRESEASON_PGBOUNCER", help="DSN of the pooler before that Postgres, to be sampled."
        ),
    ] = None,
    host_metrics: Annotated[
        list[str] | None,
        typer.Option(
            envvar="PRESEASON_HOST_METRICS",
            metavar="NAME=URL",
            help="A machine of the target, by the page of its node_exporter; repeatable.",
        ),
    ] = None,
    prometheus: Annotated[
        str | None,
        typer.Option(
            envvar="PRESEASON_PROMETHEUS",
            help="URL of a Prometheus that is asked the SLO file's queries; a token for it may stand in "
            "PRESEASON_PROMETHEUS_TOKEN.",
        ),
    ] = None,
    users: Annotated[
        Path | None,
        typer.Option(envvar="PRESEASON_USERS", help="CSV file of accounts, header email,password."),
    ] = None,
    locustfile: Annotated[
        list[Path] | None,
        typer.Option(help="Locust file or folder of your own; may be given several times."),
    ] = None,
    slo: Annotated[
        Path | None,
        typer.Option(
            envvar="PRESEASON_SLO",
            help="SLO file whose objectives must hold and whose mix is asked; the default is capacity.",
        ),
    ] = None,
    out: Annotated[Path, typer.Option(envvar="PRESEASON_OUT", help="Where searches go.")] = Path("reports"),
    start: Annotated[float, typer.Option(min=0.01, help="First rate, arrivals a second.")] = 5.0,
    most: Annotated[float, typer.Option(min=0.01, help="No rate above this is tried.")] = 1000.0,
    width: Annotated[
        float | None, typer.Option(min=0.01, help="How narrow the bracket must get; 0.1 is 10 %.")
    ] = None,
    settle: Annotated[str | None, typer.Option(help="Warm-up of each step; the default is 60s.")] = None,
    measure: Annotated[str | None, typer.Option(help="Judged time of each step; the default is 5m.")] = None,
    within: Annotated[
        str | None, typer.Option(help="When to be done, as in 3h; the bracket may then stay wider.")
    ] = None,
    quick: Annotated[
        bool,
        typer.Option("--quick", help="Steps of 10s + 20s, a wider bracket, 9m in all: a first look."),
    ] = False,
    share: Annotated[
        float, typer.Option(min=0.05, max=1, help="What the reference platform gets of a core.")
    ] = 1.0,
    fault: Annotated[
        list[str] | None, typer.Option(help="Degrade the reference platform; repeatable.")
    ] = None,
    leagues: Annotated[int, typer.Option(min=1, help="Size of the reference platform.")] = 20,
    processes: Annotated[int, typer.Option(min=1, help="Processes that make the load.")] = 1,
    allow: Annotated[
        list[str] | None, typer.Option(help="Host beyond this machine that may be loaded.")
    ] = None,
    resume: Annotated[Path | None, typer.Option(help="Folder of a search to go on with.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say only the answer.")] = False,
) -> None:
    """Search for the highest load under which the objectives hold: a run a step, each judged like a gate."""
    from preseason.campaign import shipped
    from preseason.campaign.capacity import CapacityOptions, search
    from preseason.campaign.capacity_pages import write_page
    from preseason.campaign.options import GateOptions
    from preseason.cli.capacity_answer import exit_code, say_capacity
    from preseason.cli.gate import without_secrets
    from preseason.cli.interrupts import treat_termination_as_interrupt
    from preseason.cli.live import observing
    from preseason.planning.search import Settings

    treat_termination_as_interrupt()
    gate = GateOptions(
        target=target,
        postgres=postgres,
        redis=redis,
        pgbouncer=pgbouncer,
        host_metrics=tuple(host_metrics or ()),
        prometheus=prometheus,
        prometheus_token=os.environ.get("PRESEASON_PROMETHEUS_TOKEN", ""),
        users=users,
        locustfiles=tuple(locustfile or [shipped.scenarios()]),
        slo=shipped.find_slo(slo or Path("capacity")),
        out=out,
        faults=tuple(fault or ()),
        leagues=leagues,
        processes=processes,
        allow=tuple(allow or ()),
        command=without_secrets(sys.argv),
    )
    settings = Settings(
        start_rate=min(start, most),
        least_rate=min(start, most) / 20,
        most_rate=most,
        factor=2.0 if quick else 1.5,
        width=width or (0.25 if quick else 0.10),
        most_steps=14 if quick else 40,
        within_s=_within_s(within, quick=quick),
    )
    options = CapacityOptions(gate, settings, _pace(settle, measure, quick=quick), share, resume)
    with observing(quiet=quiet) as observer:
        folder, record = search(options, observer)
    answer = record.answer(folder.name)
    say_capacity(folder, answer, write_page(folder, answer))
    raise typer.Exit(exit_code(answer))


def _pace(settle: str | None, measure: str | None, *, quick: bool) -> Pace:
    from preseason.campaign.capacity_record import Pace
    from preseason.cli.durations import seconds_of

    return Pace(
        settle_s=seconds_of("--settle", settle or ("10s" if quick else "60s")),
        measure_s=seconds_of("--measure", measure or ("20s" if quick else "5m")),
        longer=2.0 if quick else 4.0,
        cool_down_s=seconds_of("--settle", settle or ("10s" if quick else "60s")),
    )


def _within_s(within: str | None, *, quick: bool) -> float | None:
    from preseason.cli.durations import seconds_of

    if within is None:
        return _QUICK_S if quick else None
    return seconds_of("--within", within)


@app.command("report")
def report(
    folder: Annotated[Path, typer.Argument(help="Folder of a search, as capacity run names it.")],
    plan_file: Annotated[
        Path | None, typer.Option("--plan", help="YAML file with a section capacity, for a page with a plan.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Say again what a search has found, finished or not, and write its page anew: capacity.html."""
    from preseason.campaign.capacity_pages import write_page
    from preseason.campaign.capacity_record import read_record
    from preseason.cli.capacity_answer import print_capacity, say_capacity
    from preseason.cli.capacity_plan import carried_by
    from preseason.planning.plan_remarks import planned
    from preseason.slo.plan_reading import read_plan

    record = read_record(folder)
    answer = record.answer(folder.name)
    plan = None if plan_file is None else planned(read_plan(plan_file), carried_by(record, folder))
    page = write_page(folder, answer, plan)
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
    from preseason.planning.plan_remarks import planned
    from preseason.slo.plan_reading import read_plan

    found = planned(read_plan(plan_file), _carried(folder, capacity))
    if as_json:
        print_plan(found)
    else:
        say_plan(found)


def _carried(folder: Path | None, given: str | None) -> Carried:
    """What the plan counts on: a search's capacity, or the one that was given."""
    from preseason.campaign.capacity_record import read_record
    from preseason.cli.capacity_plan import carried_by
    from preseason.planning.carried import Carried
    from preseason.slo.model import Unit
    from preseason.slo.quantities import MistakeError, quantity

    if (folder is None) == (given is None):
        remedy = "name the folder of a search, or --capacity 120/s, and not both"
        raise BadInputError(Problem("what the platform carries is not known", "capacity plan", remedy))
    if folder is not None:
        return carried_by(read_record(folder), folder)
    try:
        rate = quantity(given or "", Unit.PER_SECOND)
    except MistakeError as mistake:
        raise BadInputError(Problem(mistake.cause, f"--capacity {given}", mistake.remedy)) from None
    if rate <= 0:
        raise BadInputError(Problem("is not above 0", f"--capacity {given}", "write it like 120/s"))
    return Carried(rate)
