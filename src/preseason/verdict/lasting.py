"""Whether a sampled value stayed bad as long as it must: every sample of a window, and enough of them.

The window that ends with a moment reaches back for the whole time, both ends included. It tells something if
at least nine tenths of the samples it should hold are there, no hole in it is longer than two intervals, and
they are four or more; one good sample in it is enough to know that it was not bad throughout.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from preseason.verdict.coverage import LEAST_COVERED
from preseason.verdict.samples import holds, series_about

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from preseason.run.samples import Series
    from preseason.slo.alerts.model import AlertRule
    from preseason.verdict.evidence import Evidence
    from preseason.verdict.statistics.steady import Span

    Flags = NDArray[np.bool_]

#: A sampler that is late by a quarter of its interval has not missed a turn.
_LONGEST_HOLE = 2.25
_FEWEST_SAMPLES = 4
#: Between samples: of one sample in a load without a whole second, there is no other pace.
_SHORTEST_S = 0.001


@dataclass(frozen=True, slots=True)
class Windows:
    """For the end of each second: whether the window before it was ``bad`` throughout, and whether that is
    ``known``. ``interval_s`` is the usual time between samples, of the series with the longest.
    """

    bad: Flags
    known: Flags
    interval_s: float

    @property
    def shortest_s(self) -> float:
        """The shortest time that can be told to have lasted."""
        return (_FEWEST_SAMPLES - 1) * self.interval_s


def lasting_windows(rule: AlertRule, evidence: Evidence) -> Windows:
    """Windows of ``rule.lasting_s`` of a gauge, sample by sample. Of several series, one that is bad is
    enough, and all must be known; there is at least one.
    """
    found = [
        _windows(rule, series, evidence.judged)
        for series in series_about(rule.indicator, evidence).values()
        if len(series)
    ]
    bad = np.logical_or.reduce([one.bad for one in found])
    known = np.logical_and.reduce([one.known for one in found])
    return Windows(bad, known | bad, max(one.interval_s for one in found))


def _windows(rule: AlertRule, series: Series, span: Span) -> Windows:
    moments, bad = series.time_s, holds(rule.comparison, series.value, rule.limit)
    usual_s = float(np.median(np.diff(moments))) if len(moments) > 1 else float(span.length_s)
    usual_s = max(usual_s, _SHORTEST_S)
    ends = np.arange(span.start_s + 1, span.end_s + 1, dtype=np.float64)
    begins = ends - rule.lasting_s
    first, last = np.searchsorted(moments, begins, "left"), np.searchsorted(moments, ends, "right")
    held, bad_ones = last - first, _counted(bad, first, last)
    whole = begins >= span.start_s
    enough = held >= np.maximum(_FEWEST_SAMPLES, LEAST_COVERED * rule.lasting_s / usual_s)
    covered = enough & ~_holed(moments, (first, last), (begins, ends), _LONGEST_HOLE * usual_s)
    all_bad = whole & covered & (bad_ones == held)
    return Windows(all_bad, whole & (covered | (bad_ones < held)), usual_s)


def _counted(flags: Flags, first: NDArray[np.intp], last: NDArray[np.intp]) -> NDArray[np.int64]:
    """How many of ``flags[first:last]`` are set, for each pair."""
    before = np.concatenate(([0], np.cumsum(flags, dtype=np.int64)))
    return np.asarray(before[np.maximum(first, last)] - before[first], dtype=np.int64)


def _holed(
    moments: NDArray[np.float64],
    inside: tuple[NDArray[np.intp], NDArray[np.intp]],
    window: tuple[NDArray[np.float64], NDArray[np.float64]],
    longest_s: float,
) -> Flags:
    """Whether a window has a hole longer than ``longest_s``: between its samples, or at one of its ends."""
    first, last = inside
    begins, ends = window
    long_before = np.concatenate((np.diff(moments) > longest_s, [False]))  # the hole after each sample
    within = _counted(long_before, first, np.maximum(last - 1, first)) > 0
    padded = np.concatenate((moments, [np.inf]))
    at_begin = padded[first] - begins > longest_s
    at_end = ends - padded[np.maximum(last, 1) - 1] > longest_s
    return np.asarray(within | at_begin | at_end, dtype=np.bool_)
