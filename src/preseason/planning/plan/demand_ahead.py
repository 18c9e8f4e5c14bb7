"""What a plan expects to be asked for, week by week: growth, bursts and launches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from preseason.planning.plan.forecast import Growth, Prediction, exhaustion, trend

if TYPE_CHECKING:
    from collections.abc import Iterable

    from preseason.planning.plan.forecast import Trend
    from preseason.slo.ahead.plan_reading import Plan
    from preseason.slo.ahead.plan_schema import CapacitySection, Launch

_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class When:
    """The first days of the weeks in which something happens, most likely and at the earliest."""

    likely: date | None
    earliest: date | None


@dataclass(frozen=True, slots=True)
class Demand:
    """What will be asked for; weeks count from the first of the plan, ``offset`` weeks into the growth."""

    section: CapacitySection
    growth: Growth | Trend
    offset: int

    @classmethod
    def of(cls, plan: Plan) -> Demand:
        section = plan.section
        if plan.first_peak is not None:
            weeks = [peak.week for peak in plan.peaks]
            found = trend([peak.per_s for peak in plan.peaks], weeks=weeks)
            if found is not None:
                return cls(section, found, (section.begin - plan.first_peak).days // _WEEK.days)
        share = section.growth_per_week or 0.0
        high = section.growth_per_week_high
        now = (section.users or 0) * (section.requests_per_user or 0.0)
        return cls(section, Growth(now, share, share if high is None else high), 0)

    def organic(self, week: int) -> Prediction:
        """The busiest minute of a week without launches."""
        return _times(self.growth.at(week + self.offset), self.section.burst)

    def peak(self, week: int) -> Prediction:
        launch = self.launch(week)
        return self.organic(week) if launch is None else _times(self.organic(week), launch.factor)

    def launch(self, week: int) -> Launch | None:
        """The launch that counts in a week: the one with the largest factor."""
        start = self.start(week)
        within = (
            launch
            for launch in self.section.launches
            if launch.begin < start + _WEEK and (launch.until or launch.begin) >= start
        )
        return max(within, key=lambda launch: launch.factor, default=None)

    def start(self, week: int) -> date:
        return self.section.begin + week * _WEEK

    def when(self, peaks: Iterable[Prediction], capacity: float) -> When:
        found = exhaustion(peaks, capacity, shown=self.growth.shown)
        return When(*(None if week is None else self.start(week) for week in (found.median, found.earliest)))

    def users_grown(self, week: int) -> float:
        """How many times as many users there are as in the first week."""
        return self.organic(week).median / self.organic(0).median


def _times(peak: Prediction, factor: float) -> Prediction:
    return Prediction(peak.median * factor, peak.low * factor, peak.high * factor)
