"""A simulated platform held against the M/M/c queue wherever load and instances stood still long enough."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from preseason.planning.triggers.queues import Queue, erlang_c
from preseason.slo.model import Spacing
from preseason.verdict.statistics.intervals import mean_bounds, ratio_bounds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preseason.planning.triggers.autoscaling import Simulated
    from preseason.run.manifest import Stage
    from preseason.verdict.statistics.intervals import Bounds

#: Of each end of an interval: there are several, and any one that misses the truth looks like an error.
_CONFIDENCE = 0.995
_SETTLING_TIMES = 10.0
_SHORTEST_S = 60
_FEWEST_WAITING = 50
#: Of those who wait, at most so many may leave.
_FEW_LEAVE = 0.0002


@dataclass(frozen=True, slots=True)
class Agreement:
    """A figure of a stretch: as simulated, within its bounds, and by theory."""

    figure: str
    simulated: Bounds
    theory: float

    @property
    def agrees(self) -> bool:
        return self.simulated.low <= self.theory <= self.simulated.high


@dataclass(frozen=True, slots=True)
class Stretch:
    """Seconds of the load in which nothing changed, once the line had settled. ``load`` is rate x service
    over servers, ``queue`` the one that theory speaks of.
    """

    start_s: int
    end_s: int
    instances: int
    rate: float
    queue: Queue
    figures: tuple[Agreement, ...]

    @property
    def load(self) -> float:
        return self.queue.utilisation(self.rate)


def against_theory(found: Simulated) -> tuple[Stretch, ...]:
    """What can be compared; nothing where arrivals are even, or people give up before they are served."""
    if found.of.load.spacing is not Spacing.POISSON:
        return ()
    return tuple(
        stretch
        for stage in found.of.load.stages
        if stage.begin == stage.end > 0
        for start_s, end_s in _unchanged(found, stage)
        for stretch in _compared(found, start_s, end_s, stage.begin)
    )


def _unchanged(found: Simulated, stage: Stage) -> Iterator[tuple[int, int]]:
    """Stretches of a stage without a change of instances."""
    edges = {round(one.at_s) for one in found.changes if stage.start_s < one.at_s < stage.end_s}
    yield from pairwise(sorted({*edges, int(np.ceil(stage.start_s)), int(stage.end_s)}))


def _compared(found: Simulated, start_s: int, end_s: int, rate: float) -> Iterator[Stretch]:
    instances = int(found.instances[start_s])
    queue = Queue(instances * found.of.servers, found.of.service_s)
    if queue.utilisation(rate) >= 1 or _people_leave(found, queue, rate):
        return
    settled_s = start_s + int(np.ceil(_SETTLING_TIMES * _relaxation_s(queue, rate)))
    length_s = end_s - settled_s
    if length_s < _SHORTEST_S or rate * length_s * queue.waits_longer(rate, 0.0) < _FEWEST_WAITING:
        return
    yield Stretch(
        settled_s, end_s, instances, rate, queue, tuple(_figures(found, settled_s, end_s, queue, rate))
    )


def _people_leave(found: Simulated, queue: Queue, rate: float) -> bool:
    patience = found.of.gives_up_s
    return patience is not None and queue.waits_longer(rate, patience) > _FEW_LEAVE


def _relaxation_s(queue: Queue, rate: float) -> float:
    """How long an M/M/c queue remembers, about (Morse, Queues, Inventories and Maintenance, 1958)."""
    gap = 1 - np.sqrt(queue.utilisation(rate))
    return float(queue.service_s * (1 + 1 / (queue.servers * gap**2)))


def _figures(found: Simulated, start_s: int, end_s: int, queue: Queue, rate: float) -> Iterator[Agreement]:
    inside = (found.arrived_s >= start_s) & (found.arrived_s < end_s)
    second = found.arrived_s[inside].astype(np.int64) - start_s
    waited = found.waited_s[inside]

    def by_second(
        values: np.ndarray[tuple[int], np.dtype[np.float64]],
    ) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return np.bincount(second, weights=values, minlength=end_s - start_s).astype(np.float64)

    total = by_second(np.ones(len(second)))
    for name, longer_s, theory in (
        ("share that waits", 0.0, erlang_c(queue.servers, rate * queue.service_s)),
        (
            "share that waits longer than a service",
            queue.service_s,
            queue.waits_longer(rate, queue.service_s),
        ),
    ):
        late = by_second((waited > longer_s).astype(np.float64))
        yield Agreement(name, ratio_bounds(late, total, _CONFIDENCE), theory)
    bounds = mean_bounds(by_second(waited / queue.service_s), total, _CONFIDENCE)
    if bounds is not None:
        yield Agreement("mean wait, in services", bounds, queue.mean_wait_s(rate) / queue.service_s)
