"""Sessions that waited for locks: who held them up, on what, and in which state the one in front was."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from preseason.verdict import wording
from preseason.verdict.findings.scene import Cause
from preseason.verdict.findings.statement_text import shortened
from preseason.verdict.model import Finding, FindingKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from preseason.run.blocking import BlockingEdge, Session
    from preseason.run.samples import Series
    from preseason.verdict.findings.scene import Scene

_DIRECT = 1
#: In less of the scene, nobody who suffered in it can have waited for a lock.
_LEAST_SHARE = 0.3
#: How old the oldest transaction must be before it is worth a word.
_LONG_S = 2.0
#: What a lock is on, by Postgres' name for its kind.
_LOCKED = {
    "transactionid": "a row lock",
    "tuple": "a row lock",
    "relation": "a table lock",
    "advisory": "an advisory lock",
}


def seen(scene: Scene) -> Iterator[Cause]:
    """By table; from the sessions' waits alone where nobody recorded who held up whom."""
    edges = [edge for edge in scene.evidence.run.blocking if scene.touches(edge.at_s, edge.at_s)]
    by_lock: defaultdict[tuple[str, str], list[BlockingEdge]] = defaultdict(list)
    for edge in edges:
        by_lock[edge.relation, _LOCKED.get(edge.lock_kind, "a lock")].append(edge)
    waited = _strength(scene)
    for (relation, lock), held in by_lock.items():
        strength = max(waited, _covered(scene, held))
        if strength >= _LEAST_SHARE:
            yield Cause(strength, _DIRECT, _blocked(scene, relation, lock, held))
    if not edges:
        yield from _waits(scene)
        yield from _old_transaction(scene)


def _strength(scene: Scene) -> float:
    return max((scene.excess(series, 1.0) for series in _waiting(scene).values()), default=0.0)


def _waiting(scene: Scene) -> dict[str, Series]:
    """Sessions that waited for a lock, by the kind of lock as far as it was sampled."""
    samples = scene.evidence.run.samples
    kinds = {
        label: series
        for label, series in samples.labelled("postgres", "waits_on").items()
        if label.startswith("Lock:")
    }
    found = kinds or {
        "Lock:": samples.get("postgres", "waits", "Lock"),
        "": samples.get("postgres", "blocked"),
    }
    return {label.removeprefix("Lock:"): series for label, series in found.items() if len(series)}


def _covered(scene: Scene, edges: Sequence[BlockingEdge]) -> float:
    """The part of the scene between the first moment somebody waited and the last."""
    begins = min(edge.at_s - (edge.waited_s or 0.0) for edge in edges)
    ends = max(edge.at_s for edge in edges)
    within_s = min(ends, scene.end_s) - max(begins, scene.start_s)
    return max(0.0, min(1.0, within_s / max(scene.length_s, 1.0)))


def _blocked(scene: Scene, relation: str, lock: str, edges: Sequence[BlockingEdge]) -> Finding:
    waiting = {edge.waiting.pid for edge in edges}
    front = _in_front(edges)
    longest_s = max((edge.waited_s or 0.0 for edge in edges), default=0.0)
    statements = scene.evidence.run.statements
    waiters = Counter(edge.waiting.queryid for edge in edges if edge.waiting.queryid in statements)
    evidence: dict[str, str | float | int | None] = {
        "sessions_waited": len(waiting),
        "longest_wait_ms": 1000 * longest_s or None,
        "table": relation,
        "lock": edges[0].lock_kind,
        "blocker_pid": front.pid,
        "blocker_application": front.application,
        "blocker_state": front.state,
        "blocker_in_state_ms": None if front.state_s is None else 1000 * front.state_s,
        "blocker_transaction_ms": None if front.transaction_s is None else 1000 * front.transaction_s,
    }
    if front.queryid in statements:
        evidence["blocker_statement"] = shortened(statements[front.queryid].text)
    if waiters:
        evidence["waiting_statement"] = shortened(statements[waiters.most_common(1)[0][0]].text)
    on = f" of {relation}" if relation else ""
    who = wording.counted(len(waiting), "session", "sessions")
    return Finding(
        kind=FindingKind.LOCK_WAITS,
        title=f"{who} waited for {lock}{on}, {_told(front) if _roots(edges) else 'each for another of them'}",
        subject=relation or "postgres",
        evidence={name: value for name, value in evidence.items() if value not in {"", None}},
        at_s=min(edge.at_s - (edge.waited_s or 0.0) for edge in edges),
        until_s=max(edge.at_s for edge in edges),
    )


def _in_front(edges: Sequence[BlockingEdge]) -> Session:
    """The session that held up most without waiting itself, as it stood when it had done so longest."""
    roots = _roots(edges) or list(edges)
    looks = Counter(edge.blocker.pid for edge in roots)
    of_worst = [edge.blocker for edge in roots if edge.blocker.pid == looks.most_common(1)[0][0]]
    return max(of_worst, key=lambda session: session.state_s or 0.0)


def _roots(edges: Sequence[BlockingEdge]) -> list[BlockingEdge]:
    """The edges to sessions that wait for nobody; none where all wait for each other."""
    waiting = {(edge.at_s, edge.waiting.pid) for edge in edges}
    return [edge for edge in edges if (edge.at_s, edge.blocker.pid) not in waiting]


def _told(front: Session) -> str:
    if front.pid == 0:
        return "behind a prepared transaction that nobody finished"
    state = front.state or "in a state that our role may not see"
    since = "" if front.state_s is None else f" for {wording.span(front.state_s)}"
    whose = f" of {shortened(front.application)}" if front.application else ""
    return f"behind a session{whose} that was {state}{since}"


def _waits(scene: Scene) -> Iterator[Cause]:
    for kind, series in _waiting(scene).items():
        inside = scene.inside(series)
        strength = scene.excess(series, 1.0)
        if strength < _LEAST_SHARE:
            continue
        most = float(inside.value.max())
        held = inside.time_s[inside.value >= 1]
        who = wording.counted(most, "session", "sessions")
        finding = Finding(
            kind=FindingKind.LOCK_WAITS,
            title=f"up to {who} waited for {_LOCKED.get(kind, 'a lock')}",
            subject="postgres",
            evidence={"sessions_waited": most, "share_of_looks": float((inside.value >= 1).mean())},
            at_s=float(held[0]),
            until_s=float(held[-1]),
        )
        yield Cause(strength, _DIRECT, finding)


def _old_transaction(scene: Scene) -> Iterator[Cause]:
    """A transaction that was open much longer than any is otherwise, where nothing tells whom it held up."""
    series = scene.evidence.run.samples.get("postgres", "oldest_transaction_s")
    inside, outside = scene.inside(series), scene.outside(series)
    oldest_s = float(inside.value.max(initial=0.0))
    usual_s = float(outside.max(initial=0.0))
    if scene.is_whole or oldest_s < max(_LONG_S, 2 * usual_s):
        return
    finding = Finding(
        kind=FindingKind.LONG_TRANSACTION,
        title=f"a transaction was open for {wording.span(oldest_s)}",
        subject="postgres",
        evidence={"oldest_ms": 1000 * oldest_s, "usually_at_most_ms": 1000 * usual_s},
        at_s=float(inside.time_s[inside.value.argmax()] - oldest_s),
        until_s=float(inside.time_s[inside.value.argmax()]),
    )
    yield Cause(min(1.0, oldest_s / max(scene.length_s, oldest_s)) * (1 - usual_s / oldest_s), 2, finding)
