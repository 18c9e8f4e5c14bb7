"""Connections: their number against the limit, and whoever waited for one in a pool."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from preseason.verdict import wording
from preseason.verdict.findings.gauges import High, stood_high
from preseason.verdict.model import Finding, FindingKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preseason.run.samples import Series
    from preseason.verdict.evidence import Evidence
    from preseason.verdict.findings.scene import Cause, Scene

_NEAR_LIMIT = High(
    FindingKind.CONNECTIONS_NEAR_LIMIT,
    0.8,
    4,
    "Postgres connections reached {} of their limit",
    wording.percent,
)
_QUEUE = "clients_waiting"
_clients = partial(wording.counted, one="client", many="clients")


def seen(scene: Scene) -> Iterator[Cause]:
    """Pools before the server: clients in a queue have not even asked it."""
    pools = scene.evidence.run.samples.labelled("pgbouncer", _QUEUE)
    for pool, series in ({name: one for name, one in pools.items() if name} or pools).items():
        where = f"in the pool {pool}" if pool else "in PgBouncer"
        queue = High(FindingKind.POOL_WAITS, 1, 3, f"up to {{}} waited for a connection {where}", _clients)
        yield from stood_high(scene, series, queue, pool or "pgbouncer", _QUEUE)
    yield from stood_high(scene, _share_of_limit(scene.evidence), _NEAR_LIMIT, "postgres", "share_of_limit")


def near_limit(evidence: Evidence) -> Iterator[Finding]:
    """Of the whole judged time, whoever suffered from it."""
    span = evidence.judged
    inside = _share_of_limit(evidence).between(span.start_s, span.end_s)
    if len(inside) and (most := float(inside.value.max())) >= _NEAR_LIMIT.threshold:
        yield Finding(
            kind=_NEAR_LIMIT.kind,
            title=_NEAR_LIMIT.tell(most),
            subject="postgres",
            evidence={"share_of_limit": most},
            at_s=float(inside.time_s[inside.value.argmax()]),
        )


def _share_of_limit(evidence: Evidence) -> Series:
    samples = evidence.run.samples
    return samples.get("postgres", "connections").divided_by(samples.get("postgres", "connections_limit"))
