"""Response times as a heat map: time to the right, latency upwards, the more requests the darker.

A percentile hides that there are two kinds of requests; here they are two bands.
"""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from preseason.report import units
from preseason.report.charts import ticks
from preseason.report.charts.drawing import Tick
from preseason.run.histogram import bucket_of, lower_edge_ms

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from preseason.report.charts.axes import TimeAxis
    from preseason.run.requests import Requests

_ROWS = 48
_MOST_COLUMNS = 240
#: A cell of a single request among thousands must still be seen.
_FAINTEST = 0.12
#: What earlier reports said in their pictures; the page, not this, gives them their size.
_DPI = (100, 100)
_HUE = (0.18, 0.50, 0.88)


@dataclass(frozen=True, slots=True)
class HeatMap:
    """``image`` is a PNG as a data URI: one hue, its opacity the logarithm of the count in a cell."""

    image: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    words: str


def heat_map(requests: Requests, axis: TimeAxis) -> HeatMap | None:
    """Of the requests on the axis; None where there are none, or the axis is shorter than two seconds."""
    grid = axis.grid().wide_enough(_MOST_COLUMNS, 1)
    if not requests.total or grid.bins < 1:
        return None
    blocks = requests.histograms_by_block(grid.first_s, grid.end_s, grid.width_s)
    filled = np.flatnonzero(blocks.sum(axis=0))
    if not len(filled):
        return None
    heights = _heights(filled)
    edges = np.geomspace(heights[0], heights[-1], _ROWS + 1)
    row_of = bucket_of(edges)
    cells = np.add.reduceat(blocks[:, : row_of[-1] + 1], row_of[:-1], axis=1).T[::-1]
    seconds = f"{units.duration(grid.width_s)} a column"
    return HeatMap(
        image=_png(cells),
        x_ticks=_moments(axis.length_s),
        y_ticks=tuple(Tick(_from_top(height, heights), units.milliseconds(height)) for height in heights),
        words=f"{units.count(requests.total)} requests by time and response time, {seconds}.",
    )


def _moments(length_s: float) -> tuple[Tick, ...]:
    marks = enumerate(ticks.moments(length_s))
    return tuple(Tick(round(at / length_s * 100, 2), label, place % 2 == 1) for place, (at, label) in marks)


def _heights(filled: NDArray[np.int64]) -> list[float]:
    lowest, highest = lower_edge_ms(np.array([max(filled[0], 1), filled[-1] + 1])).tolist()
    return ticks.logarithmic(max(lowest, 0.01), max(highest, 0.02))


def _from_top(height: float, heights: list[float]) -> float:
    low, high, here = (np.log(value) for value in (heights[0], heights[-1], height))
    return round(float(100 - (here - low) / (high - low) * 100), 2)


def _png(cells: NDArray[np.float64]) -> str:
    """One hue that stands out from a light page and from a dark one, with an opacity."""
    from PIL import Image  # noqa: PLC0415 - a tenth of a second that only reports need

    strength = np.log1p(cells) / np.log1p(max(cells.max(), 1.0))
    opacity = np.where(cells > 0, _FAINTEST + (1 - _FAINTEST) * strength, 0.0)
    pixels = np.zeros((*cells.shape, 4))
    pixels[..., :3] = _HUE
    pixels[..., 3] = opacity
    file = io.BytesIO()
    Image.fromarray((pixels * 255).astype(np.uint8)).save(file, format="png", dpi=_DPI)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
