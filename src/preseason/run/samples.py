"""The samples of a run as series, and counters as deltas that never cross a reset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

#: The label of host samples that are the load generator's and not the target's: its processes, and the
#: machine it runs on where the target runs elsewhere.
GENERATOR = "generator"


def labelled(*parts: str) -> str:
    """A label of several parts, such as a machine and one of its disks: ``db:sda``; without empty ones."""
    return ":".join(part for part in parts if part)


def owner(label: str) -> str:
    """The first part of a label: whose it is."""
    return label.partition(":")[0]


@dataclass(frozen=True, slots=True, order=True)
class Metric:
    """What a series holds: ``redis.keyspace_hits``, or ``host.cpu`` labelled by process."""

    source: str
    name: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """Values of one metric by time (UTC epoch seconds), ascending; ``epoch`` names a counter's life."""

    time_s: NDArray[np.float64]
    value: NDArray[np.float64]
    epoch: NDArray[np.str_]

    def between(self, start_s: float, end_s: float) -> Series:
        inside = (self.time_s >= start_s) & (self.time_s <= end_s)
        return Series(self.time_s[inside], self.value[inside], self.epoch[inside])

    def divided_by(self, other: Series) -> Series:
        """The ratio to another gauge, at the moments at which both were sampled."""
        _, mine, theirs = np.intersect1d(self.time_s, other.time_s, return_indices=True)
        values, divisors = self.value[mine], other.value[theirs]
        usable = divisors > 0
        return Series(self.time_s[mine][usable], values[usable] / divisors[usable], self.epoch[mine][usable])

    def deltas(self) -> Deltas:
        """The growth of a counter between neighbouring samples.

        A delta is valid only within one epoch and when the counter did not go back; the rest are gaps,
        neither clamped to zero nor guessed.
        """
        grown = np.diff(self.value)
        valid = (self.epoch[1:] == self.epoch[:-1]) & (grown >= 0)
        return Deltas(self.time_s[:-1], self.time_s[1:], np.where(valid, grown, np.nan), valid)

    def __len__(self) -> int:
        return len(self.time_s)


@dataclass(frozen=True, slots=True)
class Deltas:
    """Growth over ``(start_s, end_s]``; ``growth`` is NaN where it is not ``valid``."""

    start_s: NDArray[np.float64]
    end_s: NDArray[np.float64]
    growth: NDArray[np.float64]
    valid: NDArray[np.bool_]

    @property
    def total(self) -> float:
        """The sum of the valid ones."""
        return float(self.growth[self.valid].sum())


@dataclass(frozen=True, slots=True)
class Samples:
    """Everything the collectors read, by metric."""

    series: dict[Metric, Series]

    @classmethod
    def of(cls, table: pa.Table) -> Self:
        """From the rows of ``tables.SAMPLES``."""
        ordered = table.sort_by(
            [("source", "ascending"), ("metric", "ascending"), ("label", "ascending"), ("time", "ascending")]
        )
        keys = list(zip(*(ordered[name].to_pylist() for name in ("source", "metric", "label")), strict=True))
        time_s, value = (ordered[name].to_numpy() for name in ("time", "value"))
        epoch = np.asarray(ordered["epoch"].to_pylist(), dtype=np.str_)
        starts = [row for row, key in enumerate(keys) if row == 0 or key != keys[row - 1]]
        ends = starts[1:] + [len(keys)] * bool(starts)
        return cls(
            {
                Metric(*keys[start]): Series(time_s[start:end], value[start:end], epoch[start:end])
                for start, end in zip(starts, ends, strict=True)
            }
        )

    def get(self, source: str, name: str, label: str = "") -> Series:
        """The series of a metric; an empty one where nothing was sampled."""
        return self.series.get(Metric(source, name, label), _EMPTY)

    def labelled(self, source: str, name: str) -> dict[str, Series]:
        """The series of a metric that has labels, by label."""
        chosen = (metric for metric in self.series if (metric.source, metric.name) == (source, name))
        return {metric.label: self.series[metric] for metric in sorted(chosen)}


_EMPTY = Series(np.array([]), np.array([]), np.array([], dtype=np.str_))
