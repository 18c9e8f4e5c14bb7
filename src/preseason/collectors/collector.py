"""What every source of samples looks like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from preseason.run.blocking import BlockingEdge
    from preseason.run.indexes import Index
    from preseason.run.key_space import KeyGroup
    from preseason.run.manifest import Source
    from preseason.run.statements import Statement


@dataclass(frozen=True, slots=True)
class Sample:
    """One value of ``metric`` read from ``source`` at ``time_s`` (UTC epoch seconds).

    Counters are stored as the server counts them, cumulative; ``epoch`` names the life they were counted in.
    It is empty for gauges.
    """

    time_s: float
    source: str
    metric: str
    label: str
    value: float
    epoch: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """Something that limits what a source can tell, and what would cure it (a GRANT, a setting)."""

    text: str
    cure: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one look at a source gave.

    ``broken`` says why its counters cannot be continued from the previous reading ("the server
    restarted"); empty while they can.
    """

    samples: tuple[Sample, ...]
    notes: tuple[Note, ...] = ()
    broken: str = ""
    statements: tuple[Statement, ...] = ()
    blocking: tuple[BlockingEdge, ...] = ()
    key_groups: tuple[KeyGroup, ...] = ()
    indexes: tuple[Index, ...] = ()


class LabelledGauge:
    """A gauge of several labels, where a label that the source does not name stands at zero.

    Labels are remembered once they were seen, so that no series breaks off while it is merely zero.
    """

    def __init__(self, source: str, metric: str, labels: Iterable[str] = ()) -> None:
        self._source, self._metric = source, metric
        self._labels = dict.fromkeys(labels, 0.0)

    def samples(self, now_s: float, values: Iterable[tuple[str, float]]) -> Iterator[Sample]:
        """One sample a label; values of one label are added up."""
        self._labels = dict.fromkeys(self._labels, 0.0)
        for label, value in values:
            self._labels[label] = self._labels.get(label, 0.0) + value
        for label, value in self._labels.items():
            yield Sample(now_s, self._source, self._metric, label, value)


class LostError(Exception):
    """A source does not answer, or no longer does; the message says why and holds no secret."""


class Collector(Protocol):
    """Reads one source, always from the same thread.

    ``open`` and ``read`` raise :class:`LostError` when the source does not answer within a few seconds. It is
    then closed and opened again later, so ``close`` must work on whatever is left, and ``open`` afterwards.
    """

    @property
    def name(self) -> str: ...

    @property
    def interval_s(self) -> float: ...

    def open(self) -> Source:
        """Connect; what was found there, without its credentials."""
        ...

    def read(self, now_s: float, *, last: bool) -> Reading:
        """Look once, at ``now_s``; ``last`` is the final look of a run."""
        ...

    def close(self) -> None: ...
