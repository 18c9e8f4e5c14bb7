"""What became of each indicator from run to run: where its level changed, which way, and whether that stands.

A history has some forty indicators, and in each of them every run might be the first of a new level: the
chance of luck is shared among all of these tests (Bonferroni). A level is at least three runs, and a change
that matters to nobody is none.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from preseason.errors import ExitCode
from preseason.slo.model import Unit
from preseason.verdict.history.indicators import Better
from preseason.verdict.statistics.changes import Sensitivity, change_points

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from preseason.verdict.history.acknowledging import Acknowledgement
    from preseason.verdict.history.comparable import History, PastRun
    from preseason.verdict.history.indicators import IndicatorValue
    from preseason.verdict.statistics.changes import ChangePoint

#: Fewer runs are no level: one bad night is a matter for its own verdict.
LEVEL_RUNS = 3
#: With fewer, no change can have a level on either side.
FEWEST_RUNS = 2 * LEVEL_RUNS
#: The least by which a share (errors, hits, processors) has to move: half a percentage point of all.
LEAST_SHARE = 0.005
#: An indicator that was measured before, and in none of so many runs at the end, is lost.
_LOST_RUNS = 3


class Direction(StrEnum):
    """Which way an indicator went; OTHER where neither way is the good one."""

    BETTER = "better"
    WORSE = "worse"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Change:
    """A new level: it began in run ``at`` of the history, ``before`` and ``after`` are the means around it.

    ``recovered``: the last level is no longer worse than the one before this change.
    """

    at: int
    before: float
    after: float
    p: float
    direction: Direction
    recovered: bool = False
    acknowledged: Acknowledgement | None = None

    @property
    def relative(self) -> float | None:
        """The change as a share of what was before; None where that was nothing."""
        return (self.after - self.before) / abs(self.before) if self.before else None

    @property
    def stands(self) -> bool:
        """Whether it is a regression that is still there."""
        return self.direction is Direction.WORSE and not self.recovered

    @property
    def is_open(self) -> bool:
        """A regression that stands and that nobody has acknowledged."""
        return self.stands and self.acknowledged is None


@dataclass(frozen=True, slots=True)
class Trend:
    """One indicator over all runs of a history; None in ``values`` where it was not measured."""

    name: str
    about: str
    unit: str
    better: Better
    values: tuple[float | None, ...]
    changes: tuple[Change, ...] = ()

    @property
    def known(self) -> tuple[float, ...]:
        return tuple(value for value in self.values if value is not None)

    @property
    def is_lost(self) -> bool:
        """It was measured often enough for a trend, and then no longer: nothing can be said of it."""
        return len(self.known) >= LEVEL_RUNS and not any(
            value is not None for value in self.values[-_LOST_RUNS:]
        )


@dataclass(frozen=True)
class Trends:
    """All indicators of a history."""

    history: History
    trends: tuple[Trend, ...]

    @property
    def open_regressions(self) -> tuple[tuple[Trend, Change], ...]:
        return tuple((trend, one) for trend in self.trends for one in trend.changes if one.is_open)

    @property
    def enough(self) -> bool:
        """Whether there are runs enough to tell a change."""
        return len(self.history.runs) >= FEWEST_RUNS

    @property
    def exit_code(self) -> ExitCode:
        if self.open_regressions:
            return ExitCode.FAILED
        if not self.enough or any(trend.is_lost for trend in self.trends):
            return ExitCode.UNDECIDED
        return ExitCode.PASS


def trends_of(history: History, how: Sensitivity, acknowledged: Iterable[Acknowledgement] = ()) -> Trends:
    """The trends of a history. ``how.p`` is the chance of luck in all of them together."""
    series = _series(history.runs)
    tests = sum(min(len(one.known), how.window) for one in series if len(one.known) >= FEWEST_RUNS)
    shared = replace(how, p=how.p / max(tests, 1), min_level=LEVEL_RUNS)
    acknowledgements = tuple(acknowledged)
    return Trends(history, tuple(_with_changes(one, history, shared, acknowledgements) for one in series))


def _series(runs: Sequence[PastRun]) -> list[Trend]:
    """In the order in which the newest runs tell of them."""
    by_run: list[dict[tuple[str, str, str], IndicatorValue]] = [
        {value.key: value for value in run.values} for run in runs
    ]
    latest = {key: value for values in by_run for key, value in values.items()}
    order = dict.fromkeys(key for values in reversed(by_run) for key in values)
    return [
        Trend(*key, better=latest[key].better, values=tuple(_value(values.get(key)) for values in by_run))
        for key in order
    ]


def _value(one: IndicatorValue | None) -> float | None:
    return None if one is None else one.value


def _with_changes(
    trend: Trend, history: History, how: Sensitivity, acknowledged: Sequence[Acknowledgement]
) -> Trend:
    places = [at for at, value in enumerate(trend.values) if value is not None]
    # A share that should be high is looked at from its bad side: 99 % to 98 % hits are twice the misses.
    mirrored = trend.unit == Unit.RATIO and trend.better is Better.HIGHER
    values = np.array(trend.known)
    found = change_points(1 - values if mirrored else values, how)
    points = [replace(one, before=1 - one.before, after=1 - one.after) if mirrored else one for one in found]
    points = [one for one in points if _matters(one, trend.unit)]
    last = points[-1].after if points else 0.0
    changes = [
        _change(one, places[one.index], trend, recovered=_recovered(one, last, trend, how.min_magnitude))
        for one in points
    ]
    return replace(trend, changes=tuple(_acknowledged(one, trend, history, acknowledged) for one in changes))


def _matters(point: ChangePoint, unit: str) -> bool:
    return unit != Unit.RATIO or abs(point.after - point.before) >= LEAST_SHARE


def _change(point: ChangePoint, at: int, trend: Trend, *, recovered: bool) -> Change:
    direction = Direction.OTHER
    if trend.better is not Better.NEITHER:
        worse = (point.after > point.before) is (trend.better is Better.LOWER)
        direction = Direction.WORSE if worse else Direction.BETTER
    undone = recovered and direction is Direction.WORSE
    return Change(at, point.before, point.after, point.p, direction, undone)


def _recovered(point: ChangePoint, last: float, trend: Trend, min_magnitude: float) -> bool:
    """Whether what a change made worse was undone: the last level is about what it was before, or better."""
    least = LEAST_SHARE if trend.unit == Unit.RATIO else min_magnitude * abs(point.before)
    return (last - point.before if trend.better is Better.LOWER else point.before - last) <= least


def _acknowledged(
    change: Change, trend: Trend, history: History, acknowledged: Sequence[Acknowledgement]
) -> Change:
    """With who acknowledged it. A change point moves by a run or two as runs are added."""
    if change.direction is not Direction.WORSE:
        return change
    moments = [run.started_at for run in history.runs]
    for one in acknowledged:
        same = (one.indicator, one.about) == (trend.name, trend.about)
        if same and abs(sum(moment < one.at for moment in moments) - change.at) <= LEVEL_RUNS:
            return replace(change, acknowledged=one)
    return change
