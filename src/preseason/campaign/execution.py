"""One run being made: the collectors and the traffic process at work on a target, watched until they end."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

from preseason.campaign.observer import Progress
from preseason.campaign.speakers import Speaker
from preseason.collectors.settings import Absence, CollectorSettings, WatchedProcess
from preseason.run.durable import CANNOT_RECORD, replace_file
from preseason.run.manifest import Source
from preseason.run.samples import GENERATOR
from preseason.run.timeline import Event, EventKind, append_event
from preseason.traffic.plan import PLAN_VARIABLE, USERS_VARIABLE, Plan

if TYPE_CHECKING:
    from pathlib import Path

    from preseason.campaign.elsewhere import Elsewhere
    from preseason.campaign.looking import Looker
    from preseason.campaign.observer import Observer
    from preseason.campaign.target import ReadyTarget
    from preseason.lifeline import Lifeline

_TICK_S = 0.25
#: The traffic process writes what it has within this time of being asked to stop.
_TRAFFIC_ENDS_S = 10.0
_COLLECTORS_END_S = 10.0
PLAN_FILE = "plan.json"
#: How long the cache is watched before anybody loads the target, once the collectors are ready.
REST_S = 10.0
_READY_S = 15.0


class Execution:
    """Starts and watches the processes that make a run; ``sources`` is what the collectors found."""

    def __init__(
        self,
        folder: Path,
        plan: Plan,
        target: ReadyTarget,
        lifeline: Lifeline,
        observer: Observer,
        *,
        elsewhere: Elsewhere,
        looker: Looker | None = None,
    ) -> None:
        self.sources: tuple[Source, ...] = ()
        self._folder = folder
        self._plan = plan
        self._target = target
        self._lifeline = lifeline
        self._observer = observer
        self._elsewhere = elsewhere
        self._looker = looker
        self._progress = Progress(phase="preparing", duration_s=plan.duration_s)
        self._collectors: Speaker | None = None
        self._traffic: Speaker | None = None

    def run(self) -> bool:
        """Sample and load until the load is over; whether the load was made to its end.

        A process that fails leaves its mark in the timeline.
        """
        if self._target.kind == "remote" and self._target.redis is not None:
            self._rest()
        self._observer.step(f"loading {self._target.url}")
        if self._plan.workers:
            how = f"locust --worker -f - --master-host THIS_MACHINE --master-port {self._plan.port}"
            self._observer.step(f"waiting for {self._plan.workers} workers; each is started with {how}")
        self._traffic = self._start_traffic(self._plan)
        self._collectors = self._sampling(self._settings(self._traffic.child.pid))
        while self._traffic.alive:
            self._hear(self._traffic.next(_TICK_S))
        return self.stop()

    def stop(self) -> bool:
        """End what still runs, the traffic first, so that its last seconds are sampled too.

        Whether the traffic ended in order.
        """
        status = 0
        if self._traffic is not None and (status := self._traffic.finish(_TRAFFIC_ENDS_S)):
            text = f"the traffic process {how_it_ended(status)}"
            self._event(EventKind.WORKER_LOST, text, source=GENERATOR)
        if self._collectors is not None:
            if lost := self._collectors.finish(_COLLECTORS_END_S):
                self._event(
                    EventKind.NOTE, f"the collectors' process {how_it_ended(lost)}", source="collectors"
                )
            self._hear_collectors(self._collectors)
        self._traffic = self._collectors = None
        return status == 0

    def _rest(self) -> None:
        """Sample the cache while nobody loads the target: what others look up in it is not the load's doing.

        One that was started for the run has no others.
        """
        self._observer.step(f"sampling the cache at rest for {REST_S:g} s")
        self._collectors = self._sampling(
            CollectorSettings(
                run_folder=self._folder,
                redis_url=self._target.redis,
                target_url=self._target.url,
                target_is_here=self._target.is_here,
                samples_keys=False,
            )
        )
        until_s = time.monotonic() + _READY_S
        while time.monotonic() < until_s and self._collectors.alive:
            said = self._collectors.next(_TICK_S)
            if said and said.get("event") == "ready":
                until_s = time.monotonic() + REST_S
        self._collectors.finish(_COLLECTORS_END_S)
        self._collectors = None

    def _settings(self, generator: int | None = None, absence: Absence | None = None) -> CollectorSettings:
        """Sample the target, and the generator (its process id) where there is one yet."""
        target, elsewhere = self._target, self._elsewhere
        watched = target.processes if generator is None else {GENERATOR: generator, **target.processes}
        return CollectorSettings(
            run_folder=self._folder,
            postgres_dsn=target.postgres,
            redis_url=target.redis,
            pgbouncer_dsn=target.pgbouncer,
            target_url=target.url,
            processes=tuple(WatchedProcess(label=label, pid=pid) for label, pid in watched.items()),
            host_pages=elsewhere.host_pages,
            prometheus=elsewhere.prometheus,
            target_is_here=target.is_here,
            absence=absence,
        )

    def _sampling(self, settings: CollectorSettings) -> Speaker:
        return Speaker.start(
            self._lifeline,
            "preseason.collectors",
            name="collectors",
            log=self._folder / "collectors.log",
            document=settings.model_dump_json(),
        )

    def _start_traffic(self, plan: Plan) -> Speaker:
        plan_file = replace_file(self._folder / PLAN_FILE, plan.model_dump_json(indent=2) + "\n")
        users = {USERS_VARIABLE: str(self._target.users)} if self._target.users else {}
        return Speaker.start(
            self._lifeline,
            "preseason.traffic",
            name="traffic",
            log=self._folder / "traffic.log",
            env={**os.environ, PLAN_VARIABLE: str(plan_file), **users},
        )

    def _hear(self, traffic_said: dict[str, Any] | None) -> None:
        if self._collectors is not None:
            self._hear_collectors(self._collectors)
        for message in self._target.platform.drain() if self._target.platform else []:
            if message.get("event") == "fault":
                self._event(EventKind.FAULT, f"fault {message['name']} began", source="platform")
        if traffic_said and traffic_said.get("event") == "progress":
            self._progress = self._progress.with_traffic(traffic_said)
            self._observer.progress(self._progress)
            if self._progress.phase == "load" and self._looker is not None:
                self._end_if_enough(self._looker)

    def _end_if_enough(self, looker: Looker) -> None:
        """Let the load end in order as soon as it has shown what it was made for."""
        if self._traffic is not None and (why := looker.enough(self._progress.elapsed_s)):
            self._looker = None
            self._observer.step(f"{why}: no more journeys begin")
            self._event(EventKind.STOPPED, f"ended early: {why}", source="campaign")
            self._traffic.say("end")

    def _hear_collectors(self, collectors: Speaker) -> None:
        for message in collectors.drain():
            if message.get("event") == "ready":
                self.sources = tuple(Source.model_validate(source) for source in message["sources"])
            elif message.get("event") == "progress":
                self._progress = self._progress.with_collectors(message)

    def _event(self, kind: EventKind, text: str, source: str) -> None:
        event = Event(at_s=time.time(), kind=kind, text=text, source=source)
        try:
            append_event(self._folder, event)
        except OSError as error:
            self._observer.step(f"{text}; the timeline cannot be written: {error.strerror}")


def how_it_ended(status: int) -> str:
    """What became of a process, by its exit status."""
    if status == CANNOT_RECORD:
        return "ended because the run's folder cannot be written: its disk is full, or gone"
    how = f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"
    return f"{how} before its work was done"
