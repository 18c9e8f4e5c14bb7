"""The body of a comment on a pull request, which a later run of the same gate can find and replace.

It begins with a mark that no reader sees. Whoever posts it looks for a comment that begins so, and updates
that one instead of adding another.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from preseason.report import markdown

if TYPE_CHECKING:
    from preseason.run.reading import Run
    from preseason.verdict.model import Verdict

#: GitHub refuses a longer comment; GitLab takes a million.
MOST_CHARACTERS = 65_536
_CUT = "\n\n… cut here: a comment holds no more. The report has the rest.\n"


def mark(verdict: Verdict) -> str:
    """The first line of every comment about these objectives: the same for each run of them."""
    digest = hashlib.sha256(verdict.slo.encode(errors="replace")).hexdigest()[:12]
    return f"<!-- preseason:{digest} -->"


def render(run: Run, verdict: Verdict) -> str:
    """The mark, and the summary below it."""
    body = f"{mark(verdict)}\n{markdown.render(run, verdict)}"
    return body if len(body) <= MOST_CHARACTERS else body[: MOST_CHARACTERS - len(_CUT)] + _CUT
