"""How a load begins: at the next whole second, or where its schedule would be by now."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from locust.runners import MasterRunner

from preseason.run.timeline import EventKind
from preseason.traffic.arrivals import Rate
from preseason.traffic.messages import START, Start

if TYPE_CHECKING:
    from collections.abc import Callable

    from locust.runners import LocalRunner

    from preseason.traffic.plan import Plan, Resumption

_LEAD_S = 0.5
#: How many arrivals of a schedule a driver passes over in a second, at least.
_SKIPPED_PER_S = 5e6


class Outset:
    """Starts all drivers of a load on one schedule, and tells the timeline (``tell``) about it."""

    def __init__(self, plan: Plan, runner: LocalRunner | MasterRunner, tell: Callable[..., None]) -> None:
        self._plan = plan
        self._runner = runner
        self._tell = tell

    def make(self) -> tuple[float, int]:
        """When the schedule began or will begin: by the monotonic clock, and in UTC epoch seconds."""
        return self._begin() if self._plan.resumption is None else self._go_on(self._plan.resumption)

    def _begin(self) -> tuple[float, int]:
        """Start the schedule at the next whole second; when that is, by the monotonic clock and in UTC."""
        in_s = _to_whole_second(_LEAD_S)
        start_s, start_utc_s = time.monotonic() + in_s, round(time.time() + in_s)
        self._send_start(in_s, start_utc_s)
        self._tell(EventKind.LOAD_STARTED, "the load began", at_s=start_utc_s)
        for stage in self._plan.stages:
            text = f"{stage.kind} {stage.begin:g} to {stage.end:g} {stage.unit}"
            self._tell(
                EventKind.STAGE, text, at_s=start_utc_s + stage.start_s, until_s=start_utc_s + stage.end_s
            )
        return start_s, start_utc_s

    def _go_on(self, broken_off: Resumption) -> tuple[float, int]:
        """Enter the schedule where it would be by now; when it began, by the monotonic clock and in UTC."""
        start_utc_s = round(broken_off.load_started_s)
        gone_s = max(0.0, time.time() - start_utc_s)
        in_s = _to_whole_second(_LEAD_S + gone_s * Rate.of(self._plan.stages).peak / _SKIPPED_PER_S)
        start_s = time.monotonic() - gone_s
        goes_on_s = min(round(time.time() + in_s), start_utc_s + self._plan.duration_s)
        skip_s = goes_on_s - start_utc_s
        self._send_start(-gone_s, start_utc_s, skip_s)
        self._tell(EventKind.RESUMED, f"the load went on, {skip_s:g} s after it began", at_s=goes_on_s)
        since_s = broken_off.lost_since_s
        self._tell(EventKind.GAP, broken_off.reason, source="generator", at_s=since_s, until_s=goes_on_s)
        return start_s, start_utc_s

    def _send_start(self, in_s: float, utc_s: int, skip_s: float = 0.0) -> None:
        if not isinstance(self._runner, MasterRunner):
            self._runner.send_message(START, Start(in_s, utc_s, (0, 1), skip_s).packed())
            return
        workers = sorted(client.id for client in self._runner.clients.all if client.user_classes_count)
        for index, worker in enumerate(workers):
            start = Start(in_s, utc_s, (index, len(workers)), skip_s)
            self._runner.send_message(START, start.packed(), client_id=worker)


def _to_whole_second(least_s: float) -> float:
    """Seconds until the first whole second of the clock that is at least ``least_s`` away."""
    return 1.0 - (time.time() + least_s) % 1.0 + least_s
