"""The statements of a run, across reconnections, resets and evictions."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from preseason.collectors.collector import LostError, Note, Sample
from preseason.collectors.pace import Every
from preseason.collectors.postgres import limits
from preseason.collectors.postgres.extension import Extension, Info
from preseason.collectors.postgres.session import TooSlowError
from preseason.collectors.postgres.statement_log import Counts, Snapshot, StatementLog

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preseason.collectors.postgres.rows import Server
    from preseason.collectors.postgres.session import Session
    from preseason.run.statements import Statement

#: So many looks for our own statements, until each of them has run at least once.
_LOOKS_FOR_OWN = 3


class Statements:
    """Reads pg_stat_statements through ``session``, a snapshot every ``interval_s``.

    What is wrong with the extension becomes a note and stops this part alone; LostError comes from here only
    when the whole session has ended.
    """

    def __init__(self, session: Session, interval_s: float) -> None:
        self.notes: list[Note] = []
        self._session = session
        self._due = Every(interval_s)
        self._log = StatementLog()
        self._own_ids: set[str] = set()
        self._looks_left = _LOOKS_FOR_OWN
        self._extension: Extension | None = None
        self._info: Info | None = None

    def attach(self, server: Server) -> None:
        """Find the extension, once the session is open."""
        self._extension = None
        if (missing := limits.of_statements(server)) is not None:
            self.notes.append(missing)
            return
        with self._part():
            extension = Extension(self._session, server.statements_schema or "")
            if extension.is_readable:
                self._extension = extension
            else:
                self.notes.append(limits.OLD_EXTENSION)

    def info(self) -> Info | None:
        """What the extension says about its own counters; None where it does not."""
        before, self._info = self._info, None
        with self._part() as extension:
            self._info = extension.info() if extension else None
        if (
            before
            and self._info
            and before.reset_s == self._info.reset_s
            and before.dealloc < self._info.dealloc
        ):
            self.notes.append(limits.EVICTED)
        return self._info

    def read(self, now_s: float, epoch: str, *, last: bool) -> list[Sample]:
        """What ran between the last two snapshots, if another was due."""
        with self._part() as extension:
            if extension and (self._due.is_due(now_s) or last):
                counts = self._counts_of_others(extension)
                known = Sample(now_s, "postgres", "statements", "", len(counts))
                return [known, *self._log.grow(Snapshot(now_s, epoch, counts))]
        return []

    def texts(self, limit: int) -> tuple[Statement, ...]:
        """The text of the heaviest statements so far, as far as it may be shown."""
        with self._part() as extension:
            if extension and (heaviest := self._log.heaviest(limit)):
                return tuple(extension.texts(heaviest))
        return ()

    def _counts_of_others(self, extension: Extension) -> dict[str, Counts]:
        if self._looks_left:
            self._looks_left -= 1
            self._own_ids |= extension.own_ids()
        counts = extension.counts()
        return {queryid: counts[queryid] for queryid in counts.keys() - self._own_ids}

    @contextmanager
    def _part(self) -> Iterator[Extension | None]:
        """The extension, if there is one; a failure within ends this part, unless it was only slow."""
        try:
            yield self._extension
        except LostError as error:
            if not self._session.is_open:
                raise
            if not isinstance(error, TooSlowError):
                self._extension = None
            self.notes.append(limits.unreadable(error))
