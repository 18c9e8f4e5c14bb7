"""The driver: in each process that has users, runs the workload, records it, and reports once a second."""

from __future__ import annotations

import gc
import resource
import time
from typing import TYPE_CHECKING, Any

import gevent
import psutil

from preseason.run.tables import Table
from preseason.traffic.driven import current_arrival, drive
from preseason.traffic.messages import END, REPORT, START, STOP, Report, Start, pack_rows
from preseason.traffic.pulse import Pulse, users_among
from preseason.traffic.recorder import Recorder
from preseason.traffic.workload import ClosedWorkload, OpenWorkload, Workload

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from locust import User
    from locust.env import Environment
    from locust.rpc.protocol import Message
    from locust.runners import LocalRunner, WorkerRunner

    from preseason.traffic.plan import Plan
    from preseason.traffic.scenarios import Cast

_TICKS_PER_REPORT = 10
_ALLOCATIONS_PER_COLLECTION = 20_000


class Driver:
    """One process's part of the load."""

    def __init__(
        self, plan: Plan, cast: Cast, environment: Environment, runner: LocalRunner | WorkerRunner
    ) -> None:
        self._runner = runner
        self._recorder = Recorder(plan.limits_ms)
        self._cache_header = plan.cache_header
        self._workload: Workload = (ClosedWorkload if plan.model == "closed" else OpenWorkload)(plan, cast)
        most_bytes = _most_bytes(plan)
        self._pulse = Pulse(self._workload, self._users, most_bytes)
        _refuse_memory_beyond(2 * most_bytes)
        self._over = False
        _rehearse(plan)
        drive(self._workload, think=plan.model == "closed")
        environment.events.request.add_listener(self._on_request)
        environment.events.user_error.add_listener(self._on_user_error)
        runner.register_message(START, self._on_start, concurrent=True)
        runner.register_message(STOP, self._on_stop)
        runner.register_message(END, self._on_end)
        self._go(self._keep_reporting)

    def _go(self, work: Callable[..., None], *arguments: object) -> None:
        """Work on the side; what breaks it ends the run with its reason, as silence would without one."""
        gevent.spawn(work, *arguments).link_exception(self._fail)

    def _fail(self, greenlet: gevent.Greenlet) -> None:
        self._workload.stop()
        self._over = True
        report = Report(
            process=self._process,
            users=0,
            waiting=0,
            in_flight=0,
            finished=True,
            failure=f"a fault of preseason: {greenlet.exception!r}",
        )
        self._runner.send_message(REPORT, report.packed())

    def _on_request(  # noqa: PLR0917 - Locust's signature, called for every request
        self,
        request_type: str,
        name: str,
        response_time: float | None,
        response_length: int | None,
        exception: BaseException | None = None,
        response: Any = None,  # noqa: ANN401 - whatever the user's client calls a response
        **_: object,
    ) -> None:
        arrival = current_arrival()
        scenario, lag_ms = "", 0.0
        if arrival is not None:
            scenario, lag_ms, arrival.lag_ms = arrival.scenario, arrival.lag_ms, 0.0
        method = request_type or ""
        self._recorder.record(
            (scenario, method, name, exception is None),
            response_time or 0.0,
            lag_ms,
            response_length or 0,
            cache_hit(response, self._cache_header),
        )
        if exception is not None:
            self._recorder.failed_request(scenario, method, name, error_text(exception))

    def _on_user_error(self, exception: BaseException, **_: object) -> None:
        arrival = current_arrival()
        self._recorder.failed_journey(arrival.scenario if arrival else "", error_text(exception))

    def _on_start(self, msg: Message, **_: object) -> None:
        self._go(self._run, time.monotonic(), Start.unpacked(msg.data))

    def _on_stop(self, **_: object) -> None:
        self._workload.stop()
        self._over = True

    def _on_end(self, **_: object) -> None:
        self._workload.end_early()

    def _run(self, told_s: float, start: Start) -> None:
        _settle_garbage()
        self._workload.run(told_s + start.in_s, start)
        self._over = True

    def _keep_reporting(self) -> None:
        ticks = 0
        while not self._over:
            self._pulse.beat()
            ticks += 1
            if self._pulse.exhaustion:  # which would grow until the conductor ends the load
                self._on_stop()
            elif ticks % _TICKS_PER_REPORT == 0:
                self._report(finished=False)
        self._report(finished=False)
        self._pulse.beat()  # the last sample says what is left in flight, and nothing else
        self._report(finished=True)

    @property
    def _process(self) -> str:
        return f"generator-{self._runner.worker_index}"

    def _users(self) -> Iterator[User]:
        return users_among(self._runner.user_greenlets)

    def _report(self, *, finished: bool) -> None:
        tables = self._recorder.take_all() if finished else self._recorder.take()
        tables[Table.ARRIVALS] = self._workload.book.take()
        tables[Table.SAMPLES] = self._pulse.take(self._process)
        report = Report(
            process=self._process,
            users=self._runner.user_count,
            waiting=self._workload.waiting,
            in_flight=self._workload.in_flight,
            finished=finished,
            failure=self._pulse.exhaustion,
            batches={
                str(table): pack_rows(table, rows) for table, rows in tables.items() if any(rows.values())
            },
        )
        self._runner.send_message(REPORT, report.packed())


def _most_bytes(plan: Plan) -> float:
    """What this process may hold: as planned, and all on this machine no more than half of its memory."""
    return min(plan.memory_bytes, psutil.virtual_memory().total / 2 / max(1, plan.processes))


def _refuse_memory_beyond(limit_bytes: float) -> None:
    """What grows too fast for the pulse to see, such as an endless body, fails in whoever asks for more."""
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    limit = int(limit_bytes)
    resource.setrlimit(
        resource.RLIMIT_DATA, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard)
    )


def _rehearse(plan: Plan) -> None:
    """Close and pack one request before any counts: the first time, Arrow loads what it needs for 150 ms."""
    recorder = Recorder(plan.limits_ms)
    recorder.record(("", "", "", True), 1.0, 1.0, 0)
    for table, rows in recorder.take_all().items():
        pack_rows(table, rows)


def _settle_garbage() -> None:
    """Take what lives as long as the process out of the collector's sight.

    A full collection of a Locust process stops it for 50 to 150 ms, which every journey then due would show.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS_PER_COLLECTION)


def cache_hit(response: Any, header: str) -> bool | None:  # noqa: ANN401 - whatever the user's client calls a response
    """What the answer's cache header says; None where it says nothing."""
    headers = getattr(response, "headers", None)
    value = headers.get(header) if headers else None
    if not value:
        return None
    said = value.upper()
    return True if said.startswith("HIT") else False if said.startswith("MISS") else None


def error_text(error: BaseException | str) -> str:
    """An error in a line: our own failures speak for themselves, others are named by their type."""
    text = str(error)
    return (
        text
        if getattr(error, "bounded", False) or isinstance(error, str)
        else f"{type(error).__name__}: {text}"
    )
