"""Anybody's own measurements: CSV with the header ``concurrency,throughput[,sd]``, one step a line."""

from __future__ import annotations

import csv
import io
import math
import re
from typing import TYPE_CHECKING

from preseason.errors import BadInputError, Problem
from preseason.planning.scalability.points import Points

if TYPE_CHECKING:
    from collections.abc import Iterator

NEEDED = ("concurrency", "throughput")
KNOWN = (*NEEDED, "sd")
_HEADER = "concurrency,throughput or concurrency,throughput,sd"
_FEWEST_LEVELS = 3
_MOST_ROWS = 10_000
#: Beyond these, a figure is no measurement, and squares of it lose their digits.
_LARGEST = 1e15
_SMALLEST = 1 / _LARGEST
_MOST_PROBLEMS = 20
#: Digits of other scripts and underscores, which Python reads, are no measurements.
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_NO_NUMBERS = frozenset({"nan", "inf", "infinity"})


def parse_points(text: str, source: str) -> Points:
    """The points of a CSV text, whatever order they stand in; blank lines are passed over.

    Raises BadInputError with every mistake, each at ``source:line``.
    """
    rows, unreadable = csv_rows(text.removeprefix("\ufeff"), source)
    if unreadable:
        raise BadInputError(unreadable)
    if not rows:
        raise BadInputError(Problem("is empty", source, f"begin with the header {_HEADER}"))
    header_line, header = rows[0]
    columns = [cell.strip().lower() for cell in header]
    if problems := list(_header_problems(columns, header, f"{source}:{header_line}")):
        raise BadInputError(problems)
    found: dict[str, list[float]] = {name: [] for name in columns}
    for line, cells in rows[1:]:
        problems.extend(_read_row(columns, cells, f"{source}:{line}", found))
    problems.extend(_too_long(len(rows) - 1, source))
    if not problems:
        problems.extend(_too_little(found, source))
    if problems:
        raise BadInputError(first_ones(problems, source))
    return Points.of(*(found[name] for name in KNOWN if name in found))


def csv_rows(
    text: str, source: str, separator: str = ","
) -> tuple[list[tuple[int, list[str]]], list[Problem]]:
    """The rows that are neither blank nor comments (``#``), by their lines, or what makes it no CSV."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=separator)
    try:
        rows = [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
        rows = [(line, cells) for line, cells in rows if not cells[0].lstrip().startswith("#")]
    except csv.Error as error:
        return [], [Problem(f"is not CSV: {error}", f"{source}:{reader.line_num}", "write plain numbers")]
    return rows, []


def separator_problems(columns: list[str], place: str) -> list[Problem]:
    """Says so where a header is separated by something else than commas."""
    separator = next((one for one in (";", "\t") if len(columns) == 1 and one in columns[0]), "")
    if not separator:
        return []
    named = "semicolons" if separator == ";" else "tabs"
    return [Problem(f"is separated by {named}", place, "separate by commas, and write decimals with a point")]


def _header_problems(columns: list[str], header: list[str], place: str) -> Iterator[Problem]:
    if separated := separator_problems(columns, place):
        yield from separated
        return
    if all(_NUMBER.fullmatch(column) for column in columns):
        cause = "there is no column concurrency, nor any other: the first line holds numbers"
        yield Problem(cause, place, f"begin with the header {_HEADER}")
        return
    missing = [name for name in NEEDED if name not in columns]
    for name in missing:
        yield Problem(f"there is no column {name}", place, f"the first line must be {_HEADER}")
    for column, written in zip(columns, header, strict=True):
        if column not in KNOWN:
            yield Problem(
                f"unknown column '{written.strip()}'", place, f"leave it out: the header is {_HEADER}"
            )
    for name in sorted({column for column in columns if columns.count(column) > 1 and column in KNOWN}):
        yield Problem(f"the column {name} stands twice", place, "keep one of the two")


def _read_row(
    columns: list[str], cells: list[str], place: str, found: dict[str, list[float]]
) -> Iterator[Problem]:
    """Adds a row's figures to ``found``, or tells what is wrong with them."""
    if len(cells) != len(columns):
        cause = f"{len(cells)} cells where the header has {len(columns)}"
        yield Problem(
            cause, place, "write one number a column, decimals with a point, no thousands separators"
        )
        return
    for column, cell in zip(columns, cells, strict=True):
        try:
            found[column].append(_figure(column, cell))
        except ValueError as error:
            yield Problem(str(error), place, _REMEDIES[column])


_REMEDIES = {
    "concurrency": "write how many were in the system on average, as in 16",
    "throughput": "write what succeeded in a unit of time, as in 412.5",
    "sd": "write the standard deviation of the throughput, as in 3.1, or leave the column out",
}


def _figure(column: str, cell: str) -> float:
    """The number in a cell; ValueError, with a sentence, where it cannot be one."""
    text = cell.strip()
    if not text:
        raise ValueError(f"the {column} is missing")
    if not _NUMBER.fullmatch(text) and text.lstrip("+-").lower() not in _NO_NUMBERS:
        raise ValueError(f"the {column} '{text[:40]}' is not a number")
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"the {column} is {text}, which nobody measures")
    if value < 0 or (value == 0 and column != "throughput"):
        raise ValueError(f"the {column} {text} is not above 0")
    if value > _LARGEST:
        raise ValueError(f"the {column} {text} is larger than anything that is measured")
    if 0 < value < _SMALLEST:
        raise ValueError(f"the {column} {text} is smaller than anything that is measured")
    return value


def _too_long(rows: int, source: str) -> Iterator[Problem]:
    if rows > _MOST_ROWS:
        remedy = "average the seconds of each step into one line"
        yield Problem(f"holds {rows} measurements; at most {_MOST_ROWS} are read", source, remedy)


def _too_little(found: dict[str, list[float]], source: str) -> Iterator[Problem]:
    levels = len(set(found["concurrency"]))
    if levels < _FEWEST_LEVELS:
        cause = f"holds {levels} different concurrencies; it takes {_FEWEST_LEVELS}, and six to be sure"
        yield Problem(cause, source, "measure at more concurrencies, as in 1, 2, 4, 8, 16, 32")
    elif not any(found["throughput"]):
        yield Problem("every throughput is 0", source, "measure what succeeded")


def first_ones(problems: list[Problem], source: str) -> list[Problem]:
    """As many mistakes as anybody reads, and how many more there are."""
    more = len(problems) - _MOST_PROBLEMS
    if more <= 0:
        return problems
    return [*problems[:_MOST_PROBLEMS], Problem(f"and {more} more mistakes of the kind", source)]
