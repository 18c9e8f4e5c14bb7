"""How many of a run's users play each user class."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def staffing(shares: Mapping[str, float]) -> dict[str, float]:
    """The share of users by class, from the share of journeys each makes; both sum to 1.

    A class that is busy with ``a`` journeys on average needs ``a + b sqrt(a)`` users, so that its arrivals
    seldom find none free (square-root staffing: Halfin and Whitt, Operations Research 29, 1981). Half of
    the users are dealt out as the first term asks, half as the second: rare classes get more than their
    share.
    """
    roots = {name: math.sqrt(share) for name, share in shares.items()}
    total = sum(roots.values())
    return {name: (share + roots[name] / total) / 2 for name, share in shares.items()}
