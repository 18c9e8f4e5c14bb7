"""Charts of two runs on one axis: the one before and the one that is asked about."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from preseason.report import plain, units
from preseason.report.charts import distribution, load
from preseason.report.charts.axes import TimeAxis, thinned
from preseason.report.charts.model import Chart, Line, Tone
from preseason.run.requests import Clock
from preseason.slo.model import Unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from preseason.report.charts.scales import XAxis
    from preseason.run.requests import Endpoint, Requests
    from preseason.verdict.evidence import Evidence

#: A percentile of fewer requests than this jumps about more than it tells.
_WANTED_PER_POINT = 120
_P95 = 0.95


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: its name in the legends, the tone of its lines, and its run, or one endpoint of it."""

    label: str
    tone: Tone
    evidence: Evidence
    endpoint: Endpoint | None = None

    def only(self, endpoint: Endpoint) -> Side:
        """The same of one endpoint."""
        return replace(self, endpoint=endpoint)

    @property
    def axis(self) -> TimeAxis:
        span = self.evidence.load_and_drain
        return TimeAxis(float(span.start_s), float(span.end_s))

    @property
    def requests(self) -> Requests:
        """All of the load, warm-up included."""
        return self._of(self.evidence.run.requests)

    @property
    def judged(self) -> Requests:
        return self._of(self.evidence.requests)

    def _of(self, requests: Requests) -> Requests:
        return requests if self.endpoint is None else requests.of_endpoint(self.endpoint)


def sides(before: Evidence, after: Evidence) -> tuple[Side, Side]:
    """The past in grey, so that the eye is on what is asked about."""
    return Side("before", Tone.QUIET, before), Side("after", Tone.MAIN, after)


def over_time(pair: Sequence[Side]) -> tuple[Chart, ...]:
    """Rate, p95 and failures, each second since the load of its own run began."""
    return (
        Chart("p95", "Response time, p95", Unit.MS).showing(map(_p95, pair)),
        Chart("rate", "Requests answered", Unit.PER_SECOND).showing(
            _a_second(side, side.requests) for side in pair
        ),
        _failures(pair),
    )


def percentiles(
    pair: Sequence[Side], key: str = "distribution", title: str = "Response time by percentile"
) -> tuple[Chart, XAxis]:
    """Response time by percentile of what was judged of each."""
    judged = [(side, side.judged) for side in pair]
    far = max(100.0, *(float(requests.total) for _, requests in judged))
    lines = [
        distribution.curve(side.label, side.tone, requests.histogram(Clock.RESPONSE), far)
        for side, requests in judged
        if requests.total
    ]
    return Chart(key, plain.short(title, 60), Unit.MS).showing(lines), distribution.percentile_axis(far)


def _p95(side: Side) -> Line:
    grid = side.axis.grid().wide_enough(side.requests.total, _WANTED_PER_POINT)
    (values,) = load.quantiles_over(side.requests, grid, [_P95])
    return load.peaked(Line(side.label, side.tone, grid.centres, values), Unit.MS)


def _a_second(side: Side, requests: Requests) -> Line:
    grid = side.axis.grid()
    values: NDArray[np.float64] = requests.per_second(grid.first_s, grid.end_s).astype(np.float64)
    x, y = thinned(grid.centres, values)
    return Line(side.label, side.tone, x, y, f"{units.count(values.sum())} in all")


def _failures(pair: Sequence[Side]) -> Chart:
    chart = Chart("errors", "Requests failed", Unit.PER_SECOND)
    failed = [side.requests.failures() for side in pair]
    if not any(requests.total for requests in failed):
        return chart.without("nothing failed in either run")
    return chart.showing(_a_second(side, requests) for side, requests in zip(pair, failed, strict=True))
