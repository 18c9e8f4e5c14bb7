"""What was done to the tables of a database in a run, and which of them ask for something.

Counters of tables have samples only where they moved, about once a minute, at the beginning and at the end: a
table without samples was not touched.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from preseason.run.samples import Samples, Series
    from preseason.run.statements import Statement

_SOURCE = "postgres"
#: From so many rows and scans from end to end on, a table may lack an index …
_MANY_ROWS, _SOME_SCANS = 10_000, 10
#: … where each scan read this part of it (a parallel scan counts once for each of its processes), and where
#: they were more than this share of all scans.
_LEAST_OF_TABLE, _LEAST_OF_SCANS = 0.25, 0.05
#: How a plan says by what its rows are chosen.
_FILTER = "filter: "
_WRITES = ("rows_inserted", "rows_updated", "rows_deleted")


@dataclass(frozen=True, slots=True)
class TableUse:
    """One table (``schema.name``): as it stood at the last look, and what grew in the run.

    ``grown_bytes`` is None where its size was not measured twice, ``dead_rows_allowed`` where autovacuum
    never comes for the sake of dead rows, ``autovacuum_age_s`` where it never came. ``overdue_s`` is for how
    long up to the last look more rows were dead than that.
    """

    name: str
    live_rows: float | None
    dead_rows: float
    dead_rows_allowed: float | None
    size_bytes: float | None
    grown_bytes: float | None
    seq_scans: float
    seq_rows: float
    idx_scans: float
    rows_written: float
    autovacuums: float
    autovacuum_age_s: float | None
    overdue_s: float

    @property
    def may_lack_index(self) -> bool:
        """Whether it is large and was read from end to end again and again."""
        rows = self.live_rows or 0.0
        return (
            rows >= _MANY_ROWS
            and self.seq_scans >= _SOME_SCANS
            and self.seq_rows >= _LEAST_OF_TABLE * rows * self.seq_scans
            and self.seq_scans > _LEAST_OF_SCANS * (self.seq_scans + self.idx_scans)
        )

    @property
    def rows_a_scan(self) -> float:
        return self.seq_rows / self.seq_scans if self.seq_scans else 0.0

    @property
    def awaits_vacuum(self) -> bool:
        """Whether more of its rows are dead than bring autovacuum."""
        return self.dead_rows_allowed is not None and self.dead_rows > self.dead_rows_allowed


def tables_of(samples: Samples) -> tuple[TableUse, ...]:
    """Every table that was followed, those that were read from end to end most first."""
    followed = {**samples.labelled(_SOURCE, "table_live_rows"), **samples.labelled(_SOURCE, "table_bytes")}
    found = (_table(samples, name) for name in followed)
    return tuple(sorted(found, key=lambda table: (-table.seq_rows, -(table.size_bytes or 0.0), table.name)))


def _table(samples: Samples, name: str) -> TableUse:
    def gauge(metric: str) -> Series:
        return samples.get(_SOURCE, f"table_{metric}", name)

    def grown(metric: str) -> float:
        series = gauge(metric)
        return series.deltas().total if len(series) > 1 else 0.0

    size = gauge("bytes")
    return TableUse(
        name=name,
        live_rows=_last(gauge("live_rows")),
        dead_rows=_last(gauge("dead_rows")) or 0.0,
        dead_rows_allowed=_last(gauge("dead_rows_allowed")),
        size_bytes=_last(size),
        grown_bytes=float(size.value[-1] - size.value[0]) if len(size) > 1 else None,
        seq_scans=grown("seq_scans"),
        seq_rows=grown("seq_rows"),
        idx_scans=grown("idx_scans"),
        rows_written=sum(map(grown, _WRITES)),
        autovacuums=grown("autovacuums"),
        autovacuum_age_s=_last(gauge("autovacuum_age_s")),
        overdue_s=_overdue_s(gauge("dead_rows"), gauge("dead_rows_allowed")),
    )


def _last(series: Series) -> float | None:
    return float(series.value[-1]) if len(series) else None


def _overdue_s(dead: Series, allowed: Series) -> float:
    """For how long up to the last look there were more dead rows than bring autovacuum."""
    share = dead.divided_by(allowed)
    kept = share.time_s[share.value <= 1]
    over = share.time_s[share.value > 1]
    over = over[over > kept[-1]] if len(kept) else over
    return float(over[-1] - over[0]) if len(over) else 0.0


def scanned_by(table: str, statements: Mapping[str, Statement]) -> tuple[str, ...]:
    """By what statements look for rows of ``table`` where their plans read it from end to end."""
    node = re.compile(rf"\bSeq Scan on {re.escape(table.rpartition('.')[2])} ")
    found: dict[str, None] = {}
    for statement in statements.values():
        lines = statement.plan.splitlines()
        for line, following in pairwise(lines):
            if node.search(line) and following.strip().startswith(_FILTER):
                found[following.strip().removeprefix(_FILTER)] = None
    return tuple(found)
