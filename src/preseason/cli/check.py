"""``preseason check``: is the platform well, without any load."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from preseason.cli.groups import with_groups
from preseason.errors import BadInputError, ExitCode, Problem
from preseason.verdict.check.topics import Topic  # noqa: TC001 - typer reads the annotations

if TYPE_CHECKING:
    from preseason.campaign.check import CheckOptions
    from preseason.campaign.observer import Observer
    from preseason.verdict.check.model import CheckReport, WatchReport
    from preseason.verdict.check.watching import Change

#: What a watch holds in memory; a longer one takes a longer step.
MOST_ROUNDS = 4000
LEAST_STEP_S = 1.0


class Form(StrEnum):
    """How the report is printed."""

    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"


@dataclass(frozen=True)
class Looked:
    """What is looked at, and as whom."""

    target: Annotated[
        str | None,
        typer.Option(
            envvar="PRESEASON_TARGET",
            help="Address of the platform. Without it, the reference platform is started for the check.",
        ),
    ] = None
    postgres: Annotated[
        str | None, typer.Option(envvar="PRESEASON_POSTGRES", help="DSN of the target's Postgres.")
    ] = None
    redis: Annotated[
        str | None, typer.Option(envvar="PRESEASON_REDIS", help="URL of the target's Redis.")
    ] = None
    users: Annotated[
        Path | None,
        typer.Option(
            envvar="PRESEASON_USERS",
            help="CSV file of accounts, header email,password; the first one logs in, once.",
        ),
    ] = None
    allow: Annotated[list[str] | None, typer.Option(help="Host beyond this machine that may be asked.")] = (
        None
    )


@dataclass(frozen=True)
class Paced:
    """For how long, and how often."""

    watch: Annotated[
        str | None, typer.Option(help="Go on checking for so long, as in 30m, and say what changes.")
    ] = None
    every: Annotated[str, typer.Option(help="Pace of a watch.")] = "10s"


@dataclass(frozen=True)
class Judged:
    """What counts as well."""

    limit: Annotated[
        list[str] | None,
        typer.Option(help="A limit other than ours, as in connections=90% or slow-query=500ms; repeatable."),
    ] = None
    skip: Annotated[list[Topic] | None, typer.Option(help="Leave this out; repeatable.")] = None
    strict: Annotated[bool, typer.Option("--strict", help="Let warnings fail.")] = False


@dataclass(frozen=True)
class Shown:
    """How the report is printed."""

    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown.")] = False

    @property
    def form(self) -> Form:
        return Form.JSON if self.as_json else Form.MARKDOWN if self.as_markdown else Form.TABLE


@dataclass(frozen=True)
class Reference:
    """The reference platform, where none is named."""

    fault: Annotated[
        list[str] | None,
        typer.Option(help="Degrade the reference platform, as in slow-query; repeatable."),
    ] = None
    leagues: Annotated[int, typer.Option(min=1, help="Size of the reference platform.")] = 4


@with_groups
def command(
    *,
    looked: Looked,
    paced: Paced,
    judged: Judged,
    shown: Shown,
    reference: Reference,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say only the report.")] = False,
) -> None:
    """Look at a platform, its Postgres and its Redis once, or for a while, without any load."""
    from preseason.campaign.check import check, checked
    from preseason.cli.interrupts import treat_termination_as_interrupt
    from preseason.cli.steps import Steps
    from preseason.cli.together import Mistakes

    treat_termination_as_interrupt()
    mistakes, steps = Mistakes(), Steps(quiet=quiet)
    span = mistakes.of(lambda: _span(paced.watch, paced.every), None)
    options = _options(looked, judged, reference)
    mistakes.of(lambda: checked(options), None)
    mistakes.refuse()
    report = check(options, steps) if span is None else _watched(options, steps, span, shown.form)
    _print(report, shown.form)
    raise typer.Exit(ExitCode(report.exit_code))


def _options(looked: Looked, judged: Judged, reference: Reference) -> CheckOptions:
    from preseason.campaign.check import CheckOptions

    return CheckOptions(
        target=looked.target,
        postgres=looked.postgres,
        redis=looked.redis,
        users=looked.users,
        allow=tuple(looked.allow or ()),
        faults=tuple(reference.fault or ()),
        leagues=reference.leagues,
        limits=tuple(judged.limit or ()),
        skip=tuple(judged.skip or ()),
        strict=judged.strict,
    )


def _span(watch: str | None, every: str) -> tuple[float, float] | None:
    """For how long to look, and how often, in seconds; None once only. Raises BadInputError for both."""
    from preseason.slo.quantities import MistakeError, duration_s

    found: dict[str, float] = {}
    problems = []
    for option, text in (("--watch", watch), ("--every", every)):
        try:
            found[option] = 0.0 if text is None else duration_s(text)
        except MistakeError as mistake:
            problems.append(Problem(mistake.cause, option, mistake.remedy))
    if not problems and watch is not None:
        problems += _unwise(found["--watch"], found["--every"])
    if problems:
        raise BadInputError(problems)
    return None if watch is None else (found["--watch"], found["--every"])


def _unwise(for_s: float, every_s: float) -> list[Problem]:
    if every_s < LEAST_STEP_S:
        return [Problem("a check asks a dozen endpoints", "--every", "leave it a second at least")]
    if for_s / every_s > MOST_ROUNDS:
        return [Problem(f"that is more than {MOST_ROUNDS} rounds", "--watch", "take a longer --every")]
    return []


def _watched(options: CheckOptions, steps: Observer, span: tuple[float, float], form: Form) -> WatchReport:
    """A watch that prints a line for every change, beside a table or on standard error."""
    from preseason.campaign.check import watch
    from preseason.cli.check_table import console, say_change, say_restart

    lines = console(None if form is Form.TABLE else sys.stderr)

    def told(report: CheckReport, changed: tuple[Change, ...], restart: str) -> None:
        if restart:
            say_restart(report.ended_s, restart, lines)
        for change in changed:
            say_change(change, lines)

    for_s, every_s = span
    steps.step(f"looking every {every_s:g} s; Ctrl-C ends it with what was seen so far")
    return watch(options, steps, told, for_s=for_s, every_s=every_s)


def _print(report: CheckReport | WatchReport, form: Form) -> None:
    from preseason.cli.check_table import console, say
    from preseason.report.check import markdown

    match form:
        case Form.JSON:
            print(report.model_dump_json(indent=2))
        case Form.MARKDOWN:
            print(markdown(report), end="")
        case Form.TABLE:
            say(report, console())
