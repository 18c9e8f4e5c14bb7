"""The text of a file that a user named, or why it is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.errors import BadInputError, Problem

if TYPE_CHECKING:
    from pathlib import Path

#: Nobody writes a longer SLO file; a device or a log named by mistake is not read to its end.
LONGEST_BYTES = 256 * 1024


def read_text(path: Path) -> str:
    """The whole text; BadInputError where the file cannot be read, is too large, or is not UTF-8."""
    try:
        with path.open("rb") as file:
            content = file.read(LONGEST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise BadInputError(Problem(f"cannot be read: {reason}", str(path))) from None
    if len(content) > LONGEST_BYTES:
        remedy = "an SLO file has a few kilobytes; name another"
        raise BadInputError(Problem(f"is larger than {LONGEST_BYTES // 1024} KiB", str(path), remedy))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadInputError(Problem("is not UTF-8 text", f"{path}:{line}", "save it as UTF-8")) from None
