"""Response times whose truth is known, for measuring how often a verdict is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Normal = NDArray[np.float64]


def autoregressive(phi: float, length: int, generator: np.random.Generator) -> Normal:
    """A stationary AR(1) series of standard normal values: each is ``phi`` times the last, and noise.

    Neighbours correlate by ``phi``; (1 + phi) / (1 - phi) values tell as much about a mean as one
    independent value does.
    """
    from scipy.signal import lfilter  # noqa: PLC0415 - a second to import, for simulations alone

    shocks = generator.standard_normal(length)
    shocks[1:] *= np.sqrt(1 - phi**2)
    series: Normal = lfilter([1.0], [1.0, -phi], shocks)
    return series


def lognormal_ms(normal: Normal, p95_ms: float, sigma: float) -> Normal:
    """Standard normal values as lognormal response times in milliseconds with this true p95."""
    times_ms: Normal = p95_ms * np.exp(sigma * (normal - ndtri(0.95)))
    return times_ms
