"""``preseason triggers``: would scaling triggers have fired before users suffered?"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from preseason.cli import triggers_simulate
from preseason.cli.default_command import DefaultCommandGroup
from preseason.cli.written import write_text
from preseason.errors import BadInputError, ExitCode, Problem, worst

if TYPE_CHECKING:
    from collections.abc import Sequence

    from preseason.planning.triggers.backtest import Answer, Rehearsal
    from preseason.planning.triggers.sweeps import Candidate, Sweep
    from preseason.report.triggers.report import TriggerReport
    from preseason.slo.alerts.model import AlertRule

app = typer.Typer(
    cls=DefaultCommandGroup,
    help="Would scaling triggers fire in time? Without a command's name, backtest is meant.",
    rich_markup_mode=None,
)


class Machinery(StrEnum):
    """What triggers can be written for."""

    HPA = "hpa"
    KEDA = "keda"
    PROMETHEUS = "prometheus"


@app.command("backtest")
def backtest(
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
        float,
        typer.Option(
            min=1,
            max=10_000,
            help="Divide the times of all triggers, to rehearse in a short run; other times stay.",
        ),
    ] = 1.0,
    emit: Annotated[
        Machinery | None,
        typer.Option(
            help="Print the triggers for an autoscaler or Prometheus instead; with --lead, those recommended."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    html: Annotated[Path | None, typer.Option(help="Write the report as one HTML page, too.")] = None,
    markdown: Annotated[Path | None, typer.Option(help="Write the report as Markdown, too.")] = None,
    out: Annotated[Path, typer.Option(envvar="PRESEASON_OUT", help="Where runs are.")] = Path("reports"),
) -> None:
    """Ask recorded runs when scaling triggers would have fired, and whether before users suffered."""
    from preseason.campaign.rehearsals import read_rehearsals, read_triggers
    from preseason.cli.durations import seconds_of
    from preseason.cli.together import Mistakes
    from preseason.cli.triggers_table import say
    from preseason.planning.triggers.backtest import rehearse
    from preseason.planning.triggers.sweeps import sweep
    from preseason.report.triggers.report import TriggerReport

    mistakes = Mistakes()
    scale_up_s = mistakes.of(lambda: seconds_of("--scale-up", scale_up), 0.0)
    lead_s = None if lead is None else mistakes.of(lambda: seconds_of("--lead", lead), None)
    asked = mistakes.of(lambda: read_triggers(rules), ())
    if emit is not None:
        mistakes.of(lambda: _need_no_report(as_json=as_json, html=html, markdown=markdown), None)
    rehearsals: tuple[Rehearsal, ...] = ()
    if runs or emit is None or lead is not None:
        rehearsals = mistakes.of(lambda: read_rehearsals(runs or ["latest"], out, slo), ())
    mistakes.refuse()
    if emit is not None and lead_s is None:
        _emit(emit, asked)
        return
    swept = () if lead_s is None else tuple(sweep(rule, rehearsals, lead_s, time_scale) for rule in asked)
    if emit is not None:
        _emit(emit, _recommended(swept), (_origin(rehearsals, swept[0], time_scale),))
        return
    rehearsed = rehearse(asked, rehearsals, scale_up_s, time_scale)
    report = TriggerReport(rehearsed, swept, scale_up_s, time_scale)
    if as_json:
        print(json.dumps(_document(report), indent=2, allow_nan=False))
    else:
        say(report)
    _write(report, html, markdown)
    raise typer.Exit(worst(exit_code(one.answer) for one in rehearsed))


def exit_code(answer: Answer) -> ExitCode:
    """What the answer for a run says to a caller."""
    from preseason.planning.triggers.backtest import Answer

    match answer:
        case Answer.INVALID:
            return ExitCode.INVALID
        case Answer.TOO_LATE | Answer.FALSE_ALARM:
            return ExitCode.FAILED
        case Answer.CANNOT_TELL:
            return ExitCode.UNDECIDED
        case _:
            return ExitCode.PASS


def _recommended(swept: Sequence[Sweep]) -> list[AlertRule]:
    """The rules that serve; BadInputError where there is nothing to write."""
    chosen = [one.chosen.rule for one in swept if one.chosen]
    if not chosen:
        cause = "no trigger of these gives the lead asked for in these runs"
        raise BadInputError(Problem(cause, "--emit with --lead", "ask for less, or name other --rules"))
    return chosen


def _need_no_report(*, as_json: bool, html: Path | None, markdown: Path | None) -> None:
    """BadInputError for each that would be left unwritten."""
    given = {"--json": as_json, "--html": html is not None, "--markdown": markdown is not None}
    cause = "goes with the report, not with --emit"
    problems = [Problem(cause, option, "leave one of them out") for option, on in given.items() if on]
    if problems:
        raise BadInputError(problems)


def _origin(rehearsals: Sequence[Rehearsal], swept: Sweep, time_scale: float) -> str:
    """What recommended triggers rest on."""
    from preseason.report import units

    runs = ", ".join(one.run.manifest.run_id for one in rehearsals)
    scaled = "" if time_scale == 1 else f", a rehearsal with times ÷ {time_scale:g}"
    healthy = "" if swept.healthy else "; none of them went well, so that false alarms were not tried"
    return f"Recommended for a lead of {units.duration(swept.wanted_s)} by {runs}{scaled}{healthy}."


def _emit(machinery: Machinery, rules: Sequence[AlertRule], said: Sequence[str] = ()) -> None:
    from preseason.report.triggers import autoscalers
    from preseason.slo.translations.translation import comment

    writers = {
        Machinery.HPA: autoscalers.horizontal_pod_autoscaler,
        Machinery.KEDA: autoscalers.keda,
        Machinery.PROMETHEUS: autoscalers.prometheus,
    }
    written = writers[machinery](rules)
    if not written.text:
        raise BadInputError(written.left_out)
    for problem in written.left_out:
        print(f"preseason: left out: {problem}", file=sys.stderr)
    sys.stdout.write(comment(said) + written.text)


def _write(report: TriggerReport, html: Path | None, markdown: Path | None) -> None:
    from importlib.metadata import version

    from preseason.report.triggers import markdown as trigger_markdown
    from preseason.report.triggers import page as trigger_page

    if html is not None:
        write_text("--html", html, trigger_page.render(report, version("preseason")))
    if markdown is not None:
        write_text("--markdown", markdown, trigger_markdown.render(report))


def _document(report: TriggerReport) -> dict[str, Any]:
    return {
        "version": 1,
        "scale_up_s": report.scale_up_s,
        "time_scale": report.time_scale,
        "runs": [
            {
                "run": one.rehearsal.run.manifest.run_id,
                "answer": one.answer,
                "length_s": one.rehearsal.length_s,
                "broke_s": one.rehearsal.broke_s,
                "broken": one.rehearsal.suffering.objective,
                "judged_objectives": one.rehearsal.suffering.judged,
                "invalid": one.rehearsal.invalid,
            }
            for one in report.runs
        ],
        "triggers": [asdict(test) for one in report.runs for test in one.found],
        "recommended": {one.written.name: _recommendation(one) for one in report.sweeps},
        "tried": {one.written.name: [_tried(tried) for tried in one.candidates] for one in report.sweeps},
    }


def _recommendation(found: Sweep) -> dict[str, Any] | None:
    chosen = found.chosen
    return None if chosen is None else {"trigger": chosen.rule.name, "lead_s": chosen.lead_s}


def _tried(one: Candidate) -> dict[str, Any]:
    return {
        "trigger": one.rule.name,
        "limit": one.rule.limit,
        "time_s": one.time_s,
        "lead_s": one.lead_s,
        "false_alarms": one.false_alarms,
        "missed": one.missed,
        "not_evaluable": one.not_evaluable,
    }


app.command("simulate")(triggers_simulate.command)
