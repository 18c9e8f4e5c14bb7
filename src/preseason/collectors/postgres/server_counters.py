"""The counters of the server beyond those of each second: checkpoints, log, input and output, sessions."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from preseason.collectors.collector import Note, Sample
from preseason.collectors.counters import CounterLife
from preseason.collectors.pace import Every
from preseason.collectors.postgres import limits
from preseason.collectors.postgres.rows import ViewColumns
from preseason.collectors.postgres.session import NAME, DeniedError, TooSlowError
from preseason.collectors.postgres.views import chosen

if TYPE_CHECKING:
    from psycopg.rows import TupleRow

    from preseason.collectors.postgres.rows import Server
    from preseason.collectors.postgres.session import Session
    from preseason.collectors.postgres.views import Chosen


class ServerCounters:
    """Reads each view of counters every ``interval_s``; each may be reset alone, so each has its own life."""

    def __init__(self, session: Session, interval_s: float) -> None:
        self.notes: list[Note] = []
        self._session = session
        self._due = Every(interval_s)
        self._lives: defaultdict[str, CounterLife] = defaultdict(CounterLife)
        self._epochs: dict[str, str] = {}
        self._chosen: tuple[Chosen, ...] = ()

    def attach(self, server: Server) -> None:
        """Find out what this server counts, once the session is open."""
        catalog = {row.view: frozenset(row.columns) for row in self._session.rows("catalog", ViewColumns)}
        self._chosen = tuple(chosen(catalog, times_io=server.times_io))

    def read(self, now_s: float, epoch: str, *, last: bool) -> list[Sample]:
        """The counters, when they are due; ``epoch`` is the life of the server's statistics as a whole."""
        if not (self._due.is_due(now_s) or last):
            return []
        return [sample for one in self._chosen for sample in self._view(now_s, epoch, one)]

    def _view(self, now_s: float, server_epoch: str, asked: Chosen) -> list[Sample]:
        try:
            rows = self._session.tuples(asked.query)
        except TooSlowError:
            return []
        except DeniedError:
            self._chosen = tuple(one for one in self._chosen if one != asked)
            self.notes.append(limits.view_denied(asked.view))
            return []
        values = _values(asked, rows)
        epoch = self._epoch(now_s, server_epoch, asked.view, rows, values)
        return [Sample(now_s, NAME, *which, value, epoch) for which, value in values.items()]

    def _epoch(
        self,
        now_s: float,
        server_epoch: str,
        view: str,
        rows: list[TupleRow],
        values: dict[tuple[str, str], float],
    ) -> str:
        """The life of one view's counters; that it alone began anew is told, as no gap of the server."""
        reset_s = max((row[1] for row in rows), default=0.0)
        identity = {"the server's began anew": server_epoch, "somebody reset them": reset_s}
        counters = {":".join(which): value for which, value in values.items()}
        turn = self._lives[view].turn(now_s, identity, counters)
        if turn.broken and self._epochs.get(view) == server_epoch:
            self.notes.append(limits.view_restarted(view))
        self._epochs[view] = server_epoch
        return turn.epoch


def _values(asked: Chosen, rows: list[TupleRow]) -> dict[tuple[str, str], float]:
    """By metric and label; what the server does not count for a label is NULL there."""
    return {
        (metric, label): value
        for label, _, *values in rows
        for metric, value in zip(asked.metrics, values, strict=True)
        if value is not None
    }
