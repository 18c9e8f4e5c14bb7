"""The box that matplotlib draws in: it places points, and turns curves into simplified path data."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import numpy as np

from preseason.report.charts.model import Shape

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from preseason.report.charts.model import Line

#: The box, in the units of its paths.
WIDTH, HEIGHT = 1000, 200
_POINTS_PER_INCH = 72
_SVG = "{http://www.w3.org/2000/svg}"
#: What shapes a path, whatever the settings of matplotlib on this machine say.
_SETTINGS: dict[Any, Any] = {
    "path.simplify": True,
    "path.simplify_threshold": 1 / 9,
    "svg.hashsalt": "preseason",
}


class Canvas:
    """Axes without any decoration that fill the box; either scale may be logarithmic."""

    def __init__(
        self, x: tuple[float, float], y: tuple[float, float], *, log_x: bool = False, log_y: bool = False
    ) -> None:
        from matplotlib.figure import Figure  # noqa: PLC0415 - half a second that only reports need

        size = (WIDTH / _POINTS_PER_INCH, HEIGHT / _POINTS_PER_INCH)
        self._figure = Figure(figsize=size, dpi=_POINTS_PER_INCH)
        self._axes = self._figure.add_axes((0, 0, 1, 1))
        self._axes.set_axis_off()
        self._axes.set_xscale("log" if log_x else "linear")
        self._axes.set_yscale("log" if log_y else "linear")
        self._axes.set_xlim(*x)
        self._axes.set_ylim(*y)

    def per_cent(self, x: float, y: float) -> tuple[float, float]:
        """A point in data as per cents of the box, from its top left."""
        right, up = self._axes.transData.transform((x, y))
        return round(right / WIDTH * 100, 2), round(100 - up / HEIGHT * 100, 2)

    def ribbon(self, x: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]) -> str:
        """The path data of the area between two curves; points where either is unknown are left out."""
        known = np.isfinite(low) & np.isfinite(high)
        there = np.concatenate([x[known], x[known][::-1]])
        edge = np.concatenate([low[known], high[known][::-1]])
        if not len(there):
            return ""
        corners = self._axes.transData.transform(np.column_stack([there, edge]))
        return f"M{'L'.join(f'{right:.1f} {HEIGHT - up:.1f}' for right, up in corners)}Z"

    def paths(self, lines: tuple[Line, ...]) -> list[str]:
        """The path data of each line in the box; empty where none of it can be seen."""
        import matplotlib as mpl  # noqa: PLC0415 - half a second that only reports need

        with mpl.rc_context(_SETTINGS):
            for number, line in enumerate(lines):
                drawn = "steps-mid" if line.shape is Shape.STEPS else "default"
                self._axes.plot(line.x, line.y, gid=f"line-{number}", drawstyle=drawn)
            found = _path_data(self._svg())
        return [found.get(f"line-{number}", "") for number in range(len(lines))]

    def _svg(self) -> str:
        from matplotlib.backends.backend_svg import FigureCanvasSVG  # noqa: PLC0415 - half a second

        canvas: Any = FigureCanvasSVG(self._figure)
        text = io.StringIO()
        canvas.print_svg(text, metadata={"Date": None})
        return text.getvalue()


def _path_data(svg: str) -> dict[str, str]:
    """The path data of every group that we named, shortened."""
    root = ET.fromstring(svg)  # noqa: S314 - written a moment ago by matplotlib
    groups = (group for group in root.iter(f"{_SVG}g") if group.get("id", "").startswith("line-"))
    found = ((group.get("id", ""), group.find(f".//{_SVG}path")) for group in groups)
    return {name: _shortened(path.get("d", "")) for name, path in found if path is not None}


_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_LONELY = re.compile(r"(M[^ML]+)(?=M|$)")


def _shortened(path: str) -> str:
    """Path data in tenths of a unit; a point without neighbours gets a length, so that it shows as a dot."""
    compact = " ".join(path.split()).replace("M ", "M").replace(" L ", "L").replace(" M", "M")
    rounded = _NUMBER.sub(lambda number: f"{float(number[0]):.1f}".removesuffix(".0"), compact)
    return _LONELY.sub(r"\1h.1", rounded)


def closed(path: str) -> str:
    """The area between a path and the bottom of the box, piece by piece."""
    pieces = [piece for piece in path.split("M") if "L" in piece]
    return "".join(f"M{piece}{_way_back(piece)}" for piece in pieces)


def _way_back(piece: str) -> str:
    numbers = _NUMBER.findall(piece)
    return f"L{numbers[-2]} {HEIGHT}L{numbers[0]} {HEIGHT}Z"
