"""Reads the server's log through the session: a bounded piece of what is new, every few seconds."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from preseason.collectors.collector import LostError, Note, Sample
from preseason.collectors.labels import Labels
from preseason.collectors.pace import Every
from preseason.collectors.postgres.server_log import route
from preseason.collectors.postgres.server_log.entries import Logged, Phase, UnreadableError, logged
from preseason.collectors.postgres.server_log.files import Files, LogFile
from preseason.collectors.postgres.server_log.route import KEPT_FROM_MS, LogSettings
from preseason.collectors.postgres.session import APPLICATION_NAME, NAME, TooSlowError
from preseason.collectors.queries import query
from preseason.run.statements import Statement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preseason.collectors.postgres.server_log.records import Format
    from preseason.collectors.postgres.session import Session

PART_BYTES = 2**18
#: So many parts are read in one look, and in the last one of a run, which has to catch up.
PARTS, LAST_PARTS = 4, 32
MOST_LABELS = 200
METRICS = {
    Phase.EXECUTION: "logged_statement_ms",
    Phase.PREPARATION: "logged_preparation_ms",
    Phase.PLAN: "logged_plan_ms",
}


@dataclass(frozen=True, slots=True)
class LogReading:
    """What was new in the log: each slow statement a sample, and the texts of those not seen before."""

    samples: tuple[Sample, ...] = ()
    texts: tuple[Statement, ...] = ()


NOTHING = LogReading()


class ServerLog:
    """The part of the Postgres source that reads the log; where it may not, a note says what would help.

    How far each file was read is kept over reconnections: what was logged meanwhile is read afterwards.
    LostError comes from here only when the whole session has ended.
    """

    def __init__(self, session: Session, interval_s: float) -> None:
        self.notes: list[Note] = []
        self._session = session
        self._due = Every(interval_s)
        self._files: Files | None = None
        self._began_s = 0.0
        self._found: list[Logged] = []
        self._lost = 0
        self._labels = Labels(MOST_LABELS)
        self._texts_told: set[str] = set()
        self._is_refused = False

    def attach(self) -> None:
        """Try again, with a new session."""
        self._is_refused = False

    def read(self, now_s: float, others: str, *, last: bool) -> LogReading:
        """What was logged since the look before, if another is due; ``others`` are the routes beside this."""
        if self._is_refused or not (self._due.is_due(now_s) or last):
            return NOTHING
        with self._part():
            (settings,) = self._session.rows("server_log", LogSettings)
            ahead_s = time.time() - settings.local_s
            if (told := route.note(settings, others)) is not None:
                self.notes.append(told)
            if settings.form is not None and settings.is_open:
                is_complete = self._catch_up(now_s, settings, settings.form, LAST_PARTS if last else PARTS)
                return self._told(now_s, ahead_s, settings, is_complete=is_complete)
        return NOTHING

    def _catch_up(self, now_s: float, settings: LogSettings, form: Format, parts: int) -> bool:
        """Read at most so many parts of what is new; whether that was all of it."""
        if self._files is None or self._files.form is not form:
            self._lost += self._files is not None  # whatever the other format had since the look before
            self._files, self._began_s = Files(form), now_s
        names = self._files.changed(self._session.rows("log_files", LogFile))
        for name in names:
            while parts and self._files[name].is_behind:
                self._read_part(self._files, name, settings)
                parts -= 1
        self._lost += self._files.lost
        self._files.lost = 0
        return not any(self._files[name].is_behind for name in names)

    def _read_part(self, files: Files, name: str, settings: LogSettings) -> None:
        followed = files[name]
        before = followed.position
        where = [f"{settings.directory}/{name}", followed.start, len(followed.overlap) + PART_BYTES]
        ((data,),) = self._session.tuples(query("log_part").format(), where)
        entries = followed.take(data or b"")
        if entries is None:
            files.replaced(name)
            return
        if followed.position == before:
            followed.size_bytes = before
        for entry in entries:
            self._take(entry, files.form, settings, is_sure=followed.records.is_sure)

    def _take(self, entry: bytes | None, form: Format, settings: LogSettings, *, is_sure: bool) -> None:
        try:
            found = None if entry is None else logged(entry, form)
        except UnreadableError:
            entry, found = None, None
        self._lost += entry is None and is_sure
        if found is not None and _counts(found, settings):
            self._found.append(found)

    def _told(self, now_s: float, ahead_s: float, settings: LogSettings, *, is_complete: bool) -> LogReading:
        found, self._found = self._found, []
        lost, self._lost = self._lost, 0
        samples = [self._sample(it, now_s, ahead_s) for it in found]
        samples.append(Sample(now_s, NAME, "log_lost", "", lost))
        if is_complete and settings.complete_from_ms is not None:
            samples.append(Sample(now_s, NAME, "log_complete_from_ms", "", settings.complete_from_ms))
        return LogReading(tuple(samples), tuple(self._new_texts(found)))

    def _sample(self, found: Logged, now_s: float, ahead_s: float) -> Sample:
        """At the end of the statement by our clock, which is ``ahead_s`` of the log's and its time zone."""
        ended_s = min(now_s, max(self._began_s, found.local_s + ahead_s))
        label = found.label if self._labels.admits(found.label) else ""
        return Sample(ended_s, NAME, METRICS[found.phase], label, found.duration_ms)

    def _new_texts(self, found: list[Logged]) -> Iterator[Statement]:
        for it in found:
            if it.text and it.label not in self._texts_told and self._labels.admits(it.label):
                self._texts_told.add(it.label)
                yield Statement(queryid=it.label, text=it.text)

    @contextmanager
    def _part(self) -> Iterator[None]:
        """A failure within ends this part until there is a new session, unless it was only slow."""
        try:
            yield
        except LostError as error:
            if not self._session.is_open:
                raise
            self._is_refused = not isinstance(error, TooSlowError)
            self.notes.append(Note(f"the server's log could not be read: {error}"))


def _counts(found: Logged, settings: LogSettings) -> bool:
    """Whether it is of this database, not ours, and slow enough to be kept."""
    is_ours = found.application.startswith(APPLICATION_NAME)
    return found.database == settings.database and not is_ours and found.duration_ms >= KEPT_FROM_MS
