"""A week or a month of runs beside the one before it: what was usual in each, and what changed."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from functools import cached_property
from statistics import median
from typing import TYPE_CHECKING

from preseason.verdict.history.comparable import PastRun, by_time, history_of
from preseason.verdict.history.trends import trends_of
from preseason.verdict.model import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from preseason.verdict.history.acknowledging import Acknowledgement
    from preseason.verdict.history.indicators import IndicatorValue
    from preseason.verdict.history.trends import Change, Trend, Trends
    from preseason.verdict.model import ObjectiveResult
    from preseason.verdict.statistics.changes import Sensitivity

_SECONDS_A_DAY = 86_400.0


class Length(Enum):
    """How many days a review is about."""

    WEEK = 7
    MONTH = 30


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days in UTC, ``until`` among them."""

    length: Length
    until: date

    @property
    def start(self) -> datetime:
        return self.end - timedelta(days=self.length.value)

    @property
    def end(self) -> datetime:
        """The midnight after the last day."""
        return datetime(self.until.year, self.until.month, self.until.day, tzinfo=UTC) + timedelta(days=1)

    @property
    def first_day(self) -> date:
        return self.start.date()

    @property
    def before(self) -> Period:
        """As many days before."""
        return Period(self.length, self.first_day - timedelta(days=1))

    def holds(self, moment: datetime) -> bool:
        return self.start <= moment < self.end


@dataclass(frozen=True, slots=True)
class Usual:
    """An indicator over the runs of a period: the median, and the run in which it was worst.

    ``before`` is the median of the period before, None without runs then.
    """

    example: IndicatorValue
    runs: int
    middle: float
    worst: float
    worst_run: str
    before: float | None

    @property
    def moved(self) -> float | None:
        """By how much the median changed, relative to the one before; None where that is unknown or 0."""
        return None if not self.before else (self.middle - self.before) / abs(self.before)


@dataclass(frozen=True, slots=True)
class ErrorPattern:
    """One kind of failure: how often, at which endpoints, in which runs."""

    kind: str
    requests: int
    endpoints: tuple[str, ...]
    runs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Miss:
    """An objective that was missed, and in which runs."""

    objective: ObjectiveResult
    runs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Growth:
    """The size of the database at the first and the last of runs at least a day apart, in bytes."""

    first: float
    last: float
    first_run: str
    last_run: str
    days: float

    @property
    def per_day(self) -> float:
        return (self.last - self.first) / self.days


@dataclass(frozen=True)
class Review:
    """Everything a review says. ``runs`` are all of the period, ``now`` and ``before`` the comparable ones.

    ``trends`` are those of the workload's whole history until the end of the period.
    """

    period: Period
    runs: tuple[PastRun, ...]
    now: tuple[PastRun, ...]
    before: tuple[PastRun, ...]
    trends: Trends

    @cached_property
    def usual(self) -> tuple[Usual, ...]:
        """Every indicator that was measured in the period, in the order of the newest run."""
        return tuple(_usual(self.now, self.before))

    @property
    def changes(self) -> tuple[tuple[Trend, Change], ...]:
        """The changes of level that began in the period."""
        history = self.trends.history
        return tuple(
            (trend, change)
            for trend in self.trends.trends
            for change in trend.changes
            if self.period.holds(history.runs[change.at].started_at)
        )


def review_of(
    runs: Sequence[PastRun],
    period: Period,
    how: Sensitivity,
    acknowledged: Iterable[Acknowledgement] = (),
    *,
    workload: str = "",
    any_generator: bool = False,
) -> Review | None:
    """The review of the workload of the period's newest run; None where no run of the period is of use."""
    until = [run for run in runs if run.started_at < period.end]
    inside = tuple(run for run in by_time(until) if period.holds(run.started_at))
    newest = history_of(inside, workload=workload, any_generator=any_generator)
    if newest is None:
        return None
    history = history_of(until, workload=newest.workload.hash, any_generator=any_generator)
    if history is None:
        return None
    return Review(
        period=period,
        runs=inside,
        now=tuple(run for run in history.runs if period.holds(run.started_at)),
        before=tuple(run for run in history.runs if period.before.holds(run.started_at)),
        trends=trends_of(history, how, acknowledged),
    )


def _usual(now: Sequence[PastRun], before: Sequence[PastRun]) -> Iterable[Usual]:
    here, then = _by_key(now), _by_key(before)
    for key, values in here.items():
        example = values[-1][1]
        worst_run, worst = max(values, key=lambda pair: _badness(pair[1]))
        yield Usual(
            example=example,
            runs=len(values),
            middle=median(value.value for _, value in values),
            worst=worst.value,
            worst_run=worst_run,
            before=median(value.value for _, value in then[key]) if key in then else None,
        )


def _badness(value: IndicatorValue) -> float:
    return -value.value if value.better == "higher" else value.value


def _by_key(runs: Sequence[PastRun]) -> dict[tuple[str, str, str], list[tuple[str, IndicatorValue]]]:
    found: defaultdict[tuple[str, str, str], list[tuple[str, IndicatorValue]]] = defaultdict(list)
    for run in runs:
        for value in run.values:
            found[value.key].append((run.run_id, value))
    order = dict.fromkeys(value.key for run in reversed(runs) for value in run.values)
    return {key: found[key] for key in order}


def error_patterns(runs: Sequence[PastRun]) -> tuple[ErrorPattern, ...]:
    """What failed, by kind, the commonest first."""
    counts: Counter[str] = Counter()
    endpoints: defaultdict[str, Counter[str]] = defaultdict(Counter)
    where: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for run in runs:
        for one in run.indicators.failures if run.indicators else ():
            counts[one.kind] += one.requests
            endpoints[one.kind][one.endpoint] += one.requests
            where[one.kind][run.run_id] = None
    return tuple(
        ErrorPattern(
            kind, requests, tuple(name for name, _ in endpoints[kind].most_common()), tuple(where[kind])
        )
        for kind, requests in counts.most_common()
    )


def misses(runs: Sequence[PastRun]) -> tuple[Miss, ...]:
    """The objectives that failed, those that failed most often first."""
    failed: dict[str, ObjectiveResult] = {}
    where: defaultdict[str, list[str]] = defaultdict(list)
    for run in runs:
        for one in run.verdict.objectives if run.verdict else ():
            if one.outcome is Outcome.FAIL:
                failed[one.name] = one
                where[one.name].append(run.run_id)
    ordered = sorted(failed, key=lambda name: -len(where[name]))
    return tuple(Miss(failed[name], tuple(where[name])) for name in ordered)


def journeys(runs: Sequence[PastRun]) -> dict[str, int]:
    """How many journeys of each scenario were begun, all runs together."""
    return _added(run.indicators.journeys for run in runs if run.indicators)


def requests(runs: Sequence[PastRun]) -> dict[str, int]:
    """How many requests of each endpoint were sent, all runs together."""
    return _added(run.indicators.requests for run in runs if run.indicators)


def _added(parts: Iterable[dict[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for part in parts:
        total.update(part)
    return dict(total.most_common())


def growth(runs: Sequence[PastRun]) -> Growth | None:
    """How the database grew from run to run; None with fewer than two sizes at least a day apart."""
    sizes = [
        (run, value.value) for run in runs for value in run.values if value.name == "postgres.size_bytes"
    ]
    if not sizes:
        return None
    (first, smaller), (last, larger) = sizes[0], sizes[-1]
    days = (last.started_at - first.started_at).total_seconds() / _SECONDS_A_DAY
    return Growth(smaller, larger, first.run_id, last.run_id, days) if days >= 1 else None
