"""An autoscaled platform, simulated second by second: requests in one line before servers that come and go.

Within a second the servers are fixed, and the first in line takes the first that is free; whoever would begin
only after it waits for the next second, and for servers that may have come by then. At the end of each second
triggers are asked, in the sense in which ``verdict.alerts`` asks them of a run. With as many instances
throughout, this is the M/M/c queue of ``queues``, exactly.
"""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from preseason.planning.triggers.watching import Watched, Watcher
from preseason.slo.model import Spacing
from preseason.traffic.arrivals import Rate, schedule

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from preseason.slo.ahead.autoscaling import Autoscaling

    Values = NDArray[np.float64]


class Step(StrEnum):
    """What happened to instances."""

    ORDERED = "ordered"
    SERVES = "serves"
    TAKEN = "taken away"


@dataclass(frozen=True, slots=True)
class Change:
    """A change at ``at_s`` of the load, after which so many ``instances`` serve; ``rule`` asked for it.

    ``count`` came or went; ``rate`` is the load of that moment, requests a second.
    """

    at_s: float
    step: Step
    count: int
    instances: int
    rule: str
    rate: float


@dataclass(frozen=True, slots=True)
class Simulated:
    """What came of it. Requests have the shape ``(requests,)``, in order of arrival, seconds the shape
    ``(seconds,)``; ``waited_s`` is the time in line, ``took_s`` that and the service, infinite for whoever
    gave up. ``paid_s`` are instance-seconds, from the order on, or from its being taken until it was idle.
    """

    arrived_s: Values
    waited_s: Values
    took_s: Values
    cpu: Values
    instances: Values
    changes: tuple[Change, ...]
    paid_s: float
    of: Autoscaling

    @property
    def length_s(self) -> int:
        return len(self.cpu)

    @property
    def beyond(self) -> NDArray[np.bool_]:
        """Requests that took longer than the limit, or gave up."""
        return np.asarray(self.took_s > self.of.limit_s, dtype=np.bool_)

    @property
    def gave_up(self) -> int:
        return int(np.isinf(self.took_s).sum())


def simulate(of: Autoscaling) -> Simulated:
    """Runs it; the same file and seed give the same. Everybody who came before the load ended is served."""
    rate = Rate.of(of.load.stages)
    poisson = of.load.spacing is Spacing.POISSON
    chunks = [one.time_s for one in schedule(rate, poisson=poisson, weights=(1.0,), seed=of.load.seed)]
    arrived = np.concatenate(chunks) if chunks else np.array([])
    lengths = np.random.default_rng([of.load.seed, 1]).exponential(of.service_s, len(arrived))
    return _Platform(of, rate, arrived, lengths).run()


@dataclass(slots=True)
class _Platform:
    of: Autoscaling
    rate: Rate
    arrived: Values
    lengths: Values
    free: list[float] = field(init=False)
    line: deque[int] = field(default_factory=deque)
    coming: list[tuple[float, int, str]] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    instances: int = field(init=False)
    changed_s: float = field(default=-np.inf)
    paid_s: float = field(default=0.0)
    watched: Watched = field(init=False)
    waited: Values = field(init=False)

    def __post_init__(self) -> None:
        self.instances = self.of.first
        self.free = [0.0] * (self.of.first * self.of.servers)
        self.watched = Watched()
        self.waited = np.full(len(self.arrived), np.inf)

    def run(self) -> Simulated:
        length_s = int(np.ceil(self.of.load.duration_s))
        up, down = ([Watcher(rule) for rule in rules] for rules in (self.of.up, self.of.down))
        due = np.searchsorted(self.arrived, np.arange(1, length_s + 1)).tolist()
        serving, come = [], 0
        for second in range(length_s):
            self._receive(second)
            self.line.extend(range(come, due[second]))
            come = due[second]
            serving.append(self.instances)
            self._serve(second)
            self.watched.close(second, len(self.free))
            firing = [watcher.rule.name for watcher in up if watcher.asked(self.watched)]
            idle = [watcher.rule.name for watcher in down if watcher.asked(self.watched)]
            self.paid_s += self.instances + sum(count for _, count, _ in self.coming)
            self._scale(second + 1.0, firing, idle)
        self._finish(length_s)
        return Simulated(
            arrived_s=self.arrived,
            waited_s=self.waited,
            took_s=self.waited + self.lengths,
            cpu=self.watched.cpu(length_s),
            instances=np.array(serving, dtype=np.float64),
            changes=tuple(self.changes),
            paid_s=self.paid_s,
            of=self.of,
        )

    def _receive(self, second: int) -> None:
        """Instances that were ordered long enough ago serve from the start of this second."""
        arrived = [one for one in self.coming if one[0] <= second]
        self.coming = [one for one in self.coming if one[0] > second]
        for _, count, rule in arrived:
            self.instances += count
            for _ in range(count * self.of.servers):
                heapq.heappush(self.free, float(second))
            self._note(second, Step.SERVES, count, rule)

    def _serve(self, second: int) -> None:
        """Who can begin within the second does, and whoever has waited too long by its turn leaves."""
        end, patience = second + 1.0, self.of.gives_up_s
        arrived, lengths, free, line = self.arrived, self.lengths, self.free, self.line
        while line:
            one = line[0]
            came = float(arrived[one])
            begin = max(came, free[0])
            if patience is not None and begin - came > patience:
                if came + patience >= end:
                    return
                line.popleft()
                self.watched.leaves(came + patience)
                continue
            if begin >= end:
                return
            line.popleft()
            finish = begin + float(lengths[one])
            heapq.heapreplace(free, finish)
            self.waited[one] = begin - came
            self.watched.serves(begin, finish, came)

    def _scale(self, now_s: float, firing: list[str], idle: list[str]) -> None:
        """Orders or takes away, unless the last change was too short ago. Both at once: orders."""
        if now_s - self.changed_s < self.of.rest_s:
            return
        ordered = self.instances + sum(count for _, count, _ in self.coming)
        more = min(self.of.add, self.of.most - ordered)
        fewer = min(self.of.remove, self.instances - self.of.least)
        if firing and more > 0:
            self.changed_s = now_s
            self.coming.append((now_s + self.of.arrive_after_s, more, firing[0]))
            self._note(now_s, Step.ORDERED, more, firing[0])
        elif idle and not firing and not self.coming and fewer > 0:
            self.changed_s = now_s
            self._take(now_s, fewer)
            self._note(now_s, Step.TAKEN, fewer, idle[0])

    def _take(self, now_s: float, count: int) -> None:
        """Takes the servers that are idle soonest; each still ends the request it works on, and is paid."""
        self.instances -= count
        for _ in range(count):
            leaves = [heapq.heappop(self.free) for _ in range(self.of.servers)]
            self.paid_s += max(0.0, leaves[-1] - now_s)

    def _finish(self, length_s: int) -> None:
        """After the load, whoever is in line is served by what there is then."""
        second = length_s
        while self.line:
            self._receive(second)
            self._serve(second)
            second += 1

    def _note(self, at_s: float, step: Step, count: int, rule: str) -> None:
        rate = self.rate.rate_at(at_s)
        self.changes.append(Change(float(at_s), step, count, self.instances, rule, rate))
