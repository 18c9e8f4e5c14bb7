"""Who held up whom, look by look, gathered into holds: one session in front, and all that stood behind it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from preseason.run.blocking import BlockingEdge, Session

#: Looks are a second apart. Somebody in front who holds up nobody for longer begins another hold.
_APART_S = 3.5


@dataclass(frozen=True, slots=True)
class Queue:
    """One look at one session in front: the edges to all that waited behind it, near or far."""

    at_s: float
    front: Session
    edges: tuple[BlockingEdge, ...]

    @property
    def behind(self) -> frozenset[int]:
        """Who waited, by process id."""
        return frozenset(edge.waiting.pid for edge in self.edges)

    @property
    def is_cycle(self) -> bool:
        """Whether the one in front waits itself, for one of those behind: a deadlock until it is resolved."""
        return self.front.pid in self.behind


@dataclass(frozen=True, slots=True)
class Hold:
    """The queues behind one session from one look to the next, in the order of time."""

    queues: tuple[Queue, ...]

    @property
    def edges(self) -> tuple[BlockingEdge, ...]:
        return tuple(edge for queue in self.queues for edge in queue.edges)

    @property
    def front(self) -> Session:
        """The one in front, as it stood when it had been so for longest."""
        return max((queue.front for queue in self.queues), key=lambda session: session.state_s or 0.0)

    @property
    def is_cycle(self) -> bool:
        return any(queue.is_cycle for queue in self.queues)

    @property
    def at_s(self) -> float:
        """When the first of them began to wait."""
        return min(edge.at_s - (edge.waited_s or 0.0) for edge in self.edges)

    @property
    def until_s(self) -> float:
        """The last look at which somebody waited."""
        return self.queues[-1].at_s

    @property
    def most_behind(self) -> int:
        """At one look."""
        return max(len(queue.behind) for queue in self.queues)

    @property
    def longest_wait_s(self) -> float:
        return max((edge.waited_s or 0.0 for edge in self.edges), default=0.0)


def holds_of(edges: Iterable[BlockingEdge]) -> tuple[Hold, ...]:
    """In the order in which they began; a session behind two others stands in the hold of each."""
    looks: defaultdict[float, list[BlockingEdge]] = defaultdict(list)
    for edge in edges:
        looks[edge.at_s].append(edge)
    going: dict[int, list[Queue]] = {}
    ended: list[list[Queue]] = []
    for at_s in sorted(looks):
        for queue in _queues(at_s, looks[at_s]):
            before = going.get(queue.front.pid)
            if before is not None and at_s - before[-1].at_s <= _APART_S:
                before.append(queue)
            else:
                going[queue.front.pid] = [queue]
                ended.append(going[queue.front.pid])
    return tuple(sorted((Hold(tuple(queues)) for queues in ended), key=lambda hold: hold.at_s))


def _queues(at_s: float, edges: Sequence[BlockingEdge]) -> Iterator[Queue]:
    """Each session in front of one look; of a pure cycle, which has none, the one with the lowest id."""
    by_blocker: defaultdict[int, list[BlockingEdge]] = defaultdict(list)
    for edge in edges:
        by_blocker[edge.blocker.pid].append(edge)
    waiting = {edge.waiting.pid for edge in edges}
    left = set(waiting)
    fronts = sorted(by_blocker.keys() - waiting)
    while fronts or left & by_blocker.keys():
        front = fronts.pop(0) if fronts else min(left & by_blocker.keys())
        reached = tuple(_behind(front, by_blocker))
        left -= {edge.waiting.pid for edge in reached} | {front}
        yield Queue(at_s, by_blocker[front][0].blocker, reached)


def _behind(front: int, by_blocker: dict[int, list[BlockingEdge]]) -> Iterator[BlockingEdge]:
    """Every edge on the way from ``front`` to whoever waits, each once, however they go round."""
    seen, ahead = {front}, [front]
    while ahead:
        for edge in by_blocker.get(ahead.pop(), ()):
            yield edge
            if edge.waiting.pid not in seen:
                seen.add(edge.waiting.pid)
                ahead.append(edge.waiting.pid)
