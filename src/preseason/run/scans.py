"""How the tables of a database were read in a run: one row after the other, or by an index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from preseason.run.samples import Samples

#: A smaller table is rightly read from end to end.
LARGE_ROWS = 10_000
#: An index serves nearly all scans of a table that has the right ones.
WELL_SERVED = 0.95
#: One scan in a run is somebody's look; a habit is more.
_HABIT = 10


@dataclass(frozen=True, slots=True)
class TableScans:
    """What grew during a run of one table, ``schema.name``; ``live_rows`` is the server's last estimate."""

    name: str
    sequential: float
    by_index: float
    rows_read_sequentially: float
    live_rows: float

    @property
    def rows_a_scan(self) -> float:
        """How many rows a sequential scan read on average."""
        return self.rows_read_sequentially / self.sequential if self.sequential else 0.0

    @property
    def index_share(self) -> float:
        """The share of its scans that used an index."""
        scans = self.sequential + self.by_index
        return self.by_index / scans if scans else 1.0

    @property
    def is_large(self) -> bool:
        return self.live_rows >= LARGE_ROWS

    @property
    def may_lack_index(self) -> bool:
        """A large table that is read from end to end again and again, and not just until a LIMIT is met."""
        return (
            self.is_large
            and self.sequential >= _HABIT
            and self.index_share < WELL_SERVED
            and self.rows_a_scan >= LARGE_ROWS / 2
        )


def table_scans(samples: Samples, start_s: float, end_s: float) -> tuple[TableScans, ...]:
    """The tables that were read sequentially between two moments, those of which most was read first.

    Tables are sampled once a minute: what was read in the minute around an edge is left out.
    """
    tables = (_of(samples, name, start_s, end_s) for name in samples.labelled("postgres", "table_seq_scans"))
    found = [table for table in tables if table.sequential]
    return tuple(sorted(found, key=lambda table: -table.rows_read_sequentially))


def _of(samples: Samples, name: str, start_s: float, end_s: float) -> TableScans:
    def grown(metric: str) -> float:
        return samples.get("postgres", metric, name).between(start_s, end_s).deltas().total

    live = samples.get("postgres", "table_live_rows", name).value
    return TableScans(
        name=name,
        sequential=grown("table_seq_scans"),
        by_index=grown("table_idx_scans"),
        rows_read_sequentially=grown("table_seq_rows"),
        live_rows=float(live[-1]) if len(live) else 0.0,
    )
