"""When bad requests came thicker than by chance: all windows of time, each against the endpoint's own normal.

The rule. Every window of 1, 2, 4 … seconds up to a quarter of the time is asked how probable at least as
many bad requests are, were it a normal one (binomial at ``Normal.highest``, the counts divided by the
design effect). It is a burst when that is rarer than ``chance`` shared among all windows (Bonferroni), when
more of its requests are bad than was promised, and more than twice the normal. Narrow windows are asked
first; what they explain is taken out before wider ones are asked.

Over a whole stationary series of independent requests at most ``chance`` is then the probability of any
burst at all; the same holds where the share of bad ones wanders slowly but moderately (simulated in its
tests). A share that swings by its own tenfold and back within the series is bursts to this rule, as it is
to its users.

An incident of a third of the time sways what seems normal, and is wider than any window. So a plateau is a
burst too: a stretch, of at most half the seconds that brought requests, in which most were bad, while the
rest kept to what was promised and had less than a tenth of that share. Noise as above makes one in fewer than
one of a hundred series.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import betainc

from preseason.verdict.findings.normal import normal_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Counts = NDArray[np.float64]
    Flags = NDArray[np.bool_]

#: Fewer bad requests are an accident, whatever their probability.
FEWEST_BAD = 5
_TIMES_NORMAL = 2.0
#: With requests in fewer seconds nothing is usual.
_FEWEST_SECONDS = 8
#: Seconds without enough requests to tell do not part a burst, unless they are more than so many.
_APART_S = 3
#: Of a plateau: into how many blocks time is cut, the share of bad requests in each, how many in all.
_PLATEAU_BLOCKS = 40
_PLATEAU_SHARE = 0.5
_PLATEAU_FEWEST = 10
_PLATEAU_TIMES = 10.0
_PLATEAU_LONGEST = 0.5


def bursts(bad: Counts, total: Counts, allowed: float, chance: float = 0.05) -> list[tuple[int, int]]:
    """Stretches ``[start, end)`` of seconds in which bad requests came thicker than by chance, in order.

    ``bad`` of ``total`` are counts by second; ``allowed`` is the share that may be bad.
    """
    if bad.sum() < FEWEST_BAD or np.count_nonzero(total) < _FEWEST_SECONDS:
        return []
    normal = normal_of(bad, total)
    if normal is None:
        return []
    tolerated = max(allowed, normal.highest, _TIMES_NORMAL * normal.share)
    windows = list(_windows(len(bad)))
    rare = chance / sum(len(starts) for _, starts in windows)
    left_bad, left_total = bad.copy(), total.copy()
    flagged = np.zeros(len(bad), dtype=np.bool_)
    for width, starts in windows:
        inside_bad, inside_total = (_summed(one, starts, width) for one in (left_bad, left_total))
        suspect = (inside_bad >= FEWEST_BAD) & (inside_bad > tolerated * inside_total)
        effective = inside_bad[suspect] / normal.design_effect
        others = (inside_total - inside_bad)[suspect] / normal.design_effect
        improbable = betainc(effective, others + 1, normal.highest) < rare
        _flag(flagged, starts[suspect][improbable], width, left_bad)
        left_bad[flagged], left_total[flagged] = 0.0, 0.0
    flagged |= _plateaus(bad, total, allowed)
    return _joined(flagged, bad > tolerated * total)


def _plateaus(bad: Counts, total: Counts, allowed: float) -> Flags:
    """The seconds from the first bad one to the last where most requests were bad, if the rest is well."""
    width = max(1, len(bad) // _PLATEAU_BLOCKS)
    blocks = len(bad) // width
    of_block = np.arange(len(bad)) // width
    heavy = np.bincount(of_block, bad) > _PLATEAU_SHARE * np.bincount(of_block, total)
    heavy |= np.bincount(of_block, total) == 0
    inside = np.zeros(len(bad), dtype=np.bool_)
    for part in np.split(np.arange(blocks), np.flatnonzero(np.diff(heavy[:blocks])) + 1):
        start, end = part[0] * width, (part[-1] + 1) * width
        seconds = start + np.flatnonzero(bad[start:end])
        if heavy[part[0]] and bad[seconds].sum() >= _PLATEAU_FEWEST:
            inside[seconds[0] : seconds[-1] + 1] = True
    here, rest = (_share(bad[chosen], total[chosen]) for chosen in (inside, ~inside))
    is_plateau = (
        inside[total > 0].mean() <= _PLATEAU_LONGEST and rest <= allowed and here >= _PLATEAU_TIMES * rest
    )
    return inside if is_plateau else np.zeros_like(inside)


def _share(bad: Counts, total: Counts) -> float:
    return float(bad.sum() / max(float(total.sum()), 1.0))


def _windows(seconds: int) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Widths, and where windows of each begin: they overlap by half."""
    for power in range((seconds // 4).bit_length()):
        width = 1 << power
        yield width, np.arange(0, seconds - width + 1, max(1, width // 2))


def _summed(counts: Counts, starts: NDArray[np.int64], width: int) -> Counts:
    running = np.concatenate(([0.0], np.cumsum(counts)))
    return running[starts + width] - running[starts]


def _flag(flagged: Flags, starts: NDArray[np.int64], width: int, bad: Counts) -> None:
    """Mark the seconds of these windows that hold something bad."""
    edges = np.bincount(starts, minlength=len(bad) + 1) - np.bincount(starts + width, minlength=len(bad) + 1)
    flagged |= (np.cumsum(edges)[:-1] > 0) & (bad > 0)


def _joined(flagged: Flags, worse: Flags) -> list[tuple[int, int]]:
    """The flagged seconds as stretches, with the bad seconds that touch them; close ones are one."""
    seconds = np.flatnonzero(flagged | worse)
    if not len(seconds):
        return []
    parts = np.split(seconds, np.flatnonzero(np.diff(seconds) > _APART_S) + 1)
    return [(int(part[0]), int(part[-1]) + 1) for part in parts if flagged[part].any()]
