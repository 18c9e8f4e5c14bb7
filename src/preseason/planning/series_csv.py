"""Anybody's own series: one column of a CSV with a header, one measurement a line, the oldest first.

Cells are separated by commas, semicolons or tabs, whichever the header has. Between semicolons and tabs a
number may have a decimal comma, as spreadsheets of half the world write it.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from preseason.errors import BadInputError, Problem
from preseason.planning.scalability.points_csv import csv_rows, first_ones

#: How spreadsheets, pandas, R and databases write that nothing was measured.
_MISSING = frozenset({"", "-", "na", "n/a", "nan", "none", "null", "<na>", "#n/a"})
_COMMA = ","
_SEPARATORS = (_COMMA, ";", "\t")
#: One comma and no point: 1.234,5 and 1,234.5 are left to whoever wrote them.
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?")


@dataclass(frozen=True, slots=True)
class Series:
    """What was measured; ``rows`` says in which row of data (from 0) each value stands."""

    values: tuple[float, ...]
    rows: tuple[int, ...]
    missing: int


def parse_series(text: str, metric: str, source: str) -> Series:
    """The column ``metric`` of a CSV text; missing values are left out, blank lines are no rows.

    Raises BadInputError with every mistake, each at ``source:line``.
    """
    text = text.removeprefix("\ufeff")
    separator = _separator(text)
    rows, problems = csv_rows(text, source, separator)
    if problems:
        raise BadInputError(problems)
    if not rows:
        raise BadInputError(Problem("is empty", source, f"begin with a header that names {metric}"))
    line, header = rows[0]
    columns = [cell.strip() for cell in header]
    if problems := _header_problems(columns, metric, f"{source}:{line}"):
        raise BadInputError(problems)
    found: dict[int, float] = {}
    for at, (line, cells) in enumerate(rows[1:]):
        try:
            value = _figure(cells, columns, metric, decimal_comma=separator != _COMMA)
        except ValueError as error:
            problems.append(Problem(str(error), f"{source}:{line}", "write a plain number, as in 412.5"))
        else:
            found |= {} if value is None else {at: value}
    if not found and not problems:
        problems.append(Problem(f"holds no value of {metric}", source, "write one measurement a line"))
    if problems:
        raise BadInputError(first_ones(problems, source))
    return Series(tuple(found.values()), tuple(found), len(rows) - 1 - len(found))


def _separator(text: str) -> str:
    """The sign that stands most often in the first line that is not blank; the comma where none does."""
    header = next((line for line in text.splitlines() if line.strip()), "")
    return max(_SEPARATORS, key=header.count)


def _header_problems(columns: list[str], metric: str, place: str) -> list[Problem]:
    times = columns.count(metric)
    if times == 0:
        named = ", ".join(column for column in columns if column)
        return [Problem(f"there is no column {metric}", place, f"the columns are {named}")]
    if times > 1:
        return [Problem(f"the column {metric} stands {times} times", place, "keep one of them")]
    return []


def _figure(cells: list[str], columns: list[str], metric: str, *, decimal_comma: bool) -> float | None:
    """The number in a row, None where it is missing; ValueError, with a sentence, where it is none."""
    if len(cells) != len(columns):
        raise ValueError(f"{len(cells)} cells where the header has {len(columns)}")
    text = cells[columns.index(metric)].strip()
    if text.lower() in _MISSING:
        return None
    number = text.replace(",", ".") if decimal_comma and _DECIMAL_COMMA.fullmatch(text) else text
    try:
        value = float(number)
    except ValueError:
        raise ValueError(f"the {metric} '{text[:40]}' is not a number") from None
    if not math.isfinite(value):
        raise ValueError(f"the {metric} is {text}, which nobody measures")
    return value
