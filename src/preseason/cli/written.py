"""Files that an option asked for."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from preseason.errors import BadInputError, Problem

if TYPE_CHECKING:
    from pathlib import Path


def write_text(option: str, path: Path, text: str) -> None:
    """Write a whole file or none, and say so on standard error; BadInputError, naming the option, where it
    cannot be written.
    """
    from preseason.run.durable import replace_file

    try:
        replace_file(path, text)
    except OSError as error:
        cause = f"cannot be written: {error.strerror}"
        raise BadInputError(
            Problem(cause, f"{option} {path}", "name a file in a folder that exists")
        ) from None
    print(f"preseason: wrote {path}", file=sys.stderr)
