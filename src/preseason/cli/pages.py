"""Writes a page to the file that a user named for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.errors import BadInputError, Problem
from preseason.run.durable import replace_file

if TYPE_CHECKING:
    from pathlib import Path


def write_page(path: Path, text: str) -> None:
    """Write the whole page or none of it; BadInputError where that cannot be."""
    try:
        replace_file(path, text)
    except OSError as error:
        cause = f"the page cannot be written: {error.strerror}"
        raise BadInputError(
            Problem(cause, f"--html {path}", "name a file in a folder that is there")
        ) from None
