"""The PgBouncer source: who waits for a connection, for how long, and how far its pools are used.

What an objective asks for stands without a label and is about all pools: their sum, or the worst of them.
The same, by pool, says which.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from preseason.collectors.collector import LabelledGauge, Note, Reading, Sample
from preseason.collectors.counters import CounterLife
from preseason.collectors.labels import Labels
from preseason.collectors.pgbouncer.console import NAME, Console
from preseason.collectors.pgbouncer.pools import counters, pools, stopped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from preseason.collectors.pgbouncer.console import Row
    from preseason.collectors.pgbouncer.pools import Pool
    from preseason.collectors.settings import CollectorSettings
    from preseason.run.manifest import Source

#: So many pools and databases are told apart; all of them are in the sums.
MOST_LABELS = 50
CROWDED = Note(f"more than {MOST_LABELS} pools: the first {MOST_LABELS} are told apart, all are in the sums")
#: A PgBouncer says nothing by which one of its lives could be told from the next.
RENEWED = "the connection was renewed, and it does not tell whether it was restarted meanwhile"


class PgbouncerCollector:
    """Samples one PgBouncer through its console."""

    name = NAME

    def __init__(self, dsn: str, settings: CollectorSettings) -> None:
        self.interval_s = settings.interval_s
        self._console = Console(dsn)
        self._life = CounterLife()
        self._connections = 0
        self._began_ns = time.time_ns()  # another process counts its connections from 1 as well
        self._clients_limit: float | None = None
        self._by_pool = {
            metric: LabelledGauge(NAME, metric)
            for metric in ("clients_active", "clients_waiting", "max_wait_ms", "servers", "pool_use")
        }
        self._pool_labels, self._database_labels = Labels(MOST_LABELS), Labels(MOST_LABELS)

    def open(self) -> Source:
        source = self._console.open()
        self._connections += 1
        limits = {row["key"]: row["value"] for row in self._console.show("CONFIG")}
        self._clients_limit = float(limits.get("max_client_conn") or 0) or None
        return source

    def close(self) -> None:
        self._console.close()

    def read(self, now_s: float, *, last: bool) -> Reading:  # noqa: ARG002 - its last look is like any other
        databases = self._console.show("DATABASES")
        seen = list(pools(self._console.show("POOLS"), databases))
        lists = {row["list"]: row["items"] for row in self._console.show("LISTS")}
        counted = counters(self._console.show("STATS"))
        turn = self._life.turn(now_s, {RENEWED: (self._began_ns, self._connections)}, counted[""])
        samples = (
            *self._clients(now_s, lists),
            *self._pools(now_s, seen),
            Sample(now_s, NAME, "databases_stopped", "", len(stopped(databases))),
            *self._counters(now_s, turn.epoch, counted),
        )
        return Reading(samples, tuple(self._notes(seen, databases)), turn.broken)

    def _clients(self, now_s: float, lists: Mapping[str, int]) -> Iterator[Sample]:
        yield Sample(now_s, NAME, "clients", "", lists["used_clients"] - 1)  # without ourselves
        if self._clients_limit is not None:
            yield Sample(now_s, NAME, "clients_limit", "", self._clients_limit)

    def _pools(self, now_s: float, seen: Sequence[Pool]) -> Iterator[Sample]:
        sums = {
            "clients_active": sum(pool.clients_active for pool in seen),
            "clients_waiting": sum(pool.clients_waiting for pool in seen),
            "servers": sum(pool.servers for pool in seen),
            "max_wait_ms": max((pool.max_wait_ms for pool in seen), default=0.0),
            "pool_use": max((pool.use for pool in seen if pool.use is not None), default=0.0),
        }
        for metric, value in sums.items():
            yield Sample(now_s, NAME, metric, "", value)
        named = [pool for pool in seen if self._pool_labels.admits(pool.name)]
        for metric, gauge in self._by_pool.items():
            values = {pool.name: _value(pool, metric) for pool in named}
            yield from gauge.samples(
                now_s, ((name, value) for name, value in values.items() if value is not None)
            )

    def _counters(
        self, now_s: float, epoch: str, by_label: Mapping[str, Mapping[str, float]]
    ) -> Iterator[Sample]:
        for label, known in by_label.items():
            if not label or self._database_labels.admits(label):
                for metric, value in known.items():
                    yield Sample(now_s, NAME, metric, label, value, epoch)

    def _notes(self, seen: Sequence[Pool], databases: Iterable[Row]) -> Iterator[Note]:
        if not all(self._pool_labels.admits(pool.name) for pool in seen):
            yield CROWDED
        for name in stopped(databases):
            yield Note(
                f"the database {name} is paused or disabled: its clients wait, or are turned away",
                "RESUME, or ENABLE, in the console",
            )


def _value(pool: Pool, metric: str) -> float | None:
    return pool.use if metric == "pool_use" else float(getattr(pool, metric))
