"""The statements of a run, across reconnections, resets and evictions."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from preseason.collectors.collector import LostError, Note, Sample
from preseason.collectors.pace import Every
from preseason.collectors.postgres import limits
from preseason.collectors.postgres.extension import Extension, Info
from preseason.collectors.postgres.session import NAME, TooSlowError
from preseason.collectors.postgres.statement_log import Snapshot, StatementLog
from preseason.collectors.postgres.statement_texts import StatementTexts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preseason.collectors.postgres.rows import Server
    from preseason.collectors.postgres.session import Session
    from preseason.collectors.postgres.statement_log import Counts
    from preseason.collectors.settings import CollectorSettings
    from preseason.run.statements import Statement

#: So many looks for our own statements once a new one was sent: the look itself may be new, too.
_LOOKS_FOR_OWN = 2


class Statements:
    """Reads pg_stat_statements through ``session``: counters often, texts and plans rarely.

    What is wrong with the extension becomes a note and stops this part alone; LostError comes from here only
    when the whole session has ended.
    """

    def __init__(self, session: Session, settings: CollectorSettings) -> None:
        self.notes: list[Note] = []
        self._session = session
        self._due = Every(settings.statements_interval_s)
        self._log = StatementLog()
        self._texts = StatementTexts(session, settings)
        self._own_ids: set[str] = set()
        self._sent = 0
        self._looks_left = 0
        self._extension: Extension | None = None
        self._info: Info | None = None

    def attach(self, server: Server) -> None:
        """Find the extension, once the session is open."""
        self._extension = None
        self._texts.attach(server)
        if (missing := limits.of_statements(server)) is not None:
            self.notes.append(missing)
            return
        with self._part():
            extension = Extension(self._session, server.statements_schema or "")
            if extension.is_readable:
                self._extension = extension
            else:
                self.notes.append(limits.OLD_EXTENSION)

    @property
    def is_measured(self) -> bool:
        """Whether the extension can be read."""
        return self._extension is not None

    def has_text(self, queryid: str) -> bool:
        """Whether the text of a statement was asked for here, where it comes with its plan."""
        return self._texts.has_asked(queryid)

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
            self._texts.plan_no_more()
        return self._info

    def read(self, now_s: float, epoch: str, *, last: bool) -> list[Sample]:
        """What ran between the last two snapshots, if another was due."""
        with self._part() as extension:
            if extension and (self._due.is_due(now_s) or last):
                self._find_own(extension)
                listing = extension.listing()
                counts = self._of_others(listing.counts)
                grown = list(self._log.grow(Snapshot(now_s, epoch, counts)))
                about = {
                    "statements": len(counts),
                    "statements_hidden": listing.hidden,
                    "statements_lost": self._log.lost,
                }
                return [*(Sample(now_s, NAME, metric, "", value) for metric, value in about.items()), *grown]
        return []

    def texts(self, now_s: float, *, last: bool) -> tuple[Statement, ...]:
        """Texts and plans of statements that stand out, as far as they may be shown and are new."""
        with self._part() as extension:
            if extension:
                return tuple(self._texts.read(now_s, extension, self._log, last=last))
        return ()

    def _find_own(self, extension: Extension) -> None:
        """Ours are found by their text, which is costly: only after new ones of ours were sent."""
        if self._sent != self._session.distinct_queries:
            self._sent, self._looks_left = self._session.distinct_queries, _LOOKS_FOR_OWN
        if self._looks_left:
            self._looks_left -= 1
            found = extension.own_ids() - self._own_ids
            self._log.forget(found)
            self._own_ids |= found

    def _of_others(self, counts: dict[str, Counts]) -> dict[str, Counts]:
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
