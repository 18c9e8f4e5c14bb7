"""What a load test yields for planning: throughput at a concurrency, once per settled step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Points:
    """Measurements in the order of their concurrency; arrays of one length.

    ``concurrency`` is the mean number in the system, or of users who never think; ``throughput`` counts what
    succeeded, in any unit; ``sd`` is its standard deviation in the same unit, None where it is not known. A
    concurrency may occur more than once.
    """

    concurrency: Values
    throughput: Values
    sd: Values | None = None

    @classmethod
    def of(cls, concurrency: Iterable[float], throughput: Iterable[float], sd: Iterable[float] = ()) -> Self:
        """From measurements in any order."""
        n, x, spread = (np.array(list(values), dtype=np.float64) for values in (concurrency, throughput, sd))
        order = np.argsort(n, kind="stable")
        return cls(n[order], x[order], spread[order] if len(spread) else None)

    def __len__(self) -> int:
        return len(self.concurrency)

    @property
    def levels(self) -> Values:
        """The concurrencies that were measured, each once."""
        return np.unique(self.concurrency)

    @property
    def highest(self) -> float:
        """The largest concurrency that was measured."""
        return float(self.concurrency[-1])

    @property
    def weights(self) -> Values:
        """What a residual counts: inverse to its standard deviation, 1 on average (all 1 without any)."""
        if self.sd is None:
            return np.ones(len(self))
        inverse = 1 / self.sd
        return np.asarray(inverse / inverse.mean(), dtype=np.float64)

    def where(self, chosen: NDArray[np.bool_]) -> Points:
        sd = None if self.sd is None else self.sd[chosen]
        return Points(self.concurrency[chosen], self.throughput[chosen], sd)

    def with_throughput(self, throughput: Values) -> Points:
        return Points(self.concurrency, throughput, self.sd)

    def mean_by_level(self, values: Values) -> Values:
        """The mean of one value a measurement, at each of ``levels``."""
        _, level = np.unique(self.concurrency, return_inverse=True)
        return np.asarray(np.bincount(level, values) / np.bincount(level), dtype=np.float64)
