"""Anybody's own series: one column of a CSV with a header, one measurement a line, the oldest first."""

from __future__ import annotations

import math
from dataclasses import dataclass

from preseason.errors import BadInputError, Problem
from preseason.planning.points_csv import csv_rows, first_ones, separator_problems

#: How spreadsheets, pandas, R and databases write that nothing was measured.
_MISSING = frozenset({"", "-", "na", "n/a", "nan", "none", "null", "<na>", "#n/a"})


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
    rows, problems = csv_rows(text.removeprefix("\ufeff"), source)
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
            value = _figure(cells, columns, metric)
        except ValueError as error:
            problems.append(Problem(str(error), f"{source}:{line}", "write a plain number, as in 412.5"))
        else:
            found |= {} if value is None else {at: value}
    if not found and not problems:
        problems.append(Problem(f"holds no value of {metric}", source, "write one measurement a line"))
    if problems:
        raise BadInputError(first_ones(problems, source))
    return Series(tuple(found.values()), tuple(found), len(rows) - 1 - len(found))


def _header_problems(columns: list[str], metric: str, place: str) -> list[Problem]:
    times = columns.count(metric)
    if times == 0:
        named = ", ".join(column for column in columns if column)
        remedy = f"the columns are {named}"
        return separator_problems(columns, place) or [Problem(f"there is no column {metric}", place, remedy)]
    if times > 1:
        return [Problem(f"the column {metric} stands {times} times", place, "keep one of them")]
    return []


def _figure(cells: list[str], columns: list[str], metric: str) -> float | None:
    """The number in a row, None where it is missing; ValueError, with a sentence, where it is none."""
    if len(cells) != len(columns):
        raise ValueError(f"{len(cells)} cells where the header has {len(columns)}")
    text = cells[columns.index(metric)].strip()
    if text.lower() in _MISSING:
        return None
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"the {metric} '{text[:40]}' is not a number") from None
    if not math.isfinite(value):
        raise ValueError(f"the {metric} is {text}, which nobody measures")
    return value
