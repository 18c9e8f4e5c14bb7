"""The two ways users come by work: arrivals that wait for nobody (open), users that wait (closed).

Both answer the same three calls. A user's greenlet calls ``begin`` before each task, which blocks until the
task may start, and ``end`` after it; the driver calls ``run`` once, with the moment the load begins.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

import gevent
from gevent.event import Event
from gevent.queue import SimpleQueue
from locust.exception import StopUser
from locust.user.task import LOCUST_STATE_RUNNING, LOCUST_STATE_STOPPING, LOCUST_STATE_WAITING

from preseason.traffic.arrivals import Rate, schedule
from preseason.traffic.book import Arrival, ArrivalBook

if TYPE_CHECKING:
    from collections.abc import Iterable

    from locust import User

    from preseason.traffic.messages import Start
    from preseason.traffic.plan import Plan
    from preseason.traffic.scenarios import Cast

_POLL_S = 0.05


class Workload(Protocol):
    """Hands tasks to users. ``waiting`` counts users that are ready for work but have none."""

    book: ArrivalBook
    waiting: int
    in_flight: int

    def begin(self, user: User) -> Arrival: ...

    def end(self, arrival: Arrival) -> None: ...

    def run(self, start_s: float, start: Start) -> None:
        """Make the load that begins at ``start_s`` (monotonic); returns when all of it is over."""

    def end_early(self) -> None:
        """Let nothing more arrive; ``run`` returns when what is under way has come to its end."""

    def stop(self) -> None:
        """Begin nothing more."""


class OpenWorkload:
    """Journeys begin when the schedule says so; idle users take them, the longest idle first.

    An arrival that finds no user free waits for one, at the cost of its response time, and is dropped
    when it has waited ``drop_after_s``.
    """

    def __init__(self, plan: Plan, cast: Cast) -> None:
        self.book = ArrivalBook(plan.late_ms)
        self.waiting = 0
        self.in_flight = 0
        self._plan = plan
        self._cast = cast
        self._queues: dict[str, SimpleQueue] = {name: SimpleQueue() for name in cast}
        self._idle: dict[str, int] = dict.fromkeys(cast, 0)
        self._stopped = False
        self._ends_early = False

    def begin(self, user: User) -> Arrival:
        name = type(user).__name__
        self._set_idle(name, +1)
        user._state = LOCUST_STATE_WAITING  # noqa: SLF001 - lets Locust stop an idle user at once
        try:
            arrival = self._take(name)
        finally:
            self._set_idle(name, -1)
        if user._state == LOCUST_STATE_STOPPING:  # noqa: SLF001
            raise StopUser
        user._state = LOCUST_STATE_RUNNING  # noqa: SLF001
        return arrival

    def end(self, arrival: Arrival) -> None:
        self.in_flight -= 1
        self.book.finished(arrival, int(time.time()), (time.monotonic() - arrival.due_s) * 1000)

    def run(self, start_s: float, start: Start) -> None:
        for arrival, name in self._due(start_s, start):
            gevent.sleep(max(0.0, arrival.due_s - time.monotonic()))
            if self._stopped:
                return
            if self._ends_early:
                break
            self._offer(arrival, name)
        self._sleep_until(start_s + self._plan.duration_s)
        self._drain(time.monotonic() + self._plan.drain_timeout_s)

    def end_early(self) -> None:
        self._ends_early = True

    def stop(self) -> None:
        self._stopped = True

    def _due(self, start_s: float, start: Start) -> Iterable[tuple[Arrival, str]]:
        plan, names = self._plan, list(self._cast)
        shares = [part.share for part in self._cast.values()]
        rate = Rate.of(plan.stages)
        arrivals = schedule(rate, poisson=plan.poisson, weights=shares, seed=plan.seed, share=start.share)
        for chunk in (arrived.since(start.skip_s) for arrived in arrivals):
            for elapsed_s, who in zip(chunk.time_s.tolist(), chunk.who.tolist(), strict=True):
                scenario = self._cast[names[who]].scenario
                yield Arrival(scenario, start_s + elapsed_s, start.utc_s + int(elapsed_s)), names[who]

    def _offer(self, arrival: Arrival, name: str) -> None:
        queue = self._queues[name]
        arrival.starved = self._idle[name] <= queue.qsize()
        self.book.planned(arrival)
        self.in_flight += 1
        queue.put(arrival)

    def _take(self, name: str) -> Arrival:
        while True:
            arrival: Arrival = self._queues[name].get()
            waited_s = time.monotonic() - arrival.due_s
            if waited_s > self._plan.drop_after_s:
                self._drop(arrival)
                continue
            arrival.lag_ms = max(0.0, waited_s * 1000)
            self.book.started(arrival)
            return arrival

    def _drop(self, arrival: Arrival) -> None:
        self.in_flight -= 1
        self.book.dropped(arrival)

    def _set_idle(self, name: str, change: int) -> None:
        self._idle[name] += change
        self.waiting += change

    def _sleep_until(self, moment_s: float) -> None:
        while not (self._stopped or self._ends_early) and (left_s := moment_s - time.monotonic()) > 0:
            gevent.sleep(min(left_s, _POLL_S))

    def _drain(self, deadline_s: float) -> None:
        """Let journeys end; what is still queued at the deadline was never begun."""
        while not self._stopped and self.in_flight > 0 and time.monotonic() < deadline_s:
            gevent.sleep(_POLL_S)
        for queue in self._queues.values():
            while not queue.empty():
                self._drop(queue.get())


class ClosedWorkload:
    """Users who think between tasks; each begins its next one when it likes, once the load has begun."""

    def __init__(self, plan: Plan, cast: Cast) -> None:
        self.book = ArrivalBook(plan.late_ms)
        self.waiting = 0
        self.in_flight = 0
        self._plan = plan
        self._cast = cast
        self._begun = Event()
        self._stopped = False

    def begin(self, user: User) -> Arrival:
        if not self._begun.is_set() or self._stopped:
            self._wait_for_the_load(user)
        self.in_flight += 1
        scenario = self._cast[type(user).__name__].scenario
        arrival = Arrival(scenario, time.monotonic(), int(time.time()))
        self.book.planned(arrival)
        self.book.started(arrival)
        return arrival

    def end(self, arrival: Arrival) -> None:
        self.in_flight -= 1
        self.book.finished(arrival, int(time.time()), (time.monotonic() - arrival.due_s) * 1000)

    def run(self, start_s: float, start: Start) -> None:
        gevent.sleep(max(0.0, start_s + start.skip_s - time.monotonic()))
        self._begun.set()
        end_s = start_s + self._plan.duration_s
        while not self._stopped and time.monotonic() < end_s:
            gevent.sleep(_POLL_S)
        self.stop()
        deadline_s = time.monotonic() + self._plan.drain_timeout_s
        while self.in_flight > 0 and time.monotonic() < deadline_s:
            gevent.sleep(_POLL_S)

    def end_early(self) -> None:
        """Its users begin nothing more, and ``run`` waits for those at work in any case."""
        self.stop()

    def stop(self) -> None:
        self._stopped = True
        self._begun.clear()

    def _wait_for_the_load(self, user: User) -> None:
        self.waiting += 1
        user._state = LOCUST_STATE_WAITING  # noqa: SLF001 - lets Locust stop an idle user at once
        try:
            self._begun.wait()
        finally:
            self.waiting -= 1
        if user._state == LOCUST_STATE_STOPPING:  # noqa: SLF001
            raise StopUser
        user._state = LOCUST_STATE_RUNNING  # noqa: SLF001
