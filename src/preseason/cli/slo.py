"""``preseason slo``: check, explain and translate SLO files, without any load."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from preseason.cli import slo_translation
from preseason.cli.together import Commands
from preseason.errors import BadInputError, ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable

    from preseason.slo.alerts.model import AlertPolicy
    from preseason.slo.remarks import Remark

app = Commands(
    help="Check, explain and translate SLO files, without any load.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_FILE_HELP = "SLO file, or the name of one of ours, such as release."


class SchemaOf(StrEnum):
    """What there is a schema of."""

    SLO = "slo"
    ALERTS = "alerts"
    PLAN = "plan"
    AUTOSCALING = "autoscaling"


@app.command()
def lint(
    files: Annotated[
        list[Path], typer.Argument(help="SLO files, alert policies and capacity plans; ours by name.")
    ],
    alerts: Annotated[
        Path | None, typer.Option(help="Alert policy to compare with; the default is the manual's.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a list of remarks as JSON.")] = False,
) -> None:
    """Say everything that is wrong with files, or doubtful; exit code 2 if anything is wrong."""
    from preseason.slo.remarks import Weight

    remarks = _remarks(files, alerts)
    if as_json:
        print(json.dumps([_plain(remark) for remark in remarks], indent=2, ensure_ascii=False))
    else:
        for remark in remarks:
            print(remark)
        print(_counted(remarks, len(files)), file=sys.stderr)
    wrong = any(remark.weight is Weight.ERROR for remark in remarks)
    raise typer.Exit(ExitCode.BAD_INPUT if wrong else ExitCode.PASS)


def _remarks(files: list[Path], alerts: Path | None) -> list[Remark]:
    from preseason.campaign import shipped

    named = list(dict.fromkeys(shipped.find_alerts(file) or shipped.find_slo(file) for file in files))
    policies = [file for file in named if _holds(file, "alerts")]
    asked = policies if alerts is None else [*policies, alerts]
    policy, found = _merged(asked or [shipped.alert_policy()])
    if asked and policy is not None:
        from preseason.slo.contradictions import among_alerts

        found += among_alerts(policy)
    rest = [file for file in named if file not in policies]
    return [*found, *(remark for file in rest for remark in _on_file(file, policy))]


def _on_file(file: Path, policy: AlertPolicy | None) -> list[Remark]:
    from preseason.slo.ahead.autoscaling import read_autoscaling
    from preseason.slo.ahead.plan_reading import read_plan

    if _holds(file, "plan"):
        return _wrong_with(file, read_plan)
    if _holds(file, "autoscaling"):
        return _wrong_with(file, read_autoscaling)
    return _on_slo(file, policy)


def _wrong_with(file: Path, read: Callable[[Path], object]) -> list[Remark]:
    from preseason.slo.remarks import Remark, Weight

    try:
        read(file)
    except BadInputError as error:
        return [Remark(Weight.ERROR, problem) for problem in error.problems]
    return []


def _holds(file: Path, what: str) -> bool:
    """Whether a file is meant as ``alerts``, ``plan`` or ``autoscaling``; one that cannot be read is none."""
    from preseason.slo.ahead.autoscaling import is_autoscaling
    from preseason.slo.ahead.plan_reading import is_plan
    from preseason.slo.alerts.reading import is_alert_policy
    from preseason.slo.text import read_text

    try:
        text = read_text(file)
    except BadInputError:
        return False
    meant = {"alerts": is_alert_policy, "plan": is_plan, "autoscaling": is_autoscaling}
    return meant[what](text)


def _merged(files: list[Path]) -> tuple[AlertPolicy | None, list[Remark]]:
    """All the alerts of some files as one policy, None without any, and what is wrong with the files."""
    from preseason.slo.alerts.model import AlertPolicy
    from preseason.slo.alerts.reading import read_alerts
    from preseason.slo.remarks import Remark, Weight

    policies: list[AlertPolicy] = []
    wrong: list[Remark] = []
    for file in files:
        try:
            policies.append(read_alerts(file))
        except BadInputError as error:
            wrong += [Remark(Weight.ERROR, problem) for problem in error.problems]
    if not policies:
        return None, wrong
    name = ", ".join(policy.name for policy in policies)
    return AlertPolicy(name, tuple(rule for policy in policies for rule in policy.rules), ""), wrong


def _on_slo(file: Path, policy: AlertPolicy | None) -> list[Remark]:
    from datetime import UTC, datetime

    from preseason.slo.reading import read_slo
    from preseason.slo.remarks import Remark, Weight
    from preseason.verdict.linting import remarks_on

    today = datetime.now(UTC).date()
    try:
        return list(remarks_on(read_slo(file, today), policy, today))
    except BadInputError as error:
        return [Remark(Weight.ERROR, problem) for problem in error.problems]


def _plain(remark: Remark) -> dict[str, str]:
    problem = remark.problem
    return {
        "severity": remark.weight.value,
        "place": problem.place,
        "cause": problem.cause,
        "remedy": problem.remedy,
    }


def _counted(remarks: list[Remark], files: int) -> str:
    from preseason.slo.remarks import Weight

    counts = {weight: sum(remark.weight is weight for remark in remarks) for weight in Weight}
    told = [f"{count} {weight}{'s' if count > 1 else ''}" for weight, count in counts.items() if count]
    return f"preseason: {', '.join(told) or 'nothing to remark'} in {files} file{'s' if files > 1 else ''}"


@app.command()
def explain(file: Annotated[Path, typer.Argument(help=_FILE_HELP)] = Path("release")) -> None:
    """Say what each objective of a file means: what is counted, how sure, and how many requests it takes."""
    import textwrap

    from preseason.campaign import shipped
    from preseason.slo.reading import read_slo
    from preseason.verdict.explaining import explain as explained

    slo = read_slo(shipped.find_slo(file))
    for objective in slo.objectives:
        print(objective.name)
        for sentence in explained(objective, slo.load):
            print(textwrap.fill(sentence, 100, initial_indent="  - ", subsequent_indent="    "))
        print()


@app.command()
def schema(
    of: Annotated[SchemaOf, typer.Option("--of", help="What it is the schema of.")] = SchemaOf.SLO,
) -> None:
    """Print the JSON schema with which an editor completes and checks such files."""
    from preseason.slo.json_schema import alerts_schema, autoscaling_schema, plan_schema_text, slo_schema

    schemas = {
        SchemaOf.SLO: slo_schema,
        SchemaOf.ALERTS: alerts_schema,
        SchemaOf.PLAN: plan_schema_text,
        SchemaOf.AUTOSCALING: autoscaling_schema,
    }
    sys.stdout.write(schemas[of]())


app.command("export")(slo_translation.export)
app.command("import")(slo_translation.import_)
