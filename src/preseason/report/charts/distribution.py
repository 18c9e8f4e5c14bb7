"""The latency distribution: how slow the slowest of so many requests were."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from preseason.report.charts.drawing import XAxis
from preseason.report.charts.model import Chart, Goal, Line, Tone
from preseason.run.histogram import lower_edge_ms
from preseason.run.requests import Clock
from preseason.slo.model import Unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from preseason.run.histogram import Histogram
    from preseason.run.requests import Requests

_NINES = ((1.0, "0 %"), (2.0, "50 %"), (10.0, "90 %"), (20.0, "95 %"), (100.0, "99 %"))
_MORE_NINES = ((1e3, "99.9 %"), (1e4, "99.99 %"), (1e5, "99.999 %"))
_POINTS = 300


def percentiles(requests: Requests, goals: Sequence[tuple[str, float, float]]) -> tuple[Chart, XAxis]:
    """Latency by percentile; x is ``1 / (1 - percentile)`` on a logarithmic axis, so that the tail gets room.

    ``goals`` are the promises to mark: label, share of requests (0-1), and the latency they must not exceed.
    """
    total = requests.total
    far = max(100.0, float(total))
    ticks = tuple(tick for tick in (*_NINES, *_MORE_NINES) if tick[0] <= far)
    x = XAxis(1.0, far, ticks, logarithmic=True)
    chart = Chart(
        "distribution", "Latency distribution", Unit.MS, absent="No request was recorded in this window."
    )
    if not total:
        return chart, x
    lines = (
        _curve("response time", Tone.MAIN, requests.histogram(Clock.RESPONSE), far),
        _curve("service time", Tone.STRONG, requests.histogram(Clock.SERVICE), far),
    )
    marks = tuple(
        Goal(label, 1 / (1 - share), limit) for label, share, limit in goals if 1 / (1 - share) <= far
    )
    note = "Service time counts from sending; response time from when the journey was due, waiting included."
    return Chart(chart.key, chart.title, chart.unit, lines, goals=marks, note=note), x


def _curve(label: str, tone: Tone, histogram: Histogram, far: float) -> Line:
    x = np.geomspace(1.0, far, _POINTS)
    return Line(label, tone, x, _quantiles(histogram, 1 - 1 / x))


def _quantiles(histogram: Histogram, quantiles: NDArray[np.float64]) -> NDArray[np.float64]:
    cumulative = np.cumsum(histogram.counts)
    rank = np.maximum(1, np.ceil(quantiles * cumulative[-1]))
    bucket = np.searchsorted(cumulative, rank)
    return (lower_edge_ms(bucket) + lower_edge_ms(bucket + 1)) / 2
