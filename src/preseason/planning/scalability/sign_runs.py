"""Whether signs change as often as they would in random order."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def runs_p(above: NDArray[np.bool_]) -> float:
    """The chance of so few runs of one sign, or fewer, in random order (Wald and Wolfowitz, 1940; exact)."""
    many, few = int(above.sum()), int((~above).sum())
    if not many or not few:
        return 1.0
    runs = 1 + int((above[1:] != above[:-1]).sum())
    ways = sum(_ways(many, few, count) for count in range(2, runs + 1))
    return ways / math.comb(many + few, many)


def _ways(many: int, few: int, runs: int) -> int:
    half, odd = divmod(runs, 2)
    if not odd:
        return 2 * math.comb(many - 1, half - 1) * math.comb(few - 1, half - 1)
    return math.comb(many - 1, half) * math.comb(few - 1, half - 1) + math.comb(
        many - 1, half - 1
    ) * math.comb(few - 1, half)
