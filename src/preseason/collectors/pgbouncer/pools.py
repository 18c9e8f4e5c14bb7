"""What ``SHOW POOLS``, ``DATABASES`` and ``STATS`` say, read by the names of their columns.

A pool is the server connections of one database and user. Versions 1.15 to 1.24 differ in the columns: how
connections that are being cancelled are counted, for one. Servers are therefore added up over all columns
that begin with ``sv_``, and what may be handed out is told from the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from preseason.collectors.pgbouncer.console import DATABASE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from preseason.collectors.pgbouncer.console import Row

#: Servers that wait for a client: idle ones, and those that will be checked before they are given away.
_FREE = ("sv_idle", "sv_used")
#: Our counters by the columns of ``SHOW STATS``; times are in microseconds.
COUNTERS = {
    "total_xact_count": "transactions",
    "total_query_count": "queries",
    "total_received": "received_bytes",
    "total_sent": "sent_bytes",
    "total_xact_time": "transaction_us",
    "total_query_time": "query_us",
    "total_wait_time": "wait_us",
    "total_server_assignment_count": "server_assignments",
}


@dataclass(frozen=True, slots=True)
class Pool:
    """One pool at a moment. ``size`` is how many servers it may have; None where that is not bounded."""

    name: str
    clients_active: int
    clients_waiting: int
    max_wait_ms: float
    servers: int
    servers_free: int
    size: int | None

    @property
    def use(self) -> float | None:
        """The share of its size that is taken, so that no client can be given it; above 1 on its reserve."""
        return None if self.size is None else (self.servers - self.servers_free) / self.size


def pools(shown: Iterable[Row], databases: Iterable[Row]) -> Iterator[Pool]:
    """The pools of ``SHOW POOLS``, without the console's own; their sizes are from ``SHOW DATABASES``."""
    sizes = {row["name"]: int(row.get("pool_size") or 0) for row in databases}
    for row in shown:
        if row["database"] == DATABASE:
            continue
        yield Pool(
            name=f"{row['database']}/{row['user']}",
            clients_active=row["cl_active"],
            clients_waiting=row["cl_waiting"],
            max_wait_ms=row["maxwait"] * 1000 + row.get("maxwait_us", 0) / 1000,
            servers=sum(count for column, count in row.items() if column.startswith("sv_")),
            servers_free=sum(row.get(column, 0) for column in _FREE),
            size=sizes.get(row["database"]) or None,
        )


def stopped(databases: Iterable[Row]) -> list[str]:
    """The databases that an operator has paused or disabled: their clients wait, or are turned away."""
    return sorted(row["name"] for row in databases if row.get("paused") or row.get("disabled"))


def counters(stats: Iterable[Row]) -> dict[str, dict[str, float]]:
    """The counters of each database of ``SHOW STATS`` by its name, and under no name those of all.

    The console is left out of both. Until a database is used there is no row of it, but its counts are known:
    they are 0.
    """
    totals: dict[str, float] = {}
    found = {"": totals}
    for row in stats:
        known = {metric: float(row[column]) for column, metric in COUNTERS.items() if column in row}
        ours = row["database"] == DATABASE
        for metric, value in known.items():
            totals[metric] = totals.get(metric, 0.0) + (0.0 if ours else value)
        if not ours:
            found[row["database"]] = known
    return found
