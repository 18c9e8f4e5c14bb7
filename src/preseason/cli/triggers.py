"""``preseason triggers``: would scaling triggers have fired before users suffered?"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from preseason.cli import triggers_simulate
from preseason.cli.default_command import DefaultCommandGroup
from preseason.cli.groups import with_groups
from preseason.cli.together import Commands, Mistakes
from preseason.cli.triggers_emitted import Machinery, emit, emit_recommended
from preseason.cli.written import write_text
from preseason.errors import BadInputError, ExitCode, Problem, worst

if TYPE_CHECKING:
    from collections.abc import Sequence

    from preseason.planning.triggers.backtest import Answer, Rehearsal
    from preseason.planning.triggers.sweeps import Candidate, Sweep
    from preseason.report.triggers.report import TriggerReport
    from preseason.slo.alerts.model import AlertRule

app = Commands(
    cls=DefaultCommandGroup,
    help="Would scaling triggers fire in time? Without a command's name, backtest is meant.",
    rich_markup_mode=None,
)


@dataclass(frozen=True)
class Question:
    """What is asked of the runs."""

    rules: Annotated[
        Path | None, typer.Option(help="Triggers to ask, under scaling:; the default is the manual's.")
    ] = None
    slo: Annotated[Path | None, typer.Option(help="Other objectives than the runs were made for.")] = None
    scale_up: Annotated[str, typer.Option(help="How long a new instance takes to serve, as in 90s.")] = "0s"
    lead: Annotated[
        str | None, typer.Option(help="Recommend thresholds and times that fire so long before users suffer.")
    ] = None
    time_scale: Annotated[
        float,
        typer.Option(
            min=1,
            max=10_000,
            help="Divide the times of all triggers, to rehearse in a short run; other times stay.",
        ),
    ] = 1.0


@dataclass(frozen=True)
class Wanted:
    """What is printed and written."""

    emit: Annotated[
        Machinery | None,
        typer.Option(
            help="Print the triggers for an autoscaler or Prometheus instead; with --lead, those recommended."
        ),
    ] = None
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False
    html: Annotated[Path | None, typer.Option(help="Write the report as one HTML page, too.")] = None
    markdown: Annotated[Path | None, typer.Option(help="Write the report as Markdown, too.")] = None

    def need_no_report(self) -> None:
        """BadInputError for each that ``emit`` would leave unwritten."""
        given = {
            "--json": self.as_json,
            "--html": self.html is not None,
            "--markdown": self.markdown is not None,
        }
        cause = "goes with the report, not with --emit"
        problems = [Problem(cause, option, "leave one of them out") for option, on in given.items() if on]
        if self.emit is not None and problems:
            raise BadInputError(problems)


@dataclass(frozen=True)
class _Asked:
    """The question, read."""

    rules: tuple[AlertRule, ...]
    rehearsals: tuple[Rehearsal, ...]
    scale_up_s: float
    lead_s: float | None
    time_scale: float

    def swept(self) -> tuple[Sweep, ...]:
        """By rule, what else would have fired; nothing where no lead is asked for."""
        from preseason.planning.triggers.sweeps import sweep

        lead_s = self.lead_s
        if lead_s is None:
            return ()
        return tuple(sweep(rule, self.rehearsals, lead_s, self.time_scale) for rule in self.rules)

    def report(self) -> TriggerReport:
        from preseason.planning.triggers.backtest import rehearse
        from preseason.report.triggers.report import TriggerReport

        rehearsed = rehearse(self.rules, self.rehearsals, self.scale_up_s, self.time_scale)
        return TriggerReport(rehearsed, self.swept(), self.scale_up_s, self.time_scale)


@app.command("backtest")
@with_groups
def backtest(
    *,
    runs: Annotated[
        list[str] | None, typer.Argument(help="Run ids, folders of runs, or 'latest', which is the default.")
    ] = None,
    question: Question,
    wanted: Wanted,
    out: Annotated[Path, typer.Option(envvar="PRESEASON_OUT", help="Where runs are.")] = Path("reports"),
) -> None:
    """Ask recorded runs when scaling triggers would have fired, and whether before users suffered."""
    asked = _read(runs or [], question, wanted, out)
    if wanted.emit is None:
        _report(asked.report(), wanted)
    elif asked.lead_s is None:
        emit(wanted.emit, asked.rules)
    else:
        emit_recommended(wanted.emit, asked.swept(), asked.rehearsals, asked.time_scale)


def _read(runs: Sequence[str], question: Question, wanted: Wanted, out: Path) -> _Asked:
    """BadInputError with all that is wrong. Triggers that are only translated need no run."""
    from preseason.campaign.rehearsals import read_rehearsals, read_triggers
    from preseason.cli.durations import seconds_of

    mistakes, lead = Mistakes(), question.lead
    names = runs or ([] if wanted.emit and lead is None else ["latest"])
    mistakes.of(wanted.need_no_report, None)
    read = _Asked(
        rules=mistakes.of(lambda: read_triggers(question.rules), ()),
        rehearsals=mistakes.of(lambda: read_rehearsals(names, out, question.slo), ()),
        scale_up_s=mistakes.of(lambda: seconds_of("--scale-up", question.scale_up), 0.0),
        lead_s=None if lead is None else mistakes.of(lambda: seconds_of("--lead", lead), None),
        time_scale=question.time_scale,
    )
    mistakes.refuse()
    return read


def _report(report: TriggerReport, wanted: Wanted) -> None:
    """Print and write it; the command ends with what it says of the runs."""
    from preseason.cli.triggers_table import say

    if wanted.as_json:
        print(json.dumps(_document(report), indent=2, allow_nan=False))
    else:
        say(report)
    _write(report, wanted.html, wanted.markdown)
    raise typer.Exit(worst(exit_code(one.answer) for one in report.runs))


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
