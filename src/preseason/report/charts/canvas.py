"""The box that curves are drawn in: matplotlib places their points, and simplifies their paths.

Of matplotlib, only what does that is imported: its figures need all the rest, 15 MB and a third of a second.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from preseason.report.charts.model import Shape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.path import Path
    from matplotlib.transforms import Transform
    from numpy.typing import NDArray

    from preseason.report.charts.model import Line

#: The box, in the units of its paths.
WIDTH, HEIGHT = 1000, 200
#: What shapes a path, whatever the settings of matplotlib on this machine say.
_SETTINGS: dict[Any, Any] = {"path.simplify": True, "path.simplify_threshold": 1 / 9}


class Canvas:
    """A box whose ends are ``x`` and ``y``, the lowest and the highest; either scale may be logarithmic."""

    def __init__(
        self, x: tuple[float, float], y: tuple[float, float], *, log_x: bool = False, log_y: bool = False
    ) -> None:
        from matplotlib import transforms  # noqa: PLC0415 - a tenth of a second that only charts need

        spread = transforms.blended_transform_factory(_scale(log=log_x), _scale(log=log_y))
        ends = transforms.TransformedBbox(transforms.Bbox.from_extents(x[0], y[0], x[1], y[1]), spread)
        box = transforms.Bbox.from_extents(0, 0, WIDTH, HEIGHT)
        self._place = spread + (transforms.BboxTransformFrom(ends) + transforms.BboxTransformTo(box))
        #: From logarithms, where there are any, to the box of SVG, whose y grows downwards.
        self._to_svg = self._place.get_affine() + transforms.Affine2D().scale(1, -1).translate(0, HEIGHT)

    def per_cent(self, x: float, y: float) -> tuple[float, float]:
        """A point in data as per cents of the box, from its top left."""
        right, up = self._place.transform((x, y))
        return round(right / WIDTH * 100, 2), round(100 - up / HEIGHT * 100, 2)

    def places(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points in data as rows of per cents of the box, from its top left."""
        right, up = self._place.transform(np.column_stack([x, y])).T
        return np.column_stack([right / WIDTH * 100, 100 - up / HEIGHT * 100])

    def ribbon(self, x: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]) -> str:
        """The path data of the area between two curves; points where either is unknown are left out."""
        known = np.isfinite(low) & np.isfinite(high)
        there = np.concatenate([x[known], x[known][::-1]])
        edge = np.concatenate([low[known], high[known][::-1]])
        if not len(there):
            return ""
        corners = self._place.transform(np.column_stack([there, edge]))
        return f"M{'L'.join(f'{right:.1f} {HEIGHT - up:.1f}' for right, up in corners)}Z"

    def paths(self, lines: tuple[Line, ...]) -> list[str]:
        """The path data of each line in the box; empty where none of it can be seen."""
        import matplotlib as mpl  # noqa: PLC0415 - a tenth of a second that only charts need

        with mpl.rc_context(_SETTINGS):
            return [_LONELY.sub(r"\1h.1", "".join(self._path_data(_path(line)))) for line in lines]

    def _path_data(self, path: Path) -> Iterator[str]:
        """Path data, point by point, of what lies in the box and would be missed."""
        spread, box = self._place.transform_path_non_affine(path), (0, 0, WIDTH, HEIGHT)
        for point, code in spread.iter_segments(self._to_svg, clip=box, curves=False):
            right, down = map(_tenths, np.asarray(point).tolist())
            yield f"{'M' if code == path.MOVETO else 'L'}{right} {down}"


def _scale(*, log: bool) -> Transform:
    from matplotlib.scale import LogTransform  # noqa: PLC0415 - a tenth of a second that only charts need
    from matplotlib.transforms import IdentityTransform  # noqa: PLC0415 - likewise

    return LogTransform(10) if log else IdentityTransform()


def _path(line: Line) -> Path:
    from matplotlib.cbook import pts_to_midstep  # noqa: PLC0415 - a tenth of a second that only charts need
    from matplotlib.path import Path  # noqa: PLC0415 - likewise

    x, y = pts_to_midstep(line.x, line.y) if line.shape is Shape.STEPS else (line.x, line.y)
    return Path(np.column_stack((x, y)))


def _tenths(value: float) -> str:
    # First to millionths: what is half a tenth but for the last bit is rounded like half a tenth.
    return f"{round(value, 6):.1f}".removesuffix(".0")


_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_LONELY = re.compile(r"(M[^ML]+)(?=M|$)")


def closed(path: str) -> str:
    """The area between a path and the bottom of the box, piece by piece."""
    pieces = [piece for piece in path.split("M") if "L" in piece]
    return "".join(f"M{piece}{_way_back(piece)}" for piece in pieces)


def _way_back(piece: str) -> str:
    numbers = _NUMBER.findall(piece)
    return f"L{numbers[-2]} {HEIGHT}L{numbers[0]} {HEIGHT}Z"
