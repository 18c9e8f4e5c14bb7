"""``preseason trend``: where the level of past runs, or of anybody's measurements, changed."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from preseason.cli.default_command import DefaultCommandGroup
from preseason.cli.together import Commands
from preseason.errors import BadInputError, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from preseason.campaign.history.reading import PastRuns
    from preseason.verdict.history.comparable import History
    from preseason.verdict.history.trends import Trends
    from preseason.verdict.statistics.changes import ChangePoint, Sensitivity

app = Commands(
    cls=DefaultCommandGroup,
    help=(
        "Where the level of past runs changed: trend [RUNS] is trend show [RUNS]. Of anybody's series: "
        "trend --csv FILE --metric COLUMN."
    ),
    rich_markup_mode=None,
)
#: Of runs, a change below 5 % is none; of a series of your own, you say what is.
RUNS_MAGNITUDE, _SERIES_MAGNITUDE = 0.05, 0.0
_HELP_MAGNITUDE = "Smallest change of the mean that counts; by default 0.05 (5 %) of runs, 0 of a series."
Runs = Annotated[
    str,
    typer.Argument(
        envvar="PRESEASON_OUT", help="Where runs are: a folder, or an address such as s3://bucket/runs."
    ),
]
Workload = Annotated[
    str, typer.Option(help="Beginning of a workload's hash, instead of that of the newest run.")
]
AnyGenerator = Annotated[
    bool,
    typer.Option(
        "--any-generator", help="Take runs made by other machines and versions too, as on hosted CI runners."
    ),
]
Window = Annotated[int, typer.Option(min=2, max=2000, help="How many measurements are looked at together.")]
LargestP = Annotated[
    float,
    typer.Option("--p", min=0, max=1, help="Largest chance that a change is luck; of runs, in all of them."),
]
Magnitude = Annotated[float | None, typer.Option(min=0, help=_HELP_MAGNITUDE)]


@app.command("show")
def show(
    context: typer.Context,
    runs: Runs = "reports",
    csv: Annotated[
        Path | None,
        typer.Option(
            "--csv", help="Instead of runs: CSV with a header, the oldest line first; - is standard input."
        ),
    ] = None,
    metric: Annotated[str | None, typer.Option(help="Column of the CSV that holds the measurements.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    html: Annotated[Path | None, typer.Option(help="Write a page with a chart of each indicator.")] = None,
    workload: Workload = "",
    any_generator: AnyGenerator = False,
    window: Window = 50,
    p: LargestP = 0.001,
    min_magnitude: Magnitude = None,
) -> None:
    """Find what became better or worse from run to run, since which run and version, and by how much.

    Exit code 1 where a regression stands that nobody has acknowledged, 3 with too few runs to tell. With
    --csv and --metric, where the level of a series of measurements changed.
    """
    if csv is not None or metric is not None:
        of_runs = {"RUNS": _is_typed(context, "runs"), "--html": html, "--workload": workload}
        _refuse_with_csv(csv, metric, of_runs | {"--any-generator": any_generator})
        _show_series(
            csv or Path(),
            metric or "",
            sensitivity(window, p, min_magnitude, _SERIES_MAGNITUDE),
            as_json=as_json,
        )
        return
    how = sensitivity(window, p, min_magnitude, RUNS_MAGNITUDE)
    _, found = trends_at(runs, workload, how, any_generator=any_generator)
    if html is not None:
        from preseason.cli.written import write_text
        from preseason.report.history.trend_page import render

        write_text("--html", html, render(found))
    if as_json:
        from preseason.cli.trend_said import document

        print(json.dumps(document(found), allow_nan=False))
    else:
        from preseason.cli.trend_said import say

        say(found)
    raise typer.Exit(found.exit_code)


def sensitivity(window: int, p: float, min_magnitude: float | None, default: float) -> Sensitivity:
    """How change points are looked for; BadInputError for what is no number."""
    from preseason.verdict.statistics.changes import Sensitivity

    magnitude = default if min_magnitude is None else min_magnitude
    if math.isnan(p) or math.isnan(magnitude):
        raise BadInputError(Problem("is not a number", "--p, --min-magnitude", "write it as in 0.001"))
    return Sensitivity(window, p, magnitude)


def trends_at(
    address: str, workload: str, how: Sensitivity, *, any_generator: bool
) -> tuple[PastRuns, Trends]:
    """The runs at an address and the trends of one workload; UNDECIDED ends it where none is of use."""
    from datetime import UTC, datetime

    from preseason.campaign.history.acknowledgements import read_acknowledgements
    from preseason.campaign.history.reading import need_runs, read_history, shelf_at
    from preseason.verdict.history.trends import trends_of

    past = need_runs(read_history(shelf_at(address)))
    say_problems(past)
    history = need_history(past, workload, any_generator=any_generator)
    acknowledged = read_acknowledgements(past.shelf).on(datetime.now(UTC).date())
    return past, trends_of(history, how, acknowledged)


def need_history(past: PastRuns, workload: str, *, any_generator: bool) -> History:
    """The history of a workload; the command ends where no run is of use, and says why."""
    from preseason.errors import ExitCode
    from preseason.verdict.history.comparable import history_of, why_of_no_use

    history = history_of(past.runs, workload=workload, any_generator=any_generator)
    if history is not None:
        return history
    known = {run.manifest.workload_hash for run in past.runs}
    if workload and not any(one.startswith(workload) for one in known):
        hashes = ", ".join(sorted(one[:8] for one in known))
        raise BadInputError(
            Problem("no run has this workload", f"--workload {workload}", f"there are {hashes}")
        )
    for run in past.runs:
        print(f"left out: {run.run_id}: {why_of_no_use(run)}")
    print(f"UNDECIDED: none of the runs in {past.shelf.name} can be laid beside others.")
    raise typer.Exit(ExitCode.UNDECIDED)


def say_problems(past: PastRuns) -> None:
    """What could not be read, on standard error."""
    for problem in past.problems:
        sys.stderr.write(f"preseason: {problem}\n")


def _is_typed(context: typer.Context, name: str) -> bool:
    """Whether a parameter stands on the command line: what the environment says is meant for other calls."""
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def _refuse_with_csv(csv: Path | None, metric: str | None, of_runs: Mapping[str, object]) -> None:
    problems = [
        Problem("goes with runs, not with --csv", name, "leave one of them out")
        for name, given in of_runs.items()
        if given
    ]
    if csv is None:
        problems.append(
            Problem("names a column of a CSV, and none is given", "--metric", "name it with --csv")
        )
    if metric is None:
        problems.append(Problem("which column is meant is not said", "--csv", "name it with --metric"))
    if problems:
        raise BadInputError(problems)


def _show_series(csv: Path, metric: str, how: Sensitivity, *, as_json: bool) -> None:
    from preseason.campaign.measurements import read_series
    from preseason.verdict.history.trends import FEWEST_RUNS
    from preseason.verdict.statistics.changes import change_points

    series = read_series(csv, metric)
    found = change_points(series.values, how)
    if as_json:
        points = [
            {"index": series.rows[one.index], "before": one.before, "after": one.after, "p": one.p}
            for one in found
        ]
        print(json.dumps({"change_points": points}, allow_nan=False))
        return
    missing = f", {series.missing} missing" if series.missing else ""
    many = "1 value" if len(series.values) == 1 else f"{len(series.values)} values"
    told = _counted(len(found))
    if not found and len(series.values) < FEWEST_RUNS:
        told = f"too few to tell a change: it takes {FEWEST_RUNS}"
    print(f"{metric}: {many}{missing}, {told}")
    for one in found:
        print(f"  row {series.rows[one.index]}: {_said(one)}")


def _counted(points: int) -> str:
    return {0: "no change point", 1: "1 change point"}.get(points, f"{points} change points")


def _said(one: ChangePoint) -> str:
    change = f" ({(one.after - one.before) / abs(one.before):+.1%})" if one.before else ""
    return f"{one.before:.5g} -> {one.after:.5g}{change}, p = {one.p:.2g}"
