"""Writes the page of a search beside its steps."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

from preseason.report.capacity_page import render
from preseason.report.writer import replace_file

if TYPE_CHECKING:
    from pathlib import Path

    from preseason.planning.answer import Answer
    from preseason.planning.plan_remarks import Planned

PAGE = "capacity.html"


def write_page(folder: Path, answer: Answer, planned: Planned | None = None) -> Path:
    """Replace ``capacity.html`` in the folder of a search."""
    return replace_file(folder / PAGE, render(answer, version=version("preseason"), planned=planned))
