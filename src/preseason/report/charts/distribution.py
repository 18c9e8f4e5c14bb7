"""The latency distribution: how slow the slowest of so many requests were."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from preseason.report import units
from preseason.report.charts.model import Chart, Goal, Line, Tone
from preseason.report.charts.scales import XAxis, XKind
from preseason.run.histogram import lower_edge_ms
from preseason.run.requests import Clock
from preseason.slo.model import Unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from preseason.run.histogram import Histogram
    from preseason.run.requests import Requests

_LABELS = tuple(
    (1 / (1 - share), units.percent(share)) for share in (0, 0.5, 0.9, 0.95, 0.99, 0.999, 0.9999, 0.99999)
)
_POINTS = 300


def percentiles(requests: Requests, goals: Sequence[tuple[str, float, float]]) -> tuple[Chart, XAxis]:
    """Latency by percentile; x is ``1 / (1 - percentile)`` on a logarithmic axis, so that the tail gets room.

    ``goals`` are the promises to mark: label, share of requests (0-1), and the latency they must not exceed.
    """
    far = max(100.0, float(requests.total))
    x = percentile_axis(far)
    marks = [Goal(label, 1 / (1 - share), limit) for label, share, limit in goals]
    seen = tuple(goal for goal in marks if goal.x <= far)
    chart = Chart("distribution", "Latency distribution", Unit.MS, goals=seen)
    if not requests.total:
        return chart.without("no request was recorded in this window"), x
    lines = (
        curve("service time", Tone.STRONG, requests.histogram(Clock.SERVICE), far),
        curve("response time", Tone.MAIN, requests.histogram(Clock.RESPONSE), far),
    )
    note = "Service time counts from sending; response time from when the journey was due, waiting included."
    return chart.showing(lines, note=note), x


def percentile_axis(far: float) -> XAxis:
    """From the fastest to the slowest of ``far`` requests."""
    labels = tuple(label for label in _LABELS if label[0] <= far)
    return XAxis(1.0, far, labels, logarithmic=True, kind=XKind.PERCENTILE)


def curve(label: str, tone: Tone, histogram: Histogram, far: float) -> Line:
    """Latency by percentile, up to the slowest of ``far`` requests."""
    x = np.geomspace(1.0, far, _POINTS)
    return Line(label, tone, x, _quantiles(histogram, 1 - 1 / x))


def _quantiles(histogram: Histogram, quantiles: NDArray[np.float64]) -> NDArray[np.float64]:
    cumulative = np.cumsum(histogram.counts)
    rank = np.maximum(1, np.ceil(quantiles * cumulative[-1]))
    bucket = np.searchsorted(cumulative, rank)
    return (lower_edge_ms(bucket) + lower_edge_ms(bucket + 1)) / 2
