"""Which counters this server's views have, and the query for them: chosen by the columns that are there.

Between the versions 14 and 18 columns moved from one view to another and changed their names. A metric keeps
its name and meaning; it is taken from wherever this server has it, and left out where it has it nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from psycopg import sql

from preseason.collectors.queries import query

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


_EVERYWHERE = "true"
_HERE = "v.datname = pg_catalog.current_database()"
#: Who did the input and output: the backends that matter by their names, the rest together. The log's, which
#: counts as such since 18, is told apart.
_BACKENDS = (
    "CASE WHEN v.backend_type IN ('client backend', 'checkpointer', 'background writer', 'autovacuum worker',"
    " 'walwriter') THEN v.backend_type ELSE 'others' END || CASE v.object WHEN 'wal' THEN ' wal' ELSE '' END"
)


@dataclass(frozen=True, slots=True)
class View:
    """Metrics of one view: for each, the forms it takes, the first of which that can be had is meant.

    ``timed`` are those that stand still unless the server times its input and output.
    """

    name: str
    metrics: Mapping[str, Sequence[str]]
    timed: Mapping[str, Sequence[str]] = field(default_factory=dict)
    label: str = "''"
    condition: str = _EVERYWHERE


@dataclass(frozen=True, slots=True)
class Chosen:
    """What to ask one view for: each row answers a label, when it was reset, and the ``metrics`` in order."""

    view: str
    metrics: tuple[str, ...]
    query: sql.Composed


VIEWS = (
    View(
        "pg_stat_database",
        {
            "temp_files": ["temp_files"],
            "conflicts": ["conflicts"],
            "checksum_failures": ["checksum_failures"],
            "tup_returned": ["tup_returned"],
            "tup_fetched": ["tup_fetched"],
            "tup_inserted": ["tup_inserted"],
            "tup_updated": ["tup_updated"],
            "tup_deleted": ["tup_deleted"],
            "session_ms": ["session_time"],
            "active_ms": ["active_time"],
            "idle_in_transaction_ms": ["idle_in_transaction_time"],
            "sessions": ["sessions"],
            "sessions_abandoned": ["sessions_abandoned"],
            "sessions_fatal": ["sessions_fatal"],
            "sessions_killed": ["sessions_killed"],
        },
        timed={"blk_read_ms": ["blk_read_time"], "blk_write_ms": ["blk_write_time"]},
        condition=_HERE,
    ),
    View(
        "pg_stat_checkpointer",
        {
            "checkpoints_timed": ["num_timed"],
            "checkpoints_requested": ["num_requested"],
            "checkpoints_done": ["num_done"],
            "checkpoint_write_ms": ["write_time"],
            "checkpoint_sync_ms": ["sync_time"],
            "checkpoint_buffers": ["buffers_written"],
        },
    ),
    View(
        "pg_stat_bgwriter",
        {
            "checkpoints_timed": ["checkpoints_timed"],
            "checkpoints_requested": ["checkpoints_req"],
            "checkpoint_write_ms": ["checkpoint_write_time"],
            "checkpoint_sync_ms": ["checkpoint_sync_time"],
            "checkpoint_buffers": ["buffers_checkpoint"],
            "buffers_clean": ["buffers_clean"],
            "buffers_alloc": ["buffers_alloc"],
            "buffers_backend": ["buffers_backend"],
            "buffers_backend_fsync": ["buffers_backend_fsync"],
            "maxwritten_clean": ["maxwritten_clean"],
        },
    ),
    View(
        "pg_stat_wal",
        {
            "wal_bytes": ["wal_bytes"],
            "wal_records": ["wal_records"],
            "wal_fpi": ["wal_fpi"],
            "wal_buffers_full": ["wal_buffers_full"],
        },
    ),
    View(
        "pg_stat_io",
        {
            "io_reads": ["reads"],
            "io_read_bytes": ["read_bytes", "reads * op_bytes"],
            "io_writes": ["writes"],
            "io_write_bytes": ["write_bytes", "writes * op_bytes"],
            "io_extends": ["extends"],
            "io_evictions": ["evictions"],
            "io_fsyncs": ["fsyncs"],
        },
        timed={
            "io_read_ms": ["read_time"],
            "io_write_ms": ["write_time"],
            "io_fsync_ms": ["fsync_time"],
        },
        label=_BACKENDS,
    ),
)


def chosen(catalog: Mapping[str, frozenset[str]], *, times_io: bool) -> Iterator[Chosen]:
    """What to ask a server with these columns for, one query a view."""
    for view in VIEWS:
        offered = {**view.metrics, **(view.timed if times_io else {})}
        forms = {
            metric: _form(forms, catalog.get(view.name, frozenset())) for metric, forms in offered.items()
        }
        known = {metric: form for metric, form in forms.items() if form}
        if known:
            yield Chosen(view.name, tuple(known), _query(view, tuple(known.values())))


def _form(forms: Sequence[str], columns: frozenset[str]) -> str:
    """The first of ``forms`` (``column`` or ``column * column``) that can be asked; empty where none can."""
    return next((form for form in forms if set(form.split(" * ")) <= columns), "")


def _query(view: View, forms: Sequence[str]) -> sql.Composed:
    products = (sql.SQL(" * ").join(map(sql.Identifier, form.split(" * "))) for form in forms)
    return query("counters").format(
        view=sql.Identifier(view.name),
        label=sql.SQL(view.label),
        condition=sql.SQL(view.condition),
        counters=sql.SQL(", ").join(sql.SQL("sum({})::float8").format(product) for product in products),
    )
