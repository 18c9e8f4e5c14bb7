"""Makes any Locust user take its tasks from a workload: one arrival is one task run.

Locust offers no hook between choosing a task and running it, and ``User.run`` is final, so the one method
of ``TaskSet`` in between is replaced, in the traffic process only. Task sets that hold task sets are walked
as ever; only what they finally run waits for an arrival.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import gevent
from gevent import getcurrent
from locust import TaskSet
from locust.exception import StopUser
from locust.user.task import LOCUST_STATE_STOPPING

if TYPE_CHECKING:
    from preseason.traffic.book import Arrival
    from preseason.traffic.workload import Workload

#: The greenlet attribute under which the recorder finds the arrival that a request belongs to.
ARRIVAL = "preseason_arrival"
#: The greenlet attribute that says whether a journey was begun since its user last came to pause.
_BEGAN = "preseason_began"
#: How long a user pauses who came back without having begun anything.
_PAUSE_S = 1.0


def drive(workload: Workload, *, think: bool) -> None:
    """From now on every task of every user waits for ``workload``; without ``think``, users do not pause."""

    def execute_next_task(task_set: TaskSet) -> None:
        task = task_set._task_queue.popleft()  # noqa: SLF001
        if inspect.isclass(task) and issubclass(task, TaskSet):
            task_set.execute_task(task)
            return
        arrival = workload.begin(task_set.user)
        greenlet = getcurrent()
        setattr(greenlet, ARRIVAL, arrival)
        setattr(greenlet, _BEGAN, True)
        try:
            task_set.execute_task(task)
        finally:
            workload.end(arrival)

    TaskSet.execute_next_task = execute_next_task  # type: ignore[method-assign]
    if not think:
        TaskSet.wait = _do_not_wait  # type: ignore[method-assign]


def _do_not_wait(task_set: TaskSet) -> None:
    """Go on at once, unless the task set failed before any journey: it would do nothing else, for ever."""
    if not getcurrent().__dict__.pop(_BEGAN, False):
        gevent.sleep(_PAUSE_S)
    if task_set.user._state == LOCUST_STATE_STOPPING:  # noqa: SLF001
        raise StopUser


def current_arrival() -> Arrival | None:
    """The arrival that the running greenlet, or the one that spawned it, works on; None while preparing."""
    greenlet = getcurrent()
    arrival: Arrival | None = getattr(greenlet, ARRIVAL, None)
    if arrival is None:
        parent = getattr(greenlet, "spawning_greenlet", None)
        arrival = getattr(parent and parent(), ARRIVAL, None)
    return arrival
