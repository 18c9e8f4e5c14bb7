"""Everything a verdict can be rendered as, each a pure function of the run and the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.report import incidents, markdown
from preseason.report.ci import comment, github, junit, sarif, verdict_json
from preseason.report.format_names import Format
from preseason.report.run import html

if TYPE_CHECKING:
    from collections.abc import Callable

    from preseason.run.reading import Run
    from preseason.verdict.model import Verdict

_RENDERERS: dict[Format, Callable[[Run, Verdict], str]] = {
    Format.HTML: html.render,
    Format.MARKDOWN: markdown.render,
    Format.JUNIT: junit.render,
    Format.JSON: lambda _, verdict: verdict_json.render(verdict),
    Format.SARIF: sarif.render,
    Format.ANNOTATIONS: github.render,
    Format.COMMENT: comment.render,
    Format.POSTMORTEM: incidents.postmortem,
    Format.STATUS_PAGE: incidents.status_page,
}


def render(format_: Format, run: Run, verdict: Verdict) -> str:
    """The verdict in one format; the same run and verdict give the same text."""
    return _RENDERERS[format_](run, verdict)
