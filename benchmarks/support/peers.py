"""What other load tools would say of the same response times: a percentile against a limit, no interval."""

from __future__ import annotations

import os

import numpy as np

# Locust replaces Python's sockets and locks when it is imported; here only its arithmetic is wanted.
os.environ.setdefault("LOCUST_SKIP_MONKEY_PATCH", "1")

from locust.stats import bucket_response_time, calculate_response_time_percentile


def k6_passes(times_ms: np.ndarray, quantile: float, limit_ms: float) -> bool:
    """The threshold ``p(95)<200``: the percentile interpolated between neighbours, as k6's trends do."""
    return bool(np.quantile(times_ms, quantile, method="linear") < limit_ms)


def locust_passes(times_ms: np.ndarray, quantile: float, limit_ms: float) -> bool:
    """Locust's own percentile, from times that it rounds to two significant figures."""
    whole_ms, counts = np.unique(np.round(times_ms).astype(int), return_counts=True)
    rounded: dict[int, int] = {}
    for time_ms, count in zip(whole_ms.tolist(), counts.tolist(), strict=True):
        bucket = bucket_response_time(time_ms)
        rounded[bucket] = rounded.get(bucket, 0) + count
    return calculate_response_time_percentile(rounded, len(times_ms), quantile) < limit_ms
