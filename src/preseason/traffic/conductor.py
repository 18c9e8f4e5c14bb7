"""The conductor: in the master (or only) process, starts the load and keeps what the drivers report."""

from __future__ import annotations

import json
import math
import sys
import time
from typing import TYPE_CHECKING, Any

import gevent

from preseason.run.durable import CANNOT_RECORD
from preseason.run.tables import Table
from preseason.run.timeline import Event, EventKind, append_event
from preseason.traffic.arrivals import Rate
from preseason.traffic.attendance import Attendance
from preseason.traffic.messages import END, REPORT, STOP, Report
from preseason.traffic.outset import Outset
from preseason.traffic.preparation import Preparation
from preseason.traffic.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterable

    from locust.env import Environment
    from locust.rpc.protocol import Message
    from locust.runners import LocalRunner, MasterRunner

    from preseason.traffic.plan import Plan

_CLOCK_TOLERANCE_S = 0.5
#: A load that is gone on with is not made by fewer users than these would leave.
_MOST_LEFT = 0.2


class Conductor:
    """Prepare, load, drain, close; one greenlet, one second at a time."""

    def __init__(self, plan: Plan, environment: Environment, runner: LocalRunner | MasterRunner) -> None:
        self._plan = plan
        self._environment = environment
        self._runner = runner
        self._store = Store(plan.run_folder)
        self._rate = Rate.of(plan.stages)
        self._drivers = Attendance()
        self._preparation = Preparation(plan, environment, runner, self._drivers)
        self._loading = False
        self._asked_to_stop = False
        self._ended_utc_s = math.inf
        runner.register_message(REPORT, self._on_report)
        gevent.spawn(self._conduct).link_exception(self._abandon)

    def ask_to_stop(self) -> None:
        """End the load early; what was recorded is kept."""
        self._asked_to_stop = True

    def ask_to_end(self) -> None:
        """Let nothing more arrive, as at the end of the load; journeys under way come to theirs."""
        if math.isinf(self._ended_utc_s):
            self._ended_utc_s = time.time()
            self._runner.send_message(END)

    def _conduct(self) -> None:
        """What breaks it, such as a full disk, shows in the exit code: the run is shorter than planned."""
        self._environment.process_exit_code = 1
        try:
            self._make()
            self._environment.process_exit_code = 0
        except OSError as error:
            self._give_up_recording(error)
            self._environment.process_exit_code = CANNOT_RECORD
        finally:
            self._runner.quit()
            if not self._preparation.has_begun:  # Locust itself still waits for workers, and would for ever
                gevent.kill(gevent.get_hub().parent, SystemExit(self._environment.process_exit_code))

    def _make(self) -> None:
        try:
            self._prepare()
            if not self._asked_to_stop:
                self._load()
            self._finish()
        finally:
            self._store.close()

    def _give_up_recording(self, error: OSError) -> None:
        """A load that nobody records is not made; what was recorded can be read."""
        self._runner.send_message(STOP)
        self._tell("failed", reason=f"the run's folder cannot be written: {error.strerror or error}")

    def _abandon(self, greenlet: gevent.Greenlet) -> None:
        self._tell("failed", reason=repr(greenlet.exception))

    def _prepare(self) -> None:
        self._event(EventKind.PREPARING, "users are being created and logged in")
        preparation = self._preparation
        while not (self._asked_to_stop or preparation.is_ready):
            if not preparation.has_begun:
                self._wait_for_workers()
            elif preparation.is_over:
                self._give_up_preparing()
                return
            else:
                waiting = self._drivers.sum("waiting")
                self._tell("preparing", users=self._drivers.sum("users"), waiting=waiting)
            gevent.sleep(0.2)
        if not self._asked_to_stop:
            self._note_who_left()

    def _wait_for_workers(self) -> None:
        """Locust waits for them without end; here, whoever forgot to start one learns of it."""
        there, wanted = self._preparation.workers_there, self._plan.drivers
        self._tell(f"waiting for {wanted - there} workers")
        if self._preparation.is_over:
            wait = f"{there} of {wanted} workers connected to port {self._plan.port} within"
            self._lament([f"only {wait} {self._plan.workers_timeout_s:g} s"])
            self._asked_to_stop = True

    def _give_up_preparing(self) -> None:
        self._event(EventKind.NOTE, self._preparation.what_is_missing(), source="generator")
        self._asked_to_stop |= self._drivers.sum("waiting") == 0

    def _note_who_left(self) -> None:
        left, wanted = self._preparation.users_gone, self._preparation.users_wanted
        if left > 0:
            text = f"{left} of {wanted} users stopped before the load began{self._preparation.complaints}"
            if self._plan.resumption is not None and left > _MOST_LEFT * wanted:
                # The target was away while they logged in: whoever revives the load tries again.
                self._asked_to_stop = True
                self._tell("failed", reason=text)
                return
            facts = {"users_left": left, "users_wanted": wanted}
            self._event(EventKind.NOTE, text, source="generator", facts=facts)

    def _load(self) -> None:
        start_s, start_utc_s = Outset(self._plan, self._runner, self._event).make()
        self._loading = True
        offset_s = time.time() - time.monotonic()
        self._drivers.begin_looking(time.monotonic())
        while not self._over():
            offset_s = self._watch_clock(offset_s)
            self._lament(self._drivers.look(time.monotonic()))
            self._one_second(time.monotonic() - start_s)
        end_utc_s = min(time.time(), self._ended_utc_s, start_utc_s + self._plan.duration_s)
        self._event(EventKind.LOAD_ENDED, "the load ended", at_s=end_utc_s)

    def _one_second(self, elapsed_s: float) -> None:
        loading = elapsed_s < self._plan.duration_s and math.isinf(self._ended_utc_s)
        if self._plan.model == "closed" and loading and elapsed_s >= 0:
            self._want_users(round(self._rate.rate_at(elapsed_s)))
        self._store.keep()
        recent = self._store.take_recent()
        self._tell(
            "load" if loading else "draining",
            elapsed_s=round(elapsed_s, 1),
            duration_s=self._plan.duration_s if loading else min(elapsed_s, self._plan.duration_s),
            planned=round(self._rate.rate_at(max(elapsed_s, 0.0)), 1),
            users=self._drivers.sum("users"),
            in_flight=self._drivers.sum("in_flight"),
            **recent,
        )
        gevent.sleep(1.0 - time.time() % 1.0 + 0.15)

    def _want_users(self, users: int) -> None:
        if users != self._preparation.users_wanted:
            self._preparation.users_wanted = users
            self._runner.start(max(users, 1), self._plan.spawn_rate)

    def _over(self) -> bool:
        return self._asked_to_stop or self._drivers.all_finished

    def _finish(self) -> None:
        if self._asked_to_stop:
            self._runner.send_message(STOP)
            deadline_s = time.monotonic() + 3.0
            while time.monotonic() < deadline_s and not self._drivers.all_finished:
                gevent.sleep(0.05)
        self._tell("finished", stopped_early=self._asked_to_stop)

    def _watch_clock(self, offset_s: float) -> float:
        now_s = time.time() - time.monotonic()
        if abs(now_s - offset_s) > _CLOCK_TOLERANCE_S:
            self._event(
                EventKind.CLOCK_JUMP,
                f"the generator's clock jumped by {now_s - offset_s:+.1f} s",
                source="generator",
            )
        return now_s

    def _on_report(self, msg: Message, **_: object) -> None:
        report = Report.unpacked(msg.data)
        for table, rows in report.rows().items():
            self._store.add(table, rows)
            if table is Table.ERRORS and not self._loading:
                self._preparation.complaints.add(rows)
        if lost := self._drivers.hear(report, time.monotonic()):
            self._lament([lost])
            self._asked_to_stop = True

    def _lament(self, losses: Iterable[str]) -> None:
        for loss in losses:
            if self._plan.is_revived:
                self._asked_to_stop = True
                self._tell("failed", reason=loss)
            else:
                self._event(EventKind.WORKER_LOST, loss, source="generator")

    def _event(self, kind: EventKind, text: str, *, at_s: float | None = None, **rest: Any) -> None:  # noqa: ANN401 - the event's own fields
        happened_s = time.time() if at_s is None else at_s
        append_event(self._plan.run_folder, Event(at_s=happened_s, kind=kind, text=text, **rest))

    def _tell(self, phase: str, **facts: Any) -> None:  # noqa: ANN401 - facts are what JSON can say
        sys.stdout.write(json.dumps({"event": "progress", "phase": phase, **facts}) + "\n")
        sys.stdout.flush()
