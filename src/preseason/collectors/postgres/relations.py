"""The tables and indexes of the database: how they are used, how large they are, and what is dead in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from preseason.collectors.collector import LostError, Note, Sample
from preseason.collectors.pace import Every
from preseason.collectors.postgres import limits
from preseason.collectors.postgres.growth import Entry, GrowthLog, Snapshot
from preseason.collectors.postgres.session import NAME
from preseason.collectors.postgres.vacuum import VacuumSettings, dead_rows_allowed
from preseason.collectors.queries import query
from preseason.run.indexes import Index

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from preseason.collectors.postgres.session import Session

COUNTERS = (
    "seq_scans",
    "seq_rows",
    "idx_scans",
    "idx_rows",
    "rows_inserted",
    "rows_updated",
    "rows_deleted",
    "autovacuums",
)
#: So many tables by size, and so many more by what was done to them, are followed.
LARGEST, BUSIEST = 30, 50
#: So many unused or invalid indexes are told, the largest first.
MAX_INDEXES = 100


@dataclass(frozen=True, slots=True)
class Table:
    """``tables.sql``: ``estimated_rows`` is what the planner and autovacuum go by."""

    oid: int
    name: str
    seq_scans: float
    seq_rows: float
    idx_scans: float
    idx_rows: float
    rows_inserted: float
    rows_updated: float
    rows_deleted: float
    autovacuums: float
    live_rows: float
    dead_rows: float
    autovacuum_age_s: float | None
    estimated_rows: float
    pages: float
    options: list[str]

    @property
    def counters(self) -> tuple[float, ...]:
        return tuple(getattr(self, name) for name in COUNTERS)


@dataclass(frozen=True, slots=True)
class IndexRow:
    """``indexes.sql``."""

    name: str
    table: str
    scans: float
    size_bytes: float
    is_valid: bool
    enforces: bool


class Relations:
    """Lists tables and indexes through ``session`` every ``interval_s``, at the beginning and at the end."""

    def __init__(self, session: Session, interval_s: float) -> None:
        self.notes: list[Note] = []
        self._session = session
        self._due = Every(interval_s)
        self._tables = GrowthLog(NAME, [f"table_{name}" for name in COUNTERS])
        self._indexes = GrowthLog(NAME, ["index_scans"])
        self._told: dict[str, tuple[bool, bool]] = {}
        self._vacuum: VacuumSettings | None = None

    def attach(self) -> None:
        """What autovacuum goes by, once the session is open."""
        (self._vacuum,) = self._session.rows("vacuum_settings", VacuumSettings)

    def read(
        self, now_s: float, epoch: str, reset_s: float, *, last: bool
    ) -> tuple[list[Sample], tuple[Index, ...]]:
        """Counters, gauges and indexes that only cost, when they are due; nothing where listing fails.

        ``reset_s`` is when the statistics of the database last were reset, 0 for never.
        """
        if not (self._due.is_due(now_s) or last):
            return [], ()
        try:
            tables = self._session.rows("tables", Table)
            indexes = self._session.rows("indexes", IndexRow)
        except LostError:
            if not self._session.is_open:
                raise
            self.notes.append(limits.NO_TABLES)
            return [], ()
        samples = [*self._table_samples(now_s, epoch, tables), *self._index_samples(now_s, epoch, indexes)]
        return samples, tuple(self._costing(now_s, reset_s, indexes))

    def _table_samples(self, now_s: float, epoch: str, tables: Sequence[Table]) -> Iterator[Sample]:
        entries = {table.name: Entry(table.counters) for table in tables}
        grown = self._tables.grow(Snapshot(now_s, epoch, entries))
        busiest = sorted(grown, key=lambda one: -sum(map(one.growth, range(len(COUNTERS)))))[:BUSIEST]
        for one in busiest:
            yield from self._tables.samples(one)
        largest = sorted(tables, key=lambda table: (-max(table.live_rows, table.pages), table.name))[:LARGEST]
        followed = {table.name for table in largest} | {one.name for one in busiest}
        for table in tables:
            if table.name in followed:
                yield from self._gauges(now_s, table)
        yield from self._sizes(now_s, largest)

    def _gauges(self, now_s: float, table: Table) -> Iterator[Sample]:
        # Where the statistics were lost, the planner still knows from the last vacuum or analyze.
        live_rows = table.live_rows or max(table.estimated_rows, 0.0)
        yield Sample(now_s, NAME, "table_live_rows", table.name, live_rows)
        yield Sample(now_s, NAME, "table_dead_rows", table.name, table.dead_rows)
        if table.autovacuum_age_s is not None:
            yield Sample(now_s, NAME, "table_autovacuum_age_s", table.name, table.autovacuum_age_s)
        if self._vacuum is not None:
            allowed = dead_rows_allowed(self._vacuum, table.estimated_rows, table.options)
            if allowed is not None:
                yield Sample(now_s, NAME, "table_dead_rows_allowed", table.name, allowed)

    def _sizes(self, now_s: float, tables: Sequence[Table]) -> Iterator[Sample]:
        """None this time where somebody holds one of them shut: we wait for nobody."""
        names = {table.oid: table.name for table in tables}
        try:
            sizes = self._session.tuples(query("table_sizes").format(), [list(names)])
        except LostError:
            if not self._session.is_open:
                raise
            return
        for oid, size_bytes in sizes:
            if size_bytes is not None:
                yield Sample(now_s, NAME, "table_bytes", names[oid], size_bytes)

    def _index_samples(self, now_s: float, epoch: str, indexes: Sequence[IndexRow]) -> Iterator[Sample]:
        entries = {index.name: Entry((index.scans,)) for index in indexes}
        grown = self._indexes.grow(Snapshot(now_s, epoch, entries))
        for one in sorted(grown, key=lambda one: -one.growth(0))[:BUSIEST]:
            yield from self._indexes.samples(one)

    def _costing(self, now_s: float, reset_s: float, indexes: Sequence[IndexRow]) -> Iterator[Index]:
        """Unused and invalid ones that were not told yet, and told ones that are so no longer."""
        for row in sorted(indexes, key=lambda row: (-row.size_bytes, row.name)):
            state = (row.scans == 0 and not row.enforces, row.is_valid)
            is_costing = state[0] or not row.is_valid
            if self._told.get(row.name, (False, True)) == state:
                continue
            if not is_costing or row.name in self._told or len(self._told) < MAX_INDEXES:
                self._told[row.name] = state
                yield Index(
                    at_s=now_s,
                    name=row.name,
                    table=row.table,
                    scans=row.scans,
                    is_valid=row.is_valid,
                    enforces=row.enforces,
                    size_bytes=row.size_bytes,
                    counted_since_s=reset_s or None,
                )
