"""Annotations for GitHub Actions: workflow commands, one a line, as a job prints them.

The format is that of GitHub's "Workflow commands": ``::error title=…::message``, with per cent signs and line
ends written as ``%25``, ``%0D`` and ``%0A``, in properties colons and commas too. GitHub shows ten of a kind
for a step, so the urgent ones come first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.report import plain
from preseason.report.run import objectives
from preseason.verdict.model import Decision, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preseason.report.run.objectives import ObjectiveRow
    from preseason.run.reading import Run
    from preseason.verdict.model import Verdict

_IN_MESSAGES = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_IN_PROPERTIES = {**_IN_MESSAGES, ":": "%3A", ",": "%2C"}
_LEVELS = {
    Decision.PASS: "notice",
    Decision.FAIL: "error",
    Decision.UNDECIDED: "warning",
    Decision.INVALID: "error",
}


def render(run: Run, verdict: Verdict) -> str:
    """The lines: the verdict's sentence, then each objective that did not pass."""
    return "\n".join(_lines(run, verdict)) + "\n"


def _lines(run: Run, verdict: Verdict) -> Iterator[str]:
    title = f"preseason {verdict.slo}: {verdict.verdict}"
    target = run.manifest.target.url
    yield _command(_LEVELS[verdict.verdict], title, f"{verdict.sentence} Target {target}, run {verdict.run}.")
    for row in objectives.rows(verdict.objectives):
        if row.outcome is not Outcome.PASS:
            optional = "" if row.required else " (advisory)"
            title = f"{row.outcome} {plain.short(row.name)}{optional}"
            yield _command(_level(row, verdict), title, objectives.said(row))


def _level(row: ObjectiveRow, verdict: Verdict) -> str:
    """An objective that may be missed is worth a notice; so is any of a run that says nothing."""
    if not row.required or row.outcome is Outcome.WAIVED or not verdict.validity.valid:
        return "notice"
    return "error" if row.outcome is Outcome.FAIL else "warning"


def _command(level: str, title: str, message: str) -> str:
    return f"::{level} title={_told(title, _IN_PROPERTIES)}::{_told(message, _IN_MESSAGES)}"


def _told(text: str, escapes: dict[str, str]) -> str:
    line = plain.for_programs(text)
    return "".join(escapes.get(character, character) for character in line)
