"""``preseason check``: is the platform well, without any load."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from preseason.errors import BadInputError, ExitCode, Problem
from preseason.verdict.check.model import Topic  # noqa: TC001 - typer reads the annotations

if TYPE_CHECKING:
    from rich.console import Console

    from preseason.campaign.check import CheckOptions
    from preseason.campaign.observer import Observer, Progress
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


def command(
    target: Annotated[
        str | None,
        typer.Option(
            envvar="PRESEASON_TARGET",
            help="Address of the platform. Without it, the reference platform is started for the check.",
        ),
    ] = None,
    postgres: Annotated[
        str | None, typer.Option(envvar="PRESEASON_POSTGRES", help="DSN of the target's Postgres.")
    ] = None,
    redis: Annotated[
        str | None, typer.Option(envvar="PRESEASON_REDIS", help="URL of the target's Redis.")
    ] = None,
    users: Annotated[
        Path | None,
        typer.Option(
            envvar="PRESEASON_USERS",
            help="CSV file of accounts, header email,password; the first one logs in, once.",
        ),
    ] = None,
    allow: Annotated[
        list[str] | None, typer.Option(help="Host beyond this machine that may be asked.")
    ] = None,
    watch: Annotated[
        str | None, typer.Option(help="Go on checking for so long, as in 30m, and say what changes.")
    ] = None,
    every: Annotated[str, typer.Option(help="Pace of a watch.")] = "10s",
    limit: Annotated[
        list[str] | None,
        typer.Option(help="A limit other than ours, as in connections=90% or slow-query=500ms; repeatable."),
    ] = None,
    skip: Annotated[list[Topic] | None, typer.Option(help="Leave this out; repeatable.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Let warnings fail.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown.")] = False,
    fault: Annotated[
        list[str] | None,
        typer.Option(help="Degrade the reference platform, as in slow-query; repeatable."),
    ] = None,
    leagues: Annotated[int, typer.Option(min=1, help="Size of the reference platform.")] = 4,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say only the report.")] = False,
) -> None:
    """Look at a platform, its Postgres and its Redis once, or for a while, without any load."""
    from preseason.campaign.check import CheckOptions, check
    from preseason.cli.check_table import console
    from preseason.cli.interrupts import treat_termination_as_interrupt

    treat_termination_as_interrupt()
    span = _span(watch, every)
    form = Form.JSON if as_json else Form.MARKDOWN if as_markdown else Form.TABLE
    options = CheckOptions(
        target=target,
        postgres=postgres,
        redis=redis,
        users=users,
        allow=tuple(allow or ()),
        faults=tuple(fault or ()),
        leagues=leagues,
        limits=tuple(limit or ()),
        skip=tuple(skip or ()),
        strict=strict,
    )
    report: CheckReport | WatchReport
    if span is None:
        report = check(options, _Steps(quiet=quiet))
    else:
        lines = console(None if form is Form.TABLE else sys.stderr)
        report = _watched(options, _Steps(quiet=quiet), span, lines)
    _print(report, form)
    raise typer.Exit(ExitCode(report.exit_code))


class _Steps:
    """Says what is being done on standard error, a line a step."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet

    def step(self, text: str) -> None:
        if not self._quiet:
            print(f"preseason: {text}", file=sys.stderr, flush=True)

    def progress(self, progress: Progress) -> None:
        """There is no load to make progress."""


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


def _watched(
    options: CheckOptions, steps: Observer, span: tuple[float, float], lines: Console
) -> WatchReport:
    """A watch that prints a line for every change."""
    from preseason.campaign.check import watch
    from preseason.cli.check_table import say_change, say_restart

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
