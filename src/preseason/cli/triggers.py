"""``preseason triggers``: would scaling triggers have fired before users suffered?"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from preseason.errors import ExitCode, worst

if TYPE_CHECKING:
    from collections.abc import Sequence

    from preseason.planning.triggers import BackTest, Candidate, Rehearsal
    from preseason.slo.alert_model import AlertRule

_WIDTH = 140
_COLOURS = {"in time": "green", "quiet": "green", "late": "red", "never": "red", "false alarm": "yellow"}


class Machinery(StrEnum):
    """What triggers can be written for."""

    HPA = "hpa"
    KEDA = "keda"
    PROMETHEUS = "prometheus"


def command(
    runs: Annotated[
        list[str] | None, typer.Argument(help="Run ids, folders of runs, or 'latest', which is the default.")
    ] = None,
    rules: Annotated[
        Path | None, typer.Option(help="Triggers to ask, under scaling:; the default is the manual's.")
    ] = None,
    slo: Annotated[Path | None, typer.Option(help="Other objectives than the runs were made for.")] = None,
    scale_up: Annotated[str, typer.Option(help="How long a new instance takes to serve, as in 90s.")] = "0s",
    lead: Annotated[
        str | None, typer.Option(help="Recommend thresholds and times that fire so long before users suffer.")
    ] = None,
    time_scale: Annotated[
        float, typer.Option(min=1, help="Divide the times of all triggers, to rehearse in a short run.")
    ] = 1.0,
    emit: Annotated[
        Machinery | None, typer.Option(help="Print the triggers for an autoscaler or for Prometheus instead.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    out: Annotated[Path, typer.Option(envvar="PRESEASON_OUT", help="Where runs are.")] = Path("reports"),
) -> None:
    """Ask recorded runs when scaling triggers would have fired, and whether before users suffered."""
    from preseason.campaign.rehearsals import read_rehearsals, read_triggers
    from preseason.cli.durations import seconds_of
    from preseason.planning.triggers import backtest, compressed, recommended, sweep

    scale_up_s = seconds_of("--scale-up", scale_up)
    lead_s = None if lead is None else seconds_of("--lead", lead)
    asked = tuple(compressed(rule, time_scale) for rule in read_triggers(rules))
    rehearsals = read_rehearsals(runs or ["latest"], out, slo)
    if emit is not None:
        _emit(emit, asked)
        return
    found = [backtest(rule, one, scale_up_s) for one in rehearsals for rule in asked]
    chosen = (
        {}
        if lead_s is None
        else {rule.name: recommended(sweep(rule, rehearsals, time_scale), lead_s) for rule in asked}
    )
    if as_json:
        print(json.dumps(_document(found, chosen, scale_up_s, time_scale), indent=2, allow_nan=False))
    else:
        _say(found, chosen, scale_up_s, lead_s or 0.0, time_scale)
    raise typer.Exit(worst(exit_codes(found, rehearsals)))


def exit_codes(found: Sequence[BackTest], rehearsals: Sequence[Rehearsal]) -> list[ExitCode]:
    """A run passes with a trigger that was in time, or quiet ones where nothing broke; per run."""
    from preseason.planning.triggers import Timing

    codes = []
    for rehearsal in rehearsals:
        timings = {one.timing for one in found if one.run == rehearsal.run.manifest.run_id}
        if rehearsal.broke_s is None:
            good = timings - {Timing.FALSE_ALARM, Timing.NOT_EVALUABLE}
            bad = Timing.FALSE_ALARM in timings
            codes.append(ExitCode.FAILED if bad else ExitCode.PASS if good else ExitCode.UNDECIDED)
        elif Timing.IN_TIME in timings:
            codes.append(ExitCode.PASS)
        else:
            codes.append(ExitCode.UNDECIDED if Timing.NOT_EVALUABLE in timings else ExitCode.FAILED)
    return codes


def _emit(machinery: Machinery, rules: Sequence[AlertRule]) -> None:
    from preseason.report import autoscalers

    writers = {
        Machinery.HPA: autoscalers.horizontal_pod_autoscaler,
        Machinery.KEDA: autoscalers.keda,
        Machinery.PROMETHEUS: autoscalers.prometheus,
    }
    written = writers[machinery](rules)
    for problem in written.left_out:
        print(f"preseason: left out: {problem}", file=sys.stderr)
    sys.stdout.write(written.text)


def _document(
    found: Sequence[BackTest], chosen: dict[str, Candidate | None], scale_up_s: float, time_scale: float
) -> dict[str, Any]:
    return {
        "version": 1,
        "scale_up_s": scale_up_s,
        "time_scale": time_scale,
        "triggers": [asdict(one) for one in found],
        "recommended": {
            rule: None if one is None else {"trigger": one.rule.name, "lead_s": one.lead_s}
            for rule, one in chosen.items()
        },
    }


def _say(
    found: Sequence[BackTest],
    chosen: dict[str, Candidate | None],
    scale_up_s: float,
    wanted_s: float,
    time_scale: float,
) -> None:
    from rich.console import Console
    from rich.text import Text

    from preseason.planning.triggers import MEANINGS, Timing
    from preseason.report import triggers, units

    console = Console(width=None if sys.stdout.isatty() else _WIDTH, highlight=False, soft_wrap=True)
    if time_scale != 1:
        said = f"times of triggers are divided by {time_scale:g}: every figure below is a rehearsal's"
        console.print(Text(said, style="bold yellow"))
    for sentence in dict.fromkeys(triggers.suffering(one) for one in found):
        console.print(Text(sentence))
    console.print(_table(found, scale_up_s))
    for one in found:
        if one.timing is Timing.NOT_EVALUABLE:
            console.print(Text(f"{one.rule}: {one.reason}"))
    for timing in dict.fromkeys(one.timing for one in found):
        console.print(Text(f"{timing}: {MEANINGS[timing]}", style="dim"))
    for rule, candidate in chosen.items():
        console.print(Text(triggers.advice(rule, candidate, wanted_s)))
    if scale_up_s == 0:
        hint = "new instances are taken to serve at once; say how long they take with --scale-up"
        console.print(Text(hint, style="dim"))
    else:
        console.print(Text(f"new instances serve {units.duration(scale_up_s)} after a trigger", style="dim"))


def _table(found: Sequence[BackTest], scale_up_s: float) -> Any:  # noqa: ANN401 - rich is imported late
    from rich.table import Table
    from rich.text import Text

    from preseason.report import triggers

    several = len({one.run for one in found}) > 1
    table = Table(box=None, pad_edge=False)
    lost = "requests lost" if scale_up_s == 0 else "requests lost before help"
    for column in (*(["run"] if several else []), "trigger", "", "fired", "at a load of", "lead", lost):
        table.add_column(column, header_style="dim", no_wrap=True)
    for row in map(triggers.row, found):
        timing = Text(row.timing, style=_COLOURS.get(row.timing, "magenta"))
        cells = (row.rule, timing, row.fired, row.load, row.lead, row.lost)
        table.add_row(*([row.run] if several else []), *cells)
    return table
