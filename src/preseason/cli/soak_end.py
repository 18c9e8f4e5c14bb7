"""How a soak is conducted from a command line, and how it ends there: with a verdict, or told why without."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from preseason.errors import BadInputError, ExitCode, InterruptedRunError, PreseasonError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from preseason.campaign.gate import GateResult
    from preseason.campaign.observer import Observer


#: What hooks call the target where none was named.
REFERENCE = "the reference platform"


@dataclass(frozen=True, slots=True)
class News:
    """Who is told how a soak of a target under an SLO ended; what was told is kept in ``out``."""

    hooks: tuple[str, ...]
    out: Path
    target: str
    slo: str

    def tell(self, state: str, said: str, run: str = "", report: str = "") -> None:
        """Tell each hook that was told another state last."""
        from preseason.campaign.soak.notifying import Message, notify

        text = f"preseason soak {self.slo} of {self.target}: {said}" + (f" (run {run})" if run else "")
        message = Message(text, state, "", self.target, self.slo, run, report)
        notify(self.hooks, self.out, message, lambda warning: print(f"preseason: {warning}", file=sys.stderr))

    def tell_why(self, error: BaseException) -> None:
        """Tell that there is no verdict, and why: nobody may be at the terminal."""
        cause = str(error) or type(error).__name__
        if isinstance(error, PreseasonError):
            first, *others = error.problems
            cause = f"{first.place}: {first.cause}" if first.place else first.cause
            cause += f" (and {len(others)} more)" if others else ""
        if isinstance(error, BadInputError):
            self.tell("BAD_INPUT", f"no verdict, what it was given is wrong: {cause}")
        elif isinstance(error, InterruptedRunError):
            self.tell("INTERRUPTED", f"no verdict: {cause}")
        elif isinstance(error, PreseasonError):
            self.tell("UNREACHABLE", f"the soak could not begin: {cause}")
        elif isinstance(error, KeyboardInterrupt):
            self.tell("INTERRUPTED", "no verdict: the soak was stopped while no load was made")
        else:
            self.tell("INVALID", f"no verdict, preseason itself failed: {cause}")


def conducted(make: Callable[[Observer], GateResult], news: News, *, quiet: bool) -> None:
    """Make a soak, or the rest of one, say its verdict, tell the hooks and exit with its code."""
    from preseason.campaign.soak.notifying import check_hooks
    from preseason.cli.ci import tell_ci
    from preseason.cli.interrupts import treat_termination_as_interrupt
    from preseason.cli.live import observing
    from preseason.cli.verdict import say_verdict

    check_hooks(news.hooks)
    treat_termination_as_interrupt()
    try:
        with observing(quiet=quiet) as observer:
            result = make(observer)
    except (Exception, KeyboardInterrupt) as error:
        news.tell_why(error)
        raise
    say_verdict(result.verdict, result.folder, result.files)
    report = next((str(path) for path in result.files if path.suffix == ".html"), "")
    said = f"{result.verdict.verdict}: {result.verdict.sentence}"
    news.tell(result.verdict.verdict.value, said, result.folder.name, report)
    tell_ci(result.folder, result.verdict, os.environ)
    raise typer.Exit(ExitCode(result.verdict.exit_code))
