"""The text of the heaviest statements of a run: ``statements.jsonl``, one JSON object a line.

Samples name a statement by its id alone. The text stands here once, without its literals and comments.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from preseason.run.jsonl import append_rows, read_rows

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

FILE = "statements.jsonl"


class Statement(BaseModel):
    """``queryid`` is the label of its samples; ``text`` holds placeholders where values stood.

    ``plan`` is the planner's generic plan for it (never executed), empty where none could be had.
    """

    model_config = ConfigDict(frozen=True)

    queryid: str
    text: str
    plan: str = ""


def append_statements(run_folder: Path, statements: Iterable[Statement]) -> None:
    """Append the statements and see them onto the disk."""
    append_rows(run_folder / FILE, statements)


def read_statements(run_folder: Path) -> dict[str, Statement]:
    """Statements by query id, the newest where one stands twice; a line cut off by a crash is passed over."""
    return {found.queryid: found for found in read_rows(run_folder / FILE, Statement)}
