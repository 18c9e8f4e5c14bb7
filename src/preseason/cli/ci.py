"""What a CI system is told where it asks for it by its environment variables."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from preseason.errors import BadInputError, Problem
from preseason.report.format_names import Format

if TYPE_CHECKING:
    from collections.abc import Mapping

    from preseason.verdict.model import Verdict

#: Set by GitHub Actions: a file whose Markdown is shown with the job, and a sign that commands are read.
_SUMMARY = "GITHUB_STEP_SUMMARY"
_ACTIONS = "GITHUB_ACTIONS"


def tell_ci(folder: Path, verdict: Verdict, environ: Mapping[str, str]) -> None:
    """Append the summary and print the annotations, where the environment says that somebody reads them.

    Raises BadInputError where the summary cannot be written.
    """
    summary, on_actions = environ.get(_SUMMARY), environ.get(_ACTIONS) == "true"
    if not summary and not on_actions:
        return
    from preseason.report.formats import render
    from preseason.run.reading import read_run

    run = read_run(folder)
    if on_actions:
        sys.stdout.write(render(Format.ANNOTATIONS, run, verdict))
    if summary:
        _append(Path(summary), render(Format.MARKDOWN, run, verdict))


def _append(path: Path, text: str) -> None:
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(f"{text}\n")
    except OSError as error:
        cause = f"the summary cannot be written: {error.strerror}"
        raise BadInputError(Problem(cause, f"{_SUMMARY}={path}", f"unset {_SUMMARY}")) from None
