"""A platform that queues by the book, simulated: what searches and triggers are measured on."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from preseason.planning.triggers.queues import Queue

    Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Observed:
    """A simulated step, by second of arrival: how many came, and how many of them were answered in time."""

    good: Values
    total: Values


def observe(
    queue: Queue, rate: float, *, limit_s: float, warmup_s: int, measure_s: int, random: np.random.Generator
) -> Observed:
    """Poisson arrivals at ``rate`` for a warm-up that is not counted, then for ``measure_s`` seconds."""
    length_s = warmup_s + measure_s
    count = random.poisson(rate * length_s)
    arrivals = np.sort(random.uniform(0, length_s, count))
    ends = fifo_ends(arrivals, random.exponential(queue.service_s, count), queue.servers)
    second = arrivals.astype(np.int64) - warmup_s
    counted = second >= 0
    good = counted & (ends - arrivals <= limit_s)
    return Observed(
        good=np.bincount(second[good], minlength=measure_s).astype(np.float64),
        total=np.bincount(second[counted], minlength=measure_s).astype(np.float64),
    )


def fifo_ends(arrivals: Values, lengths: Values, servers: int) -> Values:
    """When each arrival leaves, if the first server that is free takes the first in line."""
    free = [0.0] * servers
    ends = np.empty(len(arrivals))
    for index, (at, length) in enumerate(zip(arrivals.tolist(), lengths.tolist(), strict=True)):
        end = max(at, free[0]) + length
        heapq.heapreplace(free, end)
        ends[index] = end
    return ends
