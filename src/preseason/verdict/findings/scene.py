"""A stretch of time that asks for an explanation, and what samples say of it beside the rest of the run."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from preseason.run.samples import Deltas, Series
    from preseason.verdict.evidence import Evidence
    from preseason.verdict.findings.snapshots import Snapshots
    from preseason.verdict.model import Finding
    from preseason.verdict.statistics.steady import Span

#: Looks are a second apart: one shortly before and after the stretch still tells about it.
_NEAR_S = 0.5
#: What shortly follows or precedes the stretch is counted neither to it nor to the rest.
_MARGIN_S = 2.0
#: A stretch that is more than this share of the judged time has no rest to be compared with.
_WHOLE = 0.75


@dataclass(frozen=True, slots=True)
class Cause:
    """A finding of something that was seen in a scene.

    ``strength`` (0-1) is how much more it held then than in the rest of the run; ``directness`` breaks ties,
    the lower the nearer to the requests.
    """

    strength: float
    directness: int
    finding: Finding


@dataclass(frozen=True, slots=True)
class Pace:
    """A counter in a scene and in the rest of the run: growth a second, and how much it grew in the scene."""

    inside: float
    outside: float
    grown: float

    @property
    def gain(self) -> float:
        """The share of its pace in the scene that is beyond the usual one."""
        return max(0.0, 1 - self.outside / self.inside) if self.inside > 0 else 0.0


@dataclass(frozen=True)
class Scene:
    """``[start_s, end_s]`` of a run, UTC epoch seconds; ``endpoints`` suffered then.

    ``snapshots`` are of the whole load.
    """

    evidence: Evidence
    snapshots: Snapshots
    start_s: float
    end_s: float
    endpoints: tuple[str, ...]

    @property
    def length_s(self) -> float:
        return self.end_s - self.start_s

    @cached_property
    def is_whole(self) -> bool:
        """Whether it is (nearly) all that is judged, so that there is nothing to compare it with."""
        return self.length_s > _WHOLE * self.evidence.judged.length_s

    def touches(self, at_s: float, until_s: float) -> bool:
        return at_s <= self.end_s + _NEAR_S and until_s >= self.start_s - _NEAR_S

    def inside(self, series: Series) -> Series:
        return series.between(self.start_s - _NEAR_S, self.end_s + _NEAR_S)

    def outside(self, series: Series) -> NDArray[np.float64]:
        """Values of the rest of the judged time; none where the scene is all of it."""
        if self.is_whole:
            return np.array([])
        judged = self._judged(series)
        near = (judged.time_s >= self.start_s - _MARGIN_S) & (judged.time_s <= self.end_s + _MARGIN_S)
        return judged.value[~near]

    def excess(self, series: Series, threshold: float) -> float:
        """The share of the scene at or above ``threshold``, less the share of the rest; 0 without samples."""
        inside, outside = self.inside(series).value, self.outside(series)
        if not len(inside):
            return 0.0
        usual = float((outside >= threshold).mean()) if len(outside) else 0.0
        return float((inside >= threshold).mean()) - usual

    def pace(self, series: Series, *, whole: bool = False) -> Pace:
        """How a counter grew; of intervals that only touch the scene, the part that overlaps.

        Or the ``whole`` of them, for events so rare that a part of one would be lost.
        """
        deltas = series.deltas()
        start_s, end_s = self.start_s - _NEAR_S, self.end_s + _NEAR_S
        if whole:
            start_s, end_s = deltas.around(start_s, end_s)
        inside, inside_s = _grown(deltas, start_s, end_s)
        span = self.evidence.judged
        judged, judged_s = _grown(deltas, span.start_s, span.end_s)
        rest_s = 0.0 if self.is_whole else judged_s - inside_s
        return Pace(
            inside=inside / inside_s if inside_s else 0.0,
            outside=max(0.0, judged - inside) / rest_s if rest_s > 0 else 0.0,
            grown=inside,
        )

    def _judged(self, series: Series) -> Series:
        span: Span = self.evidence.judged
        return series.between(span.start_s, span.end_s)


def _grown(deltas: Deltas, start_s: float, end_s: float) -> tuple[float, float]:
    """The valid growth within two moments, and of how many seconds it is known."""
    overlap_s = np.minimum(deltas.end_s, end_s) - np.maximum(deltas.start_s, start_s)
    chosen = deltas.valid & (overlap_s > 0)
    share = overlap_s[chosen] / (deltas.end_s - deltas.start_s)[chosen]
    return float((deltas.growth[chosen] * share).sum()), float(overlap_s[chosen].sum())
