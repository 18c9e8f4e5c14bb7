"""The generator's pulse: what it samples of itself while it works."""

from __future__ import annotations

import os
import time
from collections import Counter
from typing import TYPE_CHECKING, Final

import gevent
import psutil

from preseason.run.tables import SCHEMAS, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from locust import User

    from preseason.traffic.recorder import Columns
    from preseason.traffic.workload import Workload

_TICK_S = 0.1
#: What our client counts of its kept connections, by the metric that it is sampled as.
_COUNTED: Final = {"stale_retries": "stale_retries", "closed_idle": "dropped_idle"}


class Pulse:
    """Samples the generator: CPU (ratio of a core), memory, loop lag, journeys in flight, kept connections.

    Journeys in flight are counted here on their own, not derived from what was recorded, so that Little's
    law can tell when the two disagree. Stale retries are requests that our client sent once more because
    the target ended a kept connection without an answer; beside them stand the connections that it had
    closed before anything was sent. Both are sums over all users there ever were.
    """

    def __init__(self, workload: Workload, users: Callable[[], Iterable[User]], most_bytes: float) -> None:
        self._workload = workload
        self._users = users
        self._present: set[User] = set()
        self._counted_of_the_gone: Counter[str] = Counter()
        self._process = psutil.Process(os.getpid())
        self._rss_bytes = 0.0
        self._most_bytes = most_bytes
        self._cpu_s, self._at_s = self._cpu_now()
        self._in_flight: list[int] = []
        self._lags_ms: list[float] = []

    @property
    def exhaustion(self) -> str:
        """What says that this process is about to exhaust the machine; empty while it is not."""
        if self._rss_bytes <= self._most_bytes:
            return ""
        held = f"{self._rss_bytes / 1e9:.1f} GB of memory"
        return f"it held {held}, more than the {self._most_bytes / 1e9:.1f} GB that a generator may"

    def beat(self) -> None:
        """Sleep one tick; how much longer it took than asked is the loop's lag.

        Memory is looked at too: what grows by hundreds of megabytes a second has none left a second later.
        """
        asleep_s = time.perf_counter()
        gevent.sleep(_TICK_S)
        self._lags_ms.append((time.perf_counter() - asleep_s - _TICK_S) * 1000)
        self._in_flight.append(self._workload.in_flight)
        self._rss_bytes = float(self._process.memory_info().rss)

    def take(self, process: str) -> Columns:
        """The rows of ``tables.SAMPLES`` since the last time."""
        cpu_s, at_s = self._cpu_now()
        elapsed_s = max(at_s - self._at_s, 1e-9)
        self._rss_bytes = float(self._process.memory_info().rss)
        values = {
            "cpu": (cpu_s - self._cpu_s) / elapsed_s,
            "rss_bytes": self._rss_bytes,
            "loop_lag_ms": max(self._lags_ms, default=0.0),
            **self._of_all_users(),
            "in_flight": sum(self._in_flight) / len(self._in_flight) if self._in_flight else 0.0,
        }
        self._cpu_s, self._at_s = cpu_s, at_s
        self._lags_ms, self._in_flight = [], []
        now = time.time()
        rows = [(now, "generator", metric, process, value, "") for metric, value in values.items()]
        return dict(zip(SCHEMAS[Table.SAMPLES].names, map(list, zip(*rows, strict=True)), strict=True))

    def _of_all_users(self) -> dict[str, float]:
        """A user that is gone is asked once more, when its counts can grow no longer."""
        present = set(self._users())
        self._counted_of_the_gone.update(_counted(self._present - present))
        self._present = present
        everybody = self._counted_of_the_gone + _counted(present)
        return {metric: float(everybody[metric]) for metric in _COUNTED}

    def _cpu_now(self) -> tuple[float, float]:
        times = self._process.cpu_times()
        return times.user + times.system, time.monotonic()


def users_among(greenlets: Iterable[gevent.Greenlet]) -> Iterator[User]:
    """The users whose greenlets these are; one that has ended has no user any more."""
    return (greenlet.args[0] for greenlet in greenlets if greenlet.args)


def _counted(users: Iterable[User]) -> Counter[str]:
    """Other clients than ours do not count theirs."""
    counts: Counter[str] = Counter()
    for client in (getattr(user, "client", None) for user in users):
        counts.update({metric: getattr(client, name, 0) for metric, name in _COUNTED.items()})
    return counts
