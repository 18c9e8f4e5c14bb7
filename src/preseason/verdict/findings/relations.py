"""What the tables and indexes of the database ask for: an index, a vacuum, or to be built again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.verdict import wording
from preseason.verdict.findings.trouble import latency_is_in_trouble
from preseason.verdict.model import Finding, FindingKind
from preseason.verdict.relations import scanned_by, tables_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from preseason.verdict.evidence import Evidence
    from preseason.verdict.findings.trouble import Judged
    from preseason.verdict.relations import TableUse

_MOST_NAMED = 3
#: Autovacuum looks once a minute by default: what it has passed over for longer, it cannot keep up with or
#: may not clean.
_OVERDUE_S = 110.0
#: A transaction that is open for so long keeps every table from being cleaned.
_LONG_S = 60.0


def wanted(evidence: Evidence, judged: Sequence[Judged]) -> Iterator[Finding]:
    """Where requests are slow, large tables that were read from end to end; whatever it is like, the rest."""
    tables = tables_of(evidence.run.samples)
    if latency_is_in_trouble(judged):
        lacking = (table for table in tables if table.may_lack_index)
        yield from (_lacks_index(evidence, table) for table in list(lacking)[:_MOST_NAMED])
    yield from _invalid(evidence)
    overdue = sorted((one for one in tables if one.overdue_s >= _OVERDUE_S), key=lambda one: -one.dead_rows)
    yield from map(_overdue, overdue[:_MOST_NAMED])
    yield from _held_open(evidence)


def _lacks_index(evidence: Evidence, table: TableUse) -> Finding:
    filters = scanned_by(table.name, evidence.run.statements)
    times, rows = wording.times(table.seq_scans), wording.count(table.rows_a_scan)
    by = f", looking for {filters[0]}" if filters else ""
    return Finding(
        kind=FindingKind.MISSING_INDEX,
        title=f"{table.name} may lack an index: it was read from end to end {times}, {rows} rows each{by}",
        subject=table.name,
        evidence={
            "rows": table.live_rows,
            "scans_from_end_to_end": table.seq_scans,
            "rows_a_scan": table.rows_a_scan,
            "scans_by_index": table.idx_scans,
            **({"filter": filters[0]} if filters else {}),
        },
    )


def _invalid(evidence: Evidence) -> Iterator[Finding]:
    for index in [one for one in evidence.run.indexes if not one.is_valid][:_MOST_NAMED]:
        yield Finding(
            kind=FindingKind.INVALID_INDEX,
            title=f"the index {index.name} is invalid: every write keeps it up, and nothing can use it",
            subject=index.name,
            evidence={"table": index.table, "size_bytes": index.size_bytes},
        )


def _overdue(table: TableUse) -> Finding:
    dead, allowed = wording.count(table.dead_rows), wording.count(table.dead_rows_allowed or 0.0)
    since = wording.span(table.overdue_s)
    return Finding(
        kind=FindingKind.VACUUM_OVERDUE,
        title=f"{table.name} has waited for autovacuum for {since}: {dead} rows are dead, {allowed} bring it",
        subject=table.name,
        evidence={
            "dead_rows": table.dead_rows,
            "dead_rows_allowed": table.dead_rows_allowed,
            "live_rows": table.live_rows,
            "vacuumed": table.autovacuums,
        },
    )


def _held_open(evidence: Evidence) -> Iterator[Finding]:
    """Transactions so long that nothing which died since they began could be cleaned away."""
    samples, load = evidence.run.samples, evidence.load_and_drain
    for metric, what in (
        ("oldest_transaction_s", "a transaction was open"),
        ("oldest_prepared_s", "a prepared transaction was left"),
    ):
        ages = samples.get("postgres", metric).between(load.start_s, load.end_s)
        if not len(ages) or (oldest_s := float(ages.value.max())) < _LONG_S:
            continue
        until_s = float(ages.time_s[ages.value.argmax()])
        snapshots = samples.get("postgres", "oldest_snapshot_age").between(load.start_s, load.end_s).value
        yield Finding(
            kind=FindingKind.LONG_TRANSACTION,
            title=f"{what} for {wording.span(oldest_s)}: meanwhile nothing that died could be vacuumed",
            subject="postgres",
            evidence={
                "oldest_ms": 1000 * oldest_s,
                **({"transactions_since_oldest_snapshot": float(snapshots.max())} if len(snapshots) else {}),
            },
            at_s=until_s - oldest_s,
            until_s=until_s,
        )
