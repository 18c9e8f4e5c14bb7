"""What the live view is told each second, from the samples as they pass by."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from preseason.collectors.collector import Sample

#: The live hit rate is that of so many last readings: it must follow what happens.
READINGS = 10


class _Lookups(NamedTuple):
    epoch: str
    hits: float
    misses: float


@dataclass(slots=True)
class Progress:
    """The newest figures; None where there is none."""

    connections: float | None = None
    connections_limit: float | None = None
    _lookups: deque[_Lookups] = field(default_factory=lambda: deque(maxlen=READINGS + 1))

    def see(self, samples: Iterable[Sample]) -> None:
        """Take in what was just written."""
        hits: Sample | None = None
        for sample in samples:
            match sample.source, sample.metric:
                case "postgres", "connections":
                    self.connections = sample.value
                case "postgres", "connections_limit":
                    self.connections_limit = sample.value
                case "redis", "keyspace_hits":
                    hits = sample
                case "redis", "keyspace_misses" if hits is not None:
                    self._lookups.append(_Lookups(sample.epoch, hits.value, sample.value))

    def figures(self, lost: Collection[str] = ()) -> dict[str, float | None]:
        """As the live view is told them; what was seen before a source was lost is not shown as what is."""
        of_redis = {"hit_rate": self.hit_rate}
        of_postgres = {"connections": self.connections, "connections_limit": self.connections_limit}
        return {
            **({} if "redis" in lost else of_redis),
            **({} if "postgres" in lost else of_postgres),
        }

    @property
    def hit_rate(self) -> float | None:
        """Hits among the look-ups of the last readings of one epoch, 0-1."""
        same = [it for it in self._lookups if it.epoch == self._lookups[-1].epoch]
        if not same:
            return None
        hits, misses = same[-1].hits - same[0].hits, same[-1].misses - same[0].misses
        return hits / (hits + misses) if hits + misses > 0 else None
