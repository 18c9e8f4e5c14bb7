"""What the client sessions do: how many, in which states, what they wait for and who holds them up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.collectors.collector import LabelledGauge, Sample
from preseason.collectors.postgres.rows import Edge, Sessions
from preseason.collectors.postgres.session import NAME, DeniedError, TooSlowError
from preseason.collectors.postgres.text import CUT
from preseason.run.blocking import BlockingEdge
from preseason.run.blocking import Session as Blocked

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from preseason.collectors.postgres.rows import Server
    from preseason.collectors.postgres.session import Session

STATES = ("active", "idle", "idle in transaction", "idle in transaction (aborted)")
#: ``wait_event_type`` of a session that waits for what another one holds.
LOCK = "Lock"


class Activity:
    """Reads the sessions through ``session``: gauges of them, and the edges of the blocking graph."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._states = LabelledGauge(NAME, "connections_by_state", STATES)
        self._waits = LabelledGauge(NAME, "waits")
        self._waits_on = LabelledGauge(NAME, "waits_on")

    def read(self, now_s: float, server: Server) -> tuple[list[Sample], tuple[BlockingEdge, ...]]:
        """The gauges, and who holds up whom; the latter is asked for only while somebody waits for a lock."""
        groups = self._session.rows("activity", Sessions)
        samples = list(self._gauges(now_s, server, groups))
        edges: Sequence[Edge] | None = ()
        if any(group.waits_for == LOCK for group in groups):
            edges = self._edges()
        if edges is not None and server.sees_sessions:
            samples.append(Sample(now_s, NAME, "blocked", "", edges[0].blocked if edges else 0.0))
        return samples, tuple(_edge(now_s, edge) for edge in edges or ())

    def _edges(self) -> Sequence[Edge] | None:
        """None where the lock table could not be read in time: that nobody is blocked would be a guess."""
        try:
            return self._session.rows("blocking", Edge)
        except (DeniedError, TooSlowError):
            return None

    def _gauges(self, now_s: float, server: Server, groups: Sequence[Sessions]) -> Iterator[Sample]:
        yield Sample(now_s, NAME, "connections", "", sum(group.sessions for group in groups))
        yield Sample(now_s, NAME, "connections_limit", "", server.connections_limit)
        yield Sample(now_s, NAME, "oldest_transaction_s", "", _most(groups, "oldest_transaction_s"))
        if server.sees_sessions:
            yield Sample(now_s, NAME, "oldest_snapshot_age", "", _most(groups, "oldest_snapshot_age"))
            yield Sample(now_s, NAME, "slow_active", "", sum(group.slow_active for group in groups))
            yield Sample(now_s, NAME, "slowest_active_s", "", _most(groups, "slowest_active_s"))
        yield from self._states.samples(now_s, ((group.state, group.sessions) for group in groups))
        waiting = [group for group in groups if group.waits_for]
        yield from self._waits.samples(now_s, ((group.waits_for, group.sessions) for group in waiting))
        on = ((f"{group.waits_for}:{group.event}", group.sessions) for group in waiting)
        yield from self._waits_on.samples(now_s, on)


def _most(groups: Sequence[Sessions], field: str) -> float:
    return max((getattr(group, field) for group in groups), default=0.0)


def _edge(now_s: float, row: Edge) -> BlockingEdge:
    return BlockingEdge(
        at_s=now_s,
        waiting=_blocked(row, "waiting"),
        blocker=_blocked(row, "blocker"),
        waited_s=row.waited_s,
        lock_kind=row.lock_kind or "",
        lock_mode=row.lock_mode or "",
        relation=row.relation or "",
    )


def _blocked(row: Edge, role: str) -> Blocked:
    """The session that is ``waiting`` or the ``blocker``."""
    known = {name: getattr(row, f"{role}_{name}") for name in Blocked.model_fields}
    known["application"] = shown_name(known["application"] or "")
    return Blocked.model_validate({name: value for name, value in known.items() if value is not None})


def shown_name(application: str) -> str:
    """What a client calls itself, without what may be somebody's address: any client may say anything."""
    return " ".join(word if "@" not in word else CUT for word in application.split())
