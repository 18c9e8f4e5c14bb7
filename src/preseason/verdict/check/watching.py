"""Many checks of one target, one after the other: what changed, and what they say together."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from preseason.errors import ExitCode
from preseason.verdict import wording
from preseason.verdict.check.model import (
    URGENCY,
    CheckReport,
    Row,
    Status,
    WatchedRow,
    WatchReport,
    exit_code_of,
    summary_of,
)
from preseason.verdict.statistics.intervals import ratio_bounds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from preseason.verdict.check.limits import Limits

_CONFIDENCE = 0.95
#: Rule 1 of the design: with less than this share of the rounds known, the rest is not judged.
_ENOUGH = 0.9
_DECIDED = (Status.OK, Status.WARN, Status.FAIL)
#: An uptime is told in whole seconds by many, and read a moment after it was told.
_CLOCK_S = 2.0


@dataclass(frozen=True, slots=True)
class Change:
    """A check that is no longer what it was at the round before; None is not there (yet, or any more)."""

    at_s: float
    before: Status | None
    row: Row


def changes(before: CheckReport | None, now: CheckReport) -> tuple[Change, ...]:
    """What ``now`` finds otherwise than ``before``; of a first report, whatever is neither OK nor skipped."""
    earlier = {row.key: row.status for row in before.rows} if before else {}
    calm = (Status.OK, Status.SKIPPED)
    return tuple(
        Change(now.ended_s, earlier.get(row.key), row)
        for row in now.rows
        if row.status is not earlier.get(row.key) and (row.key in earlier or row.status not in calm)
    )


def restarted(before: CheckReport | None, now: CheckReport) -> str:
    """A sentence where the target began anew, or is another version; empty where it did not."""
    if before is None:
        return ""
    if before.platform_version and now.platform_version not in {"", before.platform_version}:
        return f"the target is version {now.platform_version} now, and was {before.platform_version}"
    if before.uptime_s is None or now.uptime_s is None or now.uptime_s >= before.uptime_s - _CLOCK_S:
        return ""
    return f"the target began anew: it is up for {now.uptime_s:.0f} s, and was for {before.uptime_s:.0f} s"


def summarise(reports: Sequence[CheckReport], limits: Limits, *, interrupted: bool) -> WatchReport:
    """What at least one report says; each check is judged on the rounds that decided it."""
    first, last = reports[0], reports[-1]
    rows = tuple(_watched(key, reports, limits) for key in _keys(reports))
    code = ExitCode.INTERRUPTED if interrupted else exit_code_of(row.exit_code for row in rows)
    return WatchReport(
        target=last.target,
        began_s=first.began_s,
        ended_s=last.ended_s,
        rounds=len(reports),
        interrupted=interrupted,
        restarts=sum(bool(restarted(before, now)) for before, now in pairwise(reports)),
        rows=rows,
        lacking=last.lacking,
        exit_code=code,
        sentence=summary_of(row.status for row in rows),
    )


def _keys(reports: Sequence[CheckReport]) -> list[str]:
    """As the last report orders them, and what only earlier ones had behind."""
    return list(dict.fromkeys(row.key for report in reversed(reports) for row in report.rows))


def _watched(key: str, reports: Sequence[CheckReport], limits: Limits) -> WatchedRow:
    seen = [row for report in reports for row in report.rows if row.key == key]
    statuses = [row.status for row in seen]
    decided = [row for row in seen if row.status in _DECIDED]
    worst = min(reversed(seen), key=lambda row: URGENCY.index(row.status))
    failed = statuses.count(Status.FAIL)
    share, low, high = _availability(decided)
    status, cause = _judged(seen, decided, worst, high, limits)
    return WatchedRow(
        row=worst,
        status=status,
        last=seen[-1].status,
        rounds=len(seen),
        failed=failed,
        warned=statuses.count(Status.WARN),
        unknown=statuses.count(Status.NO_DATA),
        share=share,
        low=low,
        high=high,
        cause=cause,
        exit_code=_code(status, seen[-1]),
    )


def _availability(decided: Sequence[Row]) -> tuple[float | None, float | None, float | None]:
    """The share of rounds without a failure and its one-sided bounds; rounds share their neighbours' fate."""
    if not decided:
        return None, None, None
    good = np.array([row.status is not Status.FAIL for row in decided], dtype=np.float64)
    bounds = ratio_bounds(good, np.ones_like(good), _CONFIDENCE)
    return bounds.point, bounds.low, bounds.high


def _judged(
    seen: Sequence[Row], decided: Sequence[Row], worst: Row, high: float | None, limits: Limits
) -> tuple[Status, str]:
    """The status of all rounds together, and why it is not OK."""
    last = seen[-1]
    asked = [row for row in seen if row.status is not Status.SKIPPED]
    if not asked:
        return Status.SKIPPED, last.cause
    if last.status is Status.FAIL:
        return Status.FAIL, f"it failed to the end: {last.cause}"
    if high is not None and high < limits.availability.value:
        kept = wording.percent(limits.availability.value)
        return Status.FAIL, f"so many failures do not leave {kept}; the last: {worst.cause}"
    if len(decided) < _ENOUGH * len(asked):
        unknown = _last(asked, Status.NO_DATA).cause
        return Status.NO_DATA, f"known in {len(decided)} of {len(asked)} rounds only: {unknown}"
    return _troubled(decided)


def _troubled(decided: Sequence[Row]) -> tuple[Status, str]:
    """OK, unless something was seen that somebody should look at."""
    statuses = [row.status for row in decided]
    if Status.FAIL in statuses:
        return Status.WARN, f"it failed, and came back: {_last(decided, Status.FAIL).cause}"
    if Status.WARN not in statuses:
        return Status.OK, ""
    over = "" if statuses[-1] is Status.WARN else "not any more: "
    return Status.WARN, f"{over}{_last(decided, Status.WARN).cause}"


def _last(rows: Sequence[Row], status: Status) -> Row:
    return next(row for row in reversed(rows) if row.status is status)


def _code(status: Status, last: Row) -> ExitCode | None:
    match status:
        case Status.SKIPPED:
            return None
        case Status.FAIL:
            return last.failed_as if last.status is Status.FAIL else ExitCode.FAILED
        case Status.NO_DATA:
            return ExitCode.UNDECIDED
        case Status.OK | Status.WARN:
            return ExitCode.PASS


def urgent_first(rows: Sequence[WatchedRow]) -> Iterator[WatchedRow]:
    """The worst first, otherwise in their order."""
    yield from sorted(rows, key=lambda row: URGENCY.index(row.status))
