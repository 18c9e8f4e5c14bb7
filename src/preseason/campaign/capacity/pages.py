"""Writes the page of a search beside its steps."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

from preseason.errors import BadInputError, Problem
from preseason.planning.plan.savings import savings
from preseason.report.capacity.page import render
from preseason.report.capacity.savings import section
from preseason.run.durable import replace_file
from preseason.run.manifest import FILE as MANIFEST
from preseason.run.reading import read_run

if TYPE_CHECKING:
    from pathlib import Path

    from preseason.planning.plan.remarks import Planned
    from preseason.planning.search.answer import Answer
    from preseason.report.page.parts import Section

PAGE = "capacity.html"


def write_capacity_page(folder: Path, answer: Answer, planned: Planned | None = None) -> Path:
    """Replace ``capacity.html`` of a search; the run that passed tells what could be cheaper.

    BadInputError where the folder cannot be written.
    """
    more = _savings(folder, answer.made_at(answer.capacity.rate))
    page = render(answer, version=version("preseason"), planned=planned, more=more)
    try:
        return replace_file(folder / PAGE, page)
    except OSError as error:
        cause = f"cannot be written: {error.strerror or error}"
        raise BadInputError(Problem(cause, str(folder / PAGE), "make room, or name another folder")) from None


def _savings(folder: Path, run: str) -> tuple[Section, ...]:
    """None where the run is gone: a search's record can be handed on without its runs."""
    if not run or not (folder / run / MANIFEST).is_file():
        return ()
    return (section(savings(read_run(folder / run)), run),)
