"""The Postgres source: sessions and counters each second, the size once a minute, statements in between."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.collectors.collector import Reading, Sample
from preseason.collectors.counters import WENT_BACK, CounterLife
from preseason.collectors.pace import Every
from preseason.collectors.postgres import limits
from preseason.collectors.postgres.activity import Activity
from preseason.collectors.postgres.relations import Relations
from preseason.collectors.postgres.rows import Cluster, Database, Prepared, Server, Size
from preseason.collectors.postgres.server_counters import ServerCounters
from preseason.collectors.postgres.server_log.reading import ServerLog
from preseason.collectors.postgres.session import NAME, DeniedError, Session, TooSlowError, source
from preseason.collectors.postgres.statements import Statements

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from preseason.collectors.collector import Note
    from preseason.collectors.postgres.extension import Info
    from preseason.collectors.settings import CollectorSettings
    from preseason.run.manifest import Source

RESTARTED = "the server restarted"
#: One session that is killed takes all statistics along, while the server goes on as it seems.
CRASHED = "all at once, as when a session crashes"
COUNTERS = ("xact_commit", "xact_rollback", "blks_hit", "blks_read", "deadlocks", "temp_bytes")


class PostgresCollector:
    """Samples one database of one server through one session."""

    name = NAME

    def __init__(self, dsn: str, settings: CollectorSettings) -> None:
        self.interval_s = settings.interval_s
        self._session = Session(dsn)
        self._activity = Activity(self._session)
        self._statements = Statements(self._session, settings)
        self._server_counters = ServerCounters(self._session, settings.server_counters_interval_s)
        self._relations = Relations(self._session, settings.tables_interval_s)
        self._log = ServerLog(self._session, settings.statements_interval_s)
        self._life = CounterLife()
        self._size_due = Every(settings.size_interval_s)
        self._prepared_due = Every(settings.server_counters_interval_s)
        self._notes: list[Note] = []

    def open(self) -> Source:
        info = self._session.open()
        (self._server,) = self._session.rows("server", Server)
        self._cluster = self._find_cluster()
        self._notes += limits.of_server(self._server)
        self._server_counters.attach(self._server)
        self._relations.attach()
        self._statements.attach(self._server)
        self._log.attach()
        self._measures_size = self._sees_prepared = True
        return source(info)

    def close(self) -> None:
        self._session.close()

    def read(self, now_s: float, *, last: bool) -> Reading:
        gauges, blocking = self._activity.read(now_s, self._server)
        (database,) = self._session.rows("database", Database)
        info = self._statements.info()
        counters = _counters(database, info)
        turn = self._life.turn(now_s, self._identity(database, info), counters)
        tables, indexes = self._relations.read(now_s, turn.epoch, database.reset_s, last=last)
        statements = self._statements.read(now_s, turn.epoch, last=last)
        logged = self._log.read(now_s, self._routes_to_slow_statements, last=last)
        samples = (
            *gauges,
            *(Sample(now_s, NAME, metric, "", value, turn.epoch) for metric, value in counters.items()),
            Sample(now_s, NAME, "own_xact_commit", "", self._session.queries_sent, turn.epoch),
            *self._server_counters.read(now_s, turn.epoch, last=last),
            *self._prepared(now_s),
            *self._size(now_s),
            *statements,
            *logged.samples,
            *tables,
        )
        texts = (
            *(text for text in logged.texts if not self._statements.has_text(text.queryid)),
            *self._statements.texts(now_s, last=last),
        )
        broken = _interpreted(turn.broken, database)
        return Reading(samples, self._new_notes(), broken, texts, blocking, indexes=indexes)

    def _find_cluster(self) -> Cluster | None:
        """None where our role may not ask: some hosts keep that to themselves."""
        try:
            (cluster,) = self._session.rows("cluster", Cluster)
        except DeniedError:
            return None
        return cluster

    def _identity(self, database: Database, info: Info | None) -> Mapping[str, object]:
        """What tells the lives of the counters apart, by what it means when it has changed."""
        told = {
            "another server answers": self._cluster,
            RESTARTED: self._server.started_s,
            "it was promoted": database.in_recovery,
            "the statistics of the database were reset": database.reset_s,
        }
        return told if info is None else {**told, "pg_stat_statements was reset": info.reset_s}

    @property
    def _routes_to_slow_statements(self) -> str:
        """Those beside the server's log, by which most are seen but not each."""
        routes = {
            "the sums in pg_stat_statements": self._statements.is_measured,
            "sessions sampled each second": self._server.sees_sessions,
        }
        return " and ".join(route for route, is_open in routes.items() if is_open) or "nothing"

    def _prepared(self, now_s: float) -> Iterator[Sample]:
        if not (self._sees_prepared and self._prepared_due.is_due(now_s)):
            return
        try:
            (prepared,) = self._session.rows("prepared", Prepared)
        except DeniedError:
            self._sees_prepared = False
        else:
            yield Sample(now_s, NAME, "prepared_transactions", "", prepared.transactions)
            yield Sample(now_s, NAME, "oldest_prepared_s", "", prepared.oldest_s)

    def _size(self, now_s: float) -> Iterator[Sample]:
        if not (self._measures_size and self._size_due.is_due(now_s)):
            return
        try:
            (size,) = self._session.rows("size", Size)
        except (DeniedError, TooSlowError):
            self._measures_size = False
            self._notes.append(limits.NO_SIZE)
        else:
            yield Sample(now_s, NAME, "size_bytes", "", size.size_bytes)

    def _new_notes(self) -> tuple[Note, ...]:
        parts = (self._statements, self._server_counters, self._relations, self._log)
        sources = (self._notes, *(part.notes for part in parts))
        new = tuple(note for notes in sources for note in notes)
        for notes in sources:
            notes.clear()
        return new


def _interpreted(broken: str, database: Database) -> str:
    """What ended a life of the counters, and that it was a crash where nothing else does that.

    The database's counters fall with a restart, too, or when somebody resets them, which leaves a moment.
    """
    fell = WENT_BACK in broken and any(counter in broken for counter in COUNTERS)
    crashed = fell and not database.reset_s and RESTARTED not in broken
    return f"{broken}, {CRASHED}" if crashed else broken


def _counters(database: Database, info: Info | None) -> dict[str, float]:
    known = {name: getattr(database, name) for name in COUNTERS}
    return known if info is None else {**known, "dealloc": info.dealloc}
