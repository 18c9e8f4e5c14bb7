"""Reads the measurements that people bring along."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from preseason.errors import BadInputError, Problem
from preseason.planning.scalability.points_csv import parse_points
from preseason.planning.series_csv import parse_series

if TYPE_CHECKING:
    from preseason.planning.scalability.points import Points
    from preseason.planning.series_csv import Series

_STANDARD_INPUT = Path("-")
_MOST_BYTES = 4 * 2**20


def read_points(path: Path) -> Points:
    """The points of a CSV file, or of standard input; BadInputError with everything that is wrong."""
    return parse_points(_text(path), _name(path))


def read_series(path: Path, metric: str) -> Series:
    """A column of a CSV file, or of standard input; BadInputError with everything that is wrong."""
    return parse_series(_text(path), metric, _name(path))


def _name(path: Path) -> str:
    return "standard input" if path == _STANDARD_INPUT else str(path)


def _text(path: Path) -> str:
    name = _name(path)
    try:
        content = _read(path)
    except OSError as error:
        raise BadInputError(Problem(f"cannot be read: {error.strerror}", name)) from None
    if len(content) > _MOST_BYTES:
        remedy = "average the seconds of each step into one line"
        raise BadInputError(Problem("is larger than 4 MiB", name, remedy))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInputError(Problem("is not UTF-8 text", name, "save it as UTF-8")) from None


def _read(path: Path) -> bytes:
    if path == _STANDARD_INPUT:
        return sys.stdin.buffer.read(_MOST_BYTES + 1)
    with path.open("rb") as file:
        return file.read(_MOST_BYTES + 1)
