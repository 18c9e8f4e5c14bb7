"""Products of series that are the same on every processor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def inner_product(one: NDArray[Any], other: NDArray[Any]) -> float:
    """The sum of the products of their entries.

    ``np.dot`` adds them in an order that BLAS chooses for the processor, and the last digits with it.
    """
    return float(np.add.reduce(one * other))
