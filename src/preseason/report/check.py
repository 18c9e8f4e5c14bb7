"""A check in words: its rows as texts for a table, and as Markdown. Foreign text is cleaned here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from preseason.report import units
from preseason.report.markdown import escaped
from preseason.report.plain import sentence, short
from preseason.verdict.check.model import URGENCY, Status, WatchReport
from preseason.verdict.check.watching import urgent_first

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from preseason.verdict.check.model import CheckReport, Row, WatchedRow

#: All fields of the health format fit in, each with what is wrong with it.
_CAUSE_CHARACTERS = 1000
_NAMED = 3
_TROUBLE = (Status.FAIL, Status.NO_DATA, Status.WARN)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table, all of it text."""

    status: Status
    topic: str
    name: str
    measured: str
    limit: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is to be said of a row beneath the table."""

    status: Status
    name: str
    cause: str
    remedy: str
    source: str


def lines(report: CheckReport) -> list[Line]:
    """Every row, in the report's order."""
    return [Line(row.status, row.topic, short(row.name), measured(row), limit(row)) for row in report.rows]


def troubles(report: CheckReport) -> list[Trouble]:
    """Every row that is not OK, the most urgent first; rows that share a cause are told together."""
    rows = sorted(
        (row for row in report.rows if row.status is not Status.OK),
        key=lambda row: URGENCY.index(row.status),
    )
    return _together(_trouble(row.status, row, row.cause) for row in rows)


def watched_lines(report: WatchReport) -> list[Line]:
    """Every row over all rounds: how many did not fail in place of what was measured, and the interval."""
    return [
        Line(row.status, row.row.topic, short(row.row.name), kept(row), interval(row))
        for row in urgent_first(report.rows)
    ]


def watched_troubles(report: WatchReport) -> list[Trouble]:
    """Every row that is not OK over all rounds, the most urgent first."""
    rows = [row for row in urgent_first(report.rows) if row.status is not Status.OK]
    return _together(_trouble(row.status, row.row, row.cause) for row in rows)


def measured(row: Row) -> str:
    """``200, 12 ms``."""
    value = "" if row.value is None else units.quantity(row.value, row.unit, apart_from=row.limit)
    return ", ".join(part for part in (short(row.said), value) if part)


def limit(row: Row) -> str:
    """``< 1 s``."""
    return "" if row.limit is None else f"{row.bound} {units.exact(row.limit, row.unit)}"


def kept(row: WatchedRow) -> str:
    """``179 of 180 rounds``."""
    decided = row.rounds - row.unknown if row.share is not None else 0
    if not decided:
        return "not known in any round" if row.unknown else ""
    return f"{decided - row.failed} of {decided} rounds"


def interval(row: WatchedRow) -> str:
    """The share of rounds that did not fail, and its bounds."""
    if row.share is None:
        return ""
    low, high = units.percent(row.low), units.percent(row.high)
    return f"{units.percent(row.share)} ({low} to {high})"


def markdown(report: CheckReport | WatchReport) -> str:
    """The report as it can stand in a pull request or an incident's log."""
    return "\n".join(_markdown(report)) + "\n"


def _markdown(report: CheckReport | WatchReport) -> Iterator[str]:
    watched = isinstance(report, WatchReport)
    yield f"# Check of {escaped(report.target)}"
    yield ""
    took = units.duration(report.ended_s - report.began_s)
    yield f"**{report.sentence}** {units.utc(report.began_s)}, {took}"
    yield ""
    yield "| status | check | " + ("rounds without a failure | share |" if watched else "measured | limit |")
    yield "| --- | --- | --- | --- |"
    for line in _lines(report):
        cells = (line.status, line.name, line.measured, line.limit)
        yield f"| {' | '.join(escaped(cell) for cell in cells)} |"
    if told := _troubles(report):
        yield ""
        yield from _listed(told)


def _lines(report: CheckReport | WatchReport) -> list[Line]:
    return watched_lines(report) if isinstance(report, WatchReport) else lines(report)


def _troubles(report: CheckReport | WatchReport) -> list[Trouble]:
    return watched_troubles(report) if isinstance(report, WatchReport) else troubles(report)


def _listed(told: Iterable[Trouble]) -> Iterator[str]:
    for one in told:
        remedy = f" {escaped(sentence(one.remedy))}" if one.remedy else ""
        yield f"- **{one.status} {escaped(one.name)}**: {escaped(one.cause, _CAUSE_CHARACTERS)}.{remedy}"


def _together(told: Iterable[Trouble]) -> list[Trouble]:
    """One for all that differ in nothing but their names."""
    names: dict[Trouble, list[str]] = {}
    for one in told:
        names.setdefault(replace(one, name=""), []).append(one.name)
    return [replace(one, name=_listed_names(of)) for one, of in names.items()]


def _listed_names(names: list[str]) -> str:
    named, more = names[:_NAMED], len(names) - _NAMED
    return ", ".join(named) + (f" and {more} more" if more > 0 else "")


def _trouble(status: Status, row: Row, cause: str) -> Trouble:
    source = row.source if status in _TROUBLE else ""
    return Trouble(status, short(row.name), short(cause, _CAUSE_CHARACTERS), short(row.remedy), source)
