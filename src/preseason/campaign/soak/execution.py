"""A run of hours being made: what ends before its time is started again, and the load goes on as planned.

::

    sample the target at rest ── make the load ──────────────────────────────── let it cool down, sampled
                                   └ lost: the reason and a gap; started anew; the same schedule, by the clock
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

from preseason.campaign.execution import Execution, how_it_ended
from preseason.campaign.guardrails import STOPPED_BY_GUARDRAIL, GuardrailError
from preseason.campaign.soak.supervision import (
    COLLECTORS,
    SILENCE_S,
    TRAFFIC,
    Backoff,
    Loss,
    Watched,
    known_until_s,
    tells_more,
    unwritable,
)
from preseason.collectors.pace import Every
from preseason.collectors.settings import Absence, Orders, WatchedProcess
from preseason.run.extent import last_looks_s
from preseason.run.manifest import Source
from preseason.run.samples import GENERATOR
from preseason.run.timeline import Event, EventKind, append_event, load_started_s, read_timeline
from preseason.traffic.plan import Resumption

if TYPE_CHECKING:
    from collections.abc import Callable

    from preseason.campaign.speakers import Speaker
    from preseason.run.manifest import Soak

_TICK_S = 0.25
_ENDS_S = 10.0
#: How often it is looked whether the target's processes were restarted.
_PROCESSES_S = 15.0


class SoakExecution(Execution):
    """Makes the load to the end of its schedule, whatever our processes die of.

    ``soak`` says how long to look before and after the load, ``broken_off`` why a run that goes on did not
    before. ``ends_s`` (UTC epoch seconds) is when the load ends at the latest.
    """

    def configure(
        self,
        soak: Soak,
        make_room: Callable[[], None],
        *,
        find_processes: Callable[[], dict[str, int]],
        broken_off: str = "",
        ends_s: float | None = None,
    ) -> Self:
        """What only a run of hours is told.

        ``make_room`` is called where its end must be written, ``find_processes`` now and then: what of the
        target was restarted meanwhile has another process.
        """
        self._soak = soak
        self._find_processes, self._processes = find_processes, self._target.processes
        self._look_for_processes = Every(_PROCESSES_S)
        self._make_room = make_room
        self._ends_at_s = ends_s
        self._is_finished = False
        self._began_at_s: float | None = None
        self._loaders, self._samplers = Watched(Backoff()), Watched(Backoff())
        if broken_off:
            self._loaders.loss = Loss(known_until_s(self._folder, TRAFFIC), broken_off)
            self._samplers.loss = Loss(known_until_s(self._folder, COLLECTORS), broken_off)
        return self

    def run(self) -> bool:
        """Sample, load, sample; whether the schedule was made to its end, be it with gaps.

        A guardrail that breaks ends the load, and it is said in the timeline.
        """
        if self._loaders.loss is None:
            self._look_on(self._soak.rest_s, f"sampling the target at rest for {self._soak.rest_s:g} s")
        self._observer.step(f"loading {self._target.url}")
        whole = self._load()
        self._end_load()
        self._look_on(self._soak.cool_down_s, f"sampling the target for {self._soak.cool_down_s:g} s more")
        return self.stop() and whole

    def _load(self) -> bool:
        """Make the load to the end of its schedule; False where a guardrail ended it before."""
        try:
            while not self._load_is_over():
                self._tend()
        except GuardrailError as guardrail:
            text = f"{STOPPED_BY_GUARDRAIL}: {guardrail}"
            self._observer.step(text)
            self._event(EventKind.STOPPED, text, source="campaign")
            return False
        return True

    def stop(self) -> bool:
        """End what still runs; what of the load is then missing is for whoever goes on with it to say."""
        if self._traffic is not None:
            self._traffic.finish(_ENDS_S)
            self._traffic = None
        return super().stop()

    def _look_on(self, length_s: float, announced: str) -> None:
        """Sample without load."""
        if not length_s:
            return
        self._observer.step(announced)
        until_s = time.monotonic() + length_s
        while (left_s := until_s - time.monotonic()) > 0:
            self._tend_collectors()
            time.sleep(min(_TICK_S, left_s))

    def _tend(self) -> None:
        self._tend_traffic()
        self._tend_collectors()
        if self._traffic is None:
            time.sleep(_TICK_S)

    def _load_is_over(self) -> bool:
        if self._is_finished:
            return True
        latest_s = self._ends_at_s if self._traffic is not None else self._planned_end_s()
        return latest_s is not None and time.time() >= latest_s

    def _planned_end_s(self) -> float | None:
        """When the load ends; None where it has not begun and nothing ends it."""
        began_s = self._began_s()
        planned_s = None if began_s is None else began_s + self._plan.duration_s
        known = [end_s for end_s in (planned_s, self._ends_at_s) if end_s is not None]
        return min(known, default=None)

    def _began_s(self) -> float | None:
        if self._began_at_s is None:
            self._began_at_s = load_started_s(read_timeline(self._folder))
        return self._began_at_s

    def _tend_traffic(self) -> None:
        now_s, mine = time.monotonic(), self._loaders
        if self._traffic is None:
            if mine.backoff.is_due(now_s):
                self._revive_traffic(now_s)
            return
        said = self._traffic.next(_TICK_S)
        while said is not None:
            self._take(said)
            said = self._traffic.next(0)
        if not self._traffic.alive:
            self._settle(self._traffic)
        elif time.monotonic() - mine.heard_s > SILENCE_S:
            mine.failure = f"the traffic process said nothing for {SILENCE_S:g} s and was stopped"
            self._settle(self._traffic)

    def _take(self, said: dict[str, Any]) -> None:
        """Hear the traffic process, and know from it whether it makes load, fails, or is done."""
        mine = self._loaders
        mine.heard_s = time.monotonic()
        match said.get("event"), said.get("phase"):
            case "progress", "load" | "draining":
                mine.has_worked = True
                self._hear(said)
            case "progress", "failed":
                mine.failure = str(said.get("reason", ""))
            case "progress", "finished":
                self._is_finished = not said.get("stopped_early")
            case "progress", _:
                self._hear(said)

    def _settle(self, traffic: Speaker) -> None:
        """A traffic process has ended, or must: end its family, and note what is missing of its work."""
        status = traffic.finish(_ENDS_S) if traffic.alive else traffic.reap()
        for said in traffic.drain():
            self._take(said)
        self._traffic = None
        if self._is_finished:
            return
        reason = self._loaders.failure or (
            "no user became ready" if status == 0 else f"the traffic process {how_it_ended(status)}"
        )
        self._lose(self._loaders, TRAFFIC, reason)
        self._observer.step(f"{reason}; it is started again")

    def _lose(self, mine: Watched, writer: str, reason: str) -> None:
        """Gaps are as long as what is missing: a process that did nothing has not ended the one before."""
        mine.backoff.lose(time.monotonic())
        if mine.loss is None or mine.has_worked:
            mine.loss = Loss(known_until_s(self._folder, writer), reason)

    def _revive_traffic(self, now_s: float) -> None:
        mine = self._loaders
        mine.start(now_s)
        try:
            self._traffic = self._revived_traffic()
        except OSError as error:
            self._lose(mine, TRAFFIC, unwritable(error))
        else:
            self._name_generator(self._traffic)

    def _revived_traffic(self) -> Speaker:
        began_s, plan = self._began_s(), self._plan
        if began_s is not None:
            loss = self._loaders.loss or Loss(began_s, "the load broke off")
            broken_off = Resumption(
                load_started_s=began_s, lost_since_s=max(loss.since_s, began_s), reason=loss.reason
            )
            plan = plan.model_copy(update={"resumption": broken_off})
        return self._start_traffic(plan)

    def _name_generator(self, traffic: Speaker) -> None:
        self._watch({GENERATOR: traffic.child.pid})

    def _watch(self, processes: dict[str, int]) -> None:
        """Tell the collectors which processes to watch now."""
        if self._collectors is not None and processes:
            watched = tuple(WatchedProcess(label=label, pid=pid) for label, pid in processes.items())
            self._collectors.say(Orders(processes=watched).model_dump_json())

    def _watch_restarted(self, now_s: float) -> None:
        if self._look_for_processes.is_due(now_s):
            now = self._find_processes()
            self._watch({label: pid for label, pid in now.items() if self._processes.get(label) != pid})
            self._processes = {**self._processes, **now}

    def _tend_collectors(self) -> None:
        now_s, mine = time.monotonic(), self._samplers
        if self._collectors is None:
            if mine.backoff.is_due(now_s):
                self._revive_collectors(now_s)
            return
        self._hear_collectors(self._collectors)
        self._watch_restarted(now_s)
        silent = time.monotonic() - mine.heard_s > SILENCE_S
        if self._collectors.alive and not silent:
            return
        status = self._collectors.finish(_ENDS_S) if self._collectors.alive else self._collectors.reap()
        self._hear_collectors(self._collectors)
        self._collectors = None
        how = "said nothing for a minute and was stopped" if silent else how_it_ended(status)
        self._lose(mine, COLLECTORS, mine.failure or f"the collectors' process {how}")

    def _revive_collectors(self, now_s: float) -> None:
        mine = self._samplers
        mine.start(now_s)
        absence = None if mine.loss is None else self._absence(mine.loss)
        generator = None if self._traffic is None else self._traffic.child.pid
        try:
            settings = self._settings(generator, absence)
            self._collectors = self._sampling(settings)
            self._watch(self._processes)
        except OSError as error:
            self._lose(mine, COLLECTORS, unwritable(error))

    def _absence(self, loss: Loss) -> Absence:
        """Some sources may have been seen by collectors that ended before they had seen all."""
        seen_s = last_looks_s(self._folder, COLLECTORS)
        return Absence(since_s=loss.since_s, reason=loss.reason, seen_s=seen_s)

    def _hear_collectors(self, collectors: Speaker) -> None:
        mine, known = self._samplers, {source.name: source for source in self.sources}
        for message in collectors.drain():
            mine.heard_s = time.monotonic()
            match message.get("event"):
                case "ready":
                    mine.has_worked = True
                    told = [Source.model_validate(source) for source in message["sources"]]
                    known |= {source.name: source for source in told if tells_more(source, known)}
                    self.sources = tuple(known.values())
                case "progress":
                    self._progress = self._progress.with_collectors(message)
                case "failed":
                    mine.failure = str(message["reason"])

    def _end_load(self) -> None:
        """Where the load's end came while nobody made it, say so: the gap reaches to the end."""
        if self._traffic is not None:
            self._traffic.finish(_ENDS_S)
            self._traffic = None
            return
        began_s, ends_s = self._began_s(), self._planned_end_s()
        if began_s is None or ends_s is None:
            return
        loss = self._loaders.loss or Loss(began_s, "the load was never made")
        gap = Event(at_s=loss.since_s, until_s=ends_s, kind=EventKind.GAP, source=GENERATOR, text=loss.reason)
        ended = Event(at_s=ends_s, kind=EventKind.LOAD_ENDED, text="the load's time was over")
        self._make_room()
        with suppress(OSError):  # there is still none: the manifest's writer will say so
            append_event(self._folder, gap)
            append_event(self._folder, ended)
