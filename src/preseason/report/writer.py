"""The one place that writes reports: whole files or none, and never over another verdict."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from preseason.report import incidents, markdown
from preseason.report.ci import junit, verdict_json
from preseason.report.run import html
from preseason.report.severity import missed
from preseason.run.durable import replace_file

if TYPE_CHECKING:
    from pathlib import Path

    from preseason.run.reading import Run
    from preseason.verdict.model import Verdict


def write_reports(folder: Path, run: Run, verdict: Verdict) -> tuple[Path, ...]:
    """Write ``verdict.json``, ``report.html``, ``summary.md`` and ``junit.xml`` into ``folder``, and where an
    objective was missed the drafts ``postmortem.md`` and ``status-page.md``.

    Where another verdict already stands there, all of them get a number (``verdict-2.json``,
    ``report-2.html`` …) and nothing is overwritten. The same verdict again gets the same names. Its file is
    written first: whatever goes wrong afterwards, the answer is there.
    """
    answer = verdict_json.render(verdict)
    suffix = _suffix(folder, answer)
    written = [replace_file(folder / f"verdict{suffix}.json", answer)]
    written.append(replace_file(folder / f"report{suffix}.html", html.render(run, verdict)))
    summary = markdown.render(run, verdict, report=f"report{suffix}.html")
    written.append(replace_file(folder / f"summary{suffix}.md", summary))
    written.append(replace_file(folder / f"junit{suffix}.xml", junit.render(run, verdict)))
    if missed(verdict):
        written.append(replace_file(folder / f"postmortem{suffix}.md", incidents.postmortem(run, verdict)))
        written.append(replace_file(folder / f"status-page{suffix}.md", incidents.status_page(run, verdict)))
    return tuple(written)


def _suffix(folder: Path, answer: str) -> str:
    """The first that is free, or taken by this very verdict."""
    candidates = itertools.chain([""], (f"-{number}" for number in itertools.count(2)))
    return next(suffix for suffix in candidates if _is_free(folder / f"verdict{suffix}.json", answer))


def _is_free(path: Path, answer: str) -> bool:
    return not path.exists() or path.read_bytes() == answer.encode()
