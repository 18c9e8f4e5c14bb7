"""The universal scalability law, and what follows from it.

    X(N) = lambda N / (1 + sigma (N - 1) + kappa N (N - 1))

``lambda`` is the throughput of one, ``sigma`` the share of work that queues for something shared
(contention), ``kappa`` what each pair costs to agree (coherency). Source: Gunther, Guerrilla Capacity
Planning, 2007. With ``kappa`` 0 it is Amdahl's law, with both 0 a straight line.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Usl:
    """The three parameters; ``lambda_`` in the unit of throughput, ``sigma`` and ``kappa`` 0-1."""

    lambda_: float
    sigma: float
    kappa: float

    def throughput(self, concurrency: Values | float) -> Values:
        """X(N)."""
        n = np.asarray(concurrency, dtype=np.float64)
        return np.asarray(self.lambda_ * shape(n, self.sigma, self.kappa), dtype=np.float64)

    @property
    def n_peak(self) -> float:
        """The concurrency of the highest throughput; infinite where throughput never falls."""
        if self.kappa == 0:
            return math.inf
        return math.sqrt((1 - self.sigma) / self.kappa)

    @property
    def x_peak(self) -> float:
        """The highest throughput: at the peak, or in the limit where there is none."""
        return self.x_limit if math.isinf(self.n_peak) else float(self.throughput(self.n_peak))

    @property
    def x_limit(self) -> float:
        """What contention alone would leave (Amdahl's limit, lambda / sigma)."""
        return self.lambda_ / self.sigma if self.sigma > 0 else math.inf


def shape(n: Values, sigma: Values | float, kappa: Values | float) -> Values:
    """Throughput as a multiple of ``lambda``; the arguments broadcast."""
    return np.asarray(n / (1 + sigma * (n - 1) + kappa * n * (n - 1)), dtype=np.float64)


def slopes_of(n: Values, lambda_: Values | float, sigma: Values | float, kappa: Values | float) -> Values:
    """How throughput changes with ``lambda``, ``sigma`` and ``kappa``, on a last axis of three."""
    multiple = shape(n, sigma, kappa)
    bent = -lambda_ * multiple**2 / n * (n - 1)
    return np.stack([multiple, bent, bent * n], axis=-1)
