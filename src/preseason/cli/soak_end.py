"""How a soak is conducted from a command line, and how it ends there."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import typer

from preseason.errors import BadInputError, ExitCode, InterruptedRunError, PreseasonError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from preseason.campaign.gate import GateResult
    from preseason.campaign.observer import Observer


#: What hooks call the target where none was named.
REFERENCE = "the reference platform"


def conducted(
    make: Callable[[Observer], GateResult],
    *,
    quiet: bool,
    hooks: Sequence[str],
    out: Path,
    about: tuple[str, str],
) -> None:
    """Make a soak, or the rest of one, say its verdict, tell the hooks and exit with its code.

    ``about`` are the target and the SLO's name, by which hooks know what changed.
    """
    from preseason.campaign.soak.notifying import check_hooks
    from preseason.cli.ci import tell_ci
    from preseason.cli.interrupts import treat_termination_as_interrupt
    from preseason.cli.live import observing
    from preseason.cli.verdict import say_verdict

    check_hooks(hooks)
    treat_termination_as_interrupt()
    try:
        with observing(quiet=quiet) as observer:
            result = make(observer)
    except (BadInputError, InterruptedRunError):
        raise
    except PreseasonError as error:
        _tell(hooks, out, about, "UNREACHABLE", f"the soak could not begin: {error.problems[0].cause}")
        raise
    say_verdict(result.verdict, result.folder, result.files)
    report = next((str(path) for path in result.files if path.suffix == ".html"), "")
    said = f"{result.verdict.verdict}: {result.verdict.sentence}"
    _tell(hooks, out, about, result.verdict.verdict.value, said, result.folder.name, report)
    tell_ci(result.folder, result.verdict, os.environ)
    raise typer.Exit(ExitCode(result.verdict.exit_code))


def _tell(
    hooks: Sequence[str],
    out: Path,
    about: tuple[str, str],
    state: str,
    said: str,
    run: str = "",
    report: str = "",
) -> None:
    from preseason.campaign.soak.notifying import Message, notify

    target, slo = about
    text = f"preseason soak {slo} of {target}: {said}" + (f" (run {run})" if run else "")
    message = Message(text, state, "", target, slo, run, report)
    notify(hooks, out, message, lambda warning: print(f"preseason: {warning}", file=sys.stderr))
