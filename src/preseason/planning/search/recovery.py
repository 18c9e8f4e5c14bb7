"""How long a target takes to answer well again after an overload."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from preseason.run.reading import Run

#: Seconds whose responses must be good together, and the share of them that must be.
_WINDOW_S = 5
_GOOD = 0.95
#: With fewer requests a window says nothing.
_FEWEST = 5


def recovered_after_s(run: Run, overload_ended_s: float, limit_ms: float | None) -> float | None:
    """The time from the end of an overload to the first good seconds of ``run``, made after it.

    It recovered by then at the latest: nobody asked in between. None where responses never became good.
    Good are successes within ``limit_ms``, or all where no latency is limited.
    """
    seconds = run.requests.second[run.requests.rows]
    if not len(seconds):
        return None
    start_s, end_s = int(seconds.min()), int(seconds.max()) + 1
    total = run.requests.per_second(start_s, end_s)
    successes = run.requests.successes()
    good = successes.per_second(start_s, end_s)
    if limit_ms is not None:
        good, _ = successes.within_per_second(limit_ms, start_s, end_s)
    if len(total) < _WINDOW_S:
        return None
    window = np.ones(_WINDOW_S, dtype=np.int64)
    asked, answered = (np.convolve(counts, window, "valid") for counts in (total, good))
    well = (asked >= _FEWEST) & (answered >= _GOOD * asked)
    first = np.flatnonzero(well)
    return max(start_s + float(first[0]) - overload_ended_s, 0.0) if len(first) else None
