"""How an endpoint usually fares, estimated so that an incident cannot sway it.

Time is cut into equal blocks. How much their numbers of bad requests scatter is told by the *median*
difference between blocks, near and far (a robust variogram): neither a few bad blocks nor one step can move
it. The usual share is that of the quietest quarter, corrected for having been chosen for its quiet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr, ndtri, stdtrit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Counts = NDArray[np.float64]

#: As many blocks as leave room for an incident or two among them …
_FEWEST_BLOCKS = 20
#: … of which so many need to have brought requests at all …
_FEWEST_ASKED = 4
#: … and if possible with so many bad requests in each: fewer say little about their scatter.
_WANTED_A_BLOCK = 5.0
_MOST_DIFFERENCES = 4096
#: Of a normal variable: its standard deviation in medians of an absolute difference of two, and how many
#: deviations the mean of the lowest quarter lies below the whole mean.
_PER_MEDIAN_DIFFERENCE = 1.4826 / np.sqrt(2)
_BELOW_IN_LOWEST_QUARTER = 1.2711
#: The chance that a quiet block reaches ``highest`` all the same.
_RARE = 0.05


@dataclass(frozen=True, slots=True)
class Normal:
    """The usual share of bad requests, and how many of them come for each that would alone (1: as of a coin).

    ``highest`` is the share that slow natural ups and downs reach at times.
    """

    share: float
    design_effect: float
    highest: float


def normal_of(bad: Counts, total: Counts) -> Normal | None:
    """From counts by second, of which at least one is bad; None of what was asked for too short a time.

    Blocks in which nobody asked say nothing.
    """
    width = _block_width(bad)
    blocks = len(bad) // width
    counts, requests = (one[: blocks * width].reshape(blocks, width).sum(axis=1) for one in (bad, total))
    counts, requests = counts[requests > 0], requests[requests > 0]
    if len(counts) < _FEWEST_ASKED:
        return None
    usual_requests, deviation = max(1.0, float(requests.mean())), _deviation(counts)
    quiet = float(np.sort(counts)[: max(1, len(counts) // 4)].mean())
    usual = quiet + _BELOW_IN_LOWEST_QUARTER * deviation if deviation else float(np.median(counts))
    least = 1 / max(float(total.sum()), 2.0)
    share = min(max(usual / usual_requests, least), 1 - least)
    design_effect = max(1.0, deviation**2 / (usual_requests * share * (1 - share)))
    return Normal(share, design_effect, _highest(counts, requests, share))


def _highest(counts: Counts, requests: Counts, share: float) -> float:
    """The share that the scatter of the blocks suggests for the worst of them, if it wanders as a probit."""
    probits = ndtri((counts + 0.5) / (requests + 1))
    density = np.exp(-0.5 * ndtri(share) ** 2) / np.sqrt(2 * np.pi)
    by_chance = share * (1 - share) / (max(float(requests.mean()), 1.0) * density**2)
    wander = np.sqrt(max(0.0, _deviation(probits) ** 2 - by_chance))
    rare = stdtrit(max(2, len(counts) // 2), 1 - _RARE / len(counts))
    return float(ndtr(ndtri(share) + rare * wander))


def _block_width(bad: Counts) -> int:
    wanted = int(np.ceil(_WANTED_A_BLOCK * len(bad) / bad.sum()))
    return max(1, min(wanted, len(bad) // _FEWEST_BLOCKS))


def _deviation(values: Counts) -> float:
    lags = [1 << power for power in range(max(1, (len(values) // 4).bit_length()))]
    return float(_PER_MEDIAN_DIFFERENCE * max(_median_difference(values, lag) for lag in lags))


def _median_difference(values: Counts, lag: int) -> float:
    differences = np.abs(values[lag:] - values[:-lag])
    step = max(1, len(differences) // _MOST_DIFFERENCES)
    return float(np.median(differences[::step]))
