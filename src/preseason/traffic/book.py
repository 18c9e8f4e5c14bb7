"""The book of arrivals: what was planned, what became of it, and how late it was. Nothing disappears."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from preseason.run.tables import SCHEMAS, Table
from preseason.traffic.recorder import sparse_histogram

if TYPE_CHECKING:
    from preseason.traffic.recorder import Columns


@dataclass(slots=True)
class Arrival:
    """One journey that is due. ``due_s`` is monotonic, ``second`` the UTC epoch second it is due in.

    ``starved`` says that no user was free when it was due; ``lag_ms`` is set when a user takes it, and
    is spent by its first request.
    """

    scenario: str
    due_s: float
    second: int
    starved: bool = False
    lag_ms: float = 0.0


@dataclass(slots=True)
class _Line:
    """What happened to the arrivals of one scenario in one second, since the book was last taken."""

    counts: Counter[str] = field(default_factory=Counter)
    journey_sum_ms: float = 0.0
    lags_ms: list[float] = field(default_factory=list)


class ArrivalBook:
    """Counts arrivals by scenario and second; rows of one second may be taken in several parts."""

    def __init__(self, late_ms: float) -> None:
        self._late_ms = late_ms
        self._lines: defaultdict[tuple[int, str], _Line] = defaultdict(_Line)

    def planned(self, arrival: Arrival) -> None:
        self._lines[arrival.second, arrival.scenario].counts["planned"] += 1

    def started(self, arrival: Arrival) -> None:
        line = self._lines[arrival.second, arrival.scenario]
        line.counts["started"] += 1
        line.lags_ms.append(arrival.lag_ms)
        if arrival.starved:
            line.counts["starved"] += 1
        elif arrival.lag_ms > self._late_ms:
            line.counts["late"] += 1

    def dropped(self, arrival: Arrival) -> None:
        line = self._lines[arrival.second, arrival.scenario]
        line.counts["dropped"] += 1
        line.counts["starved"] += arrival.starved

    def finished(self, arrival: Arrival, second: int, journey_ms: float) -> None:
        """``second`` is the one it ended in, ``journey_ms`` the time since its intended start."""
        line = self._lines[second, arrival.scenario]
        line.counts["finished"] += 1
        line.journey_sum_ms += journey_ms

    def take(self) -> Columns:
        """The rows of ``tables.ARRIVALS`` since the last time."""
        lines, self._lines = self._lines, defaultdict(_Line)
        rows = [_row(second, scenario, line) for (second, scenario), line in lines.items()]
        return {name: [row[name] for row in rows] for name in SCHEMAS[Table.ARRIVALS].names}


def _row(second: int, scenario: str, line: _Line) -> dict[str, Any]:
    buckets, counts = sparse_histogram(np.array(line.lags_ms))
    return {
        "second": second,
        "scenario": scenario,
        **{
            name: line.counts[name]
            for name in ("planned", "started", "late", "starved", "dropped", "finished")
        },
        "journey_sum_ms": line.journey_sum_ms,
        "lag_bucket": buckets,
        "lag_count": counts,
    }
