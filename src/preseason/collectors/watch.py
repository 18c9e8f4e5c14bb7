"""One thread a source: it keeps the pace, bears losses, and hands over what was read.

A source that hangs or fails delays nobody but itself. While it is lost it is tried again, less and less
often; once it is back, or the run ends, one gap says from when, until when, and why.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from preseason.collectors.collector import LostError, Sample
from preseason.collectors.pace import next_tick
from preseason.run.manifest import Source
from preseason.run.samples import LOOK_METRIC
from preseason.run.timeline import Event, EventKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from preseason.collectors.collector import Collector, Note, Reading
    from preseason.collectors.settings import Absence
    from preseason.run.blocking import BlockingEdge
    from preseason.run.indexes import Index
    from preseason.run.key_space import KeyGroup
    from preseason.run.statements import Statement

#: How long to wait after each failed attempt in a row; the last one holds from there on.
RETRY_S = (0.5, 1.0, 2.0, 5.0)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Parcel:
    """What one look at one source adds to the run."""

    samples: tuple[Sample, ...] = ()
    events: tuple[Event, ...] = ()
    statements: tuple[Statement, ...] = ()
    blocking: tuple[BlockingEdge, ...] = ()
    key_groups: tuple[KeyGroup, ...] = ()
    indexes: tuple[Index, ...] = ()


class Watch(threading.Thread):
    """Watches one source from ``start_s`` (a ``time.monotonic``) until ``stopping`` is set.

    What it reads goes to ``deliver``. After an ``absence``, its first gap began with that. ``source`` is what
    the first attempt found, once ``tried`` is set.
    """

    def __init__(
        self,
        collector: Collector,
        deliver: Callable[[Parcel], None],
        stopping: threading.Event,
        start_s: float,
        absence: Absence | None = None,
    ) -> None:
        super().__init__(name=f"watch-{collector.name}", daemon=True)
        self.tried = threading.Event()
        self.source = Source(name=collector.name, absent="it has not answered yet")
        self._collector = collector
        self._deliver = deliver
        self._stopping = stopping
        self._start_s = start_s
        self._is_open = False
        self._read_s = time.time() if absence is None else absence.since_of(collector.name)
        self._unwatched_because = "" if absence is None else absence.reason
        self._lost_because = ""
        self._attempts = 0
        self._notes_told: set[Note] = set()

    @property
    def is_lost(self) -> bool:
        """Whether the source does not answer just now."""
        return self._attempts > 0

    def run(self) -> None:
        while not self._stopping.wait(self._until_next_look_s()):
            self._look(last=False)
        if not self.is_lost:
            self._look(last=True)
        if self.is_lost:
            reason = "; ".join(filter(None, (self._unwatched_because, self._lost_because)))
            self._deliver(Parcel(events=(self._gap(time.time(), reason),)))
        self._collector.close()

    def _until_next_look_s(self) -> float:
        now_s = time.monotonic()
        if self.is_lost:
            return RETRY_S[min(self._attempts, len(RETRY_S)) - 1]
        return next_tick(self._start_s, self._collector.interval_s, now_s) - now_s

    def _look(self, *, last: bool) -> None:
        try:
            self._open()
            now_s, began_s = time.time(), time.perf_counter()
            reading = self._collector.read(now_s, last=last)
        except LostError as error:
            self._lose(str(error))
        except Exception as error:  # noqa: BLE001 - a defect of one must not cost the others' samples
            _log.exception("%s", self.name)
            self._lose(f"a defect of this collector: {type(error).__name__}")
        else:
            self._gain(now_s, reading, (time.perf_counter() - began_s) * 1000)
        self.tried.set()

    def _open(self) -> None:
        if self._is_open:
            return
        source = self._collector.open()
        self._is_open = True
        if not self.tried.is_set():
            self.source = source

    def _lose(self, reason: str) -> None:
        self._collector.close()
        self._is_open = False
        self._lost_because = self._lost_because or reason
        self._attempts += 1
        if not self.tried.is_set():
            self.source = Source(name=self._collector.name, absent=reason)

    def _gain(self, now_s: float, reading: Reading, took_ms: float) -> None:
        told = (self._unwatched_because, self._lost_because, reading.broken)
        reasons = [reason for reason in told if reason]
        gap = [self._gap(now_s, "; ".join(reasons))] if reasons else []
        cost = Sample(now_s, "collectors", LOOK_METRIC, self._collector.name, took_ms)
        events = (*gap, *self._notes(now_s, reading))
        self._deliver(
            Parcel(
                (*reading.samples, cost),
                events,
                reading.statements,
                reading.blocking,
                reading.key_groups,
                reading.indexes,
            )
        )
        self._unwatched_because, self._lost_because = "", ""
        self._attempts, self._read_s = 0, now_s

    def _gap(self, now_s: float, reason: str) -> Event:
        """``lost`` tells a source that did not answer from one whose counters began anew.

        While nobody watched, it is not known which.
        """
        known: dict[str, str | float | int | bool | None] = {"lost": bool(self._lost_because)}
        return Event(
            at_s=self._read_s,
            until_s=now_s,
            kind=EventKind.GAP,
            source=self._collector.name,
            text=reason,
            facts={} if self._unwatched_because else known,
        )

    def _notes(self, now_s: float, reading: Reading) -> Iterator[Event]:
        for note in reading.notes:
            if note not in self._notes_told:
                self._notes_told.add(note)
                facts: dict[str, str | float | int | bool | None] = {"cure": note.cure} if note.cure else {}
                yield Event(
                    at_s=now_s,
                    kind=EventKind.NOTE,
                    source=self._collector.name,
                    text=note.text,
                    facts=facts,
                )
