"""Writes a page or another text to wherever a user wants it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.errors import BadInputError, Problem
from preseason.run.durable import replace_file

if TYPE_CHECKING:
    from pathlib import Path


def write_page(path: Path, text: str) -> Path:
    """Write ``path`` as a whole; BadInputError where it cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return replace_file(path, text)
    except OSError as error:
        cause = f"cannot be written: {error.strerror or error}"
        raise BadInputError(
            Problem(cause, str(path), "name a file in a folder that can be written")
        ) from None
