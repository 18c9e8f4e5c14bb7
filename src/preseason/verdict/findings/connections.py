"""Connections: their number against the limit, pools that were used up, and sessions that came and went."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from preseason.run.samples import NO_SAMPLES
from preseason.verdict import wording
from preseason.verdict.findings.gauges import High, stood_high
from preseason.verdict.findings.paces import Fast, ran_fast
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
_ALL_BUSY = High(
    FindingKind.SESSIONS_BUSY,
    3,
    5,
    "none of {} was idle: a pool of that size is used up",
    partial(wording.counted, one="session", many="sessions"),
)
_sessions = partial(wording.counted, one="session", many="sessions")
_CAME_AND_WENT = {
    "sessions": Fast(FindingKind.SESSIONS_OPENED, 50, 7, "{} of Postgres were opened", _sessions, rare=True),
    "sessions_killed": Fast(
        FindingKind.SESSIONS_ENDED, 1, 2, "somebody ended {} of Postgres", _sessions, rare=True
    ),
    "sessions_fatal": Fast(
        FindingKind.SESSIONS_ENDED, 1, 3, "an error ended {} of Postgres", _sessions, rare=True
    ),
}
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
    yield from stood_high(scene, _all_busy(scene.evidence), _ALL_BUSY, "postgres", "sessions_busy")
    for metric, fast in _CAME_AND_WENT.items():
        series = scene.evidence.run.samples.get("postgres", metric)
        yield from ran_fast(scene, series, fast, "postgres", metric)


def _all_busy(evidence: Evidence) -> Series:
    """How many sessions there were while none of them was idle; none where idle ones are never seen."""
    samples = evidence.run.samples
    idle = samples.get("postgres", "connections_by_state", "idle")
    sessions = samples.get("postgres", "connections")
    share = idle.divided_by(sessions)
    if not share.value.any():
        return NO_SAMPLES
    known = sessions.value[np.isin(sessions.time_s, share.time_s)]
    return replace(share, value=np.where(share.value == 0, known, 0.0))


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
