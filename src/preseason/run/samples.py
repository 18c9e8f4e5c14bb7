"""The samples of a run as series, and counters as deltas that never cross a reset."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from preseason.run.columns import array_of, in_one_piece
from preseason.run.segments import read_ahead, stretches_of
from preseason.run.tables import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import pyarrow as pa
    from numpy.typing import NDArray

#: The label of host samples that are the load generator's and not the target's: its processes, and the
#: machine it runs on where the target runs elsewhere.
GENERATOR = "generator"
#: What every look of a collector at its source took, under the source's name: a look is never without it.
LOOK_METRIC = "collector_ms"


#: Samples are narrow, and of each metric there are few in a stretch.
_ROWS_AT_A_TIME = 65_536
#: The columns of text that a sample is known by.
_METRIC, _EPOCH = ("source", "metric", "label"), ("epoch",)


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

    def at(self, moments_s: NDArray[np.float64]) -> Series:
        """Only what was sampled at these moments."""
        here = np.isin(self.time_s, moments_s)
        return Series(self.time_s[here], self.value[here], self.epoch[here])

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

    def where(self, condition: NDArray[np.bool_]) -> Deltas:
        """Those for which a condition holds; it has an entry for each."""
        return Deltas(
            self.start_s[condition], self.end_s[condition], self.growth[condition], self.valid[condition]
        )

    def around(self, start_s: float, end_s: float) -> tuple[float, float]:
        """From where to where reach the intervals that touch the time from ``start_s`` to ``end_s``."""
        touching = (self.end_s > start_s) & (self.start_s < end_s)
        if not touching.any():
            return start_s, end_s
        return float(self.start_s[touching].min()), float(self.end_s[touching].max())


@dataclass(frozen=True, slots=True)
class Samples:
    """Everything the collectors read, by metric."""

    series: dict[Metric, Series]

    @classmethod
    def of(cls, table: pa.Table) -> Self:
        """From the rows of ``tables.SAMPLES``."""
        return cls._of([table])

    @classmethod
    def read(cls, run_folder: Path) -> Self:
        """From the segments of a run."""
        stretches = stretches_of(run_folder, Table.SAMPLES, _ROWS_AT_A_TIME)
        return cls._of(rows for _, rows in read_ahead(stretches, (*_METRIC, *_EPOCH)))

    @classmethod
    def _of(cls, tables: Iterable[pa.Table]) -> Self:
        epochs = _Numbered(_EPOCH)
        parts: defaultdict[Metric, list[_Part]] = defaultdict(list)
        for table in tables:
            for metric, part in _by_metric(table, epochs):
                parts[metric].append(part)
        moments: dict[tuple[int, float], NDArray[np.float64]] = {}
        return cls({metric: _series(parts.pop(metric), epochs.keys, moments) for metric in sorted(parts)})

    def get(self, source: str, name: str, label: str = "") -> Series:
        """The series of a metric; an empty one where nothing was sampled."""
        return self.series.get(Metric(source, name, label), NO_SAMPLES)

    def labelled(self, source: str, name: str) -> dict[str, Series]:
        """The series of a metric that has labels, by label."""
        chosen = (metric for metric in self.series if (metric.source, metric.name) == (source, name))
        return {metric.label: self.series[metric] for metric in sorted(chosen)}


#: The series of what nobody sampled.
NO_SAMPLES = Series(np.array([]), np.array([]), np.array([], dtype=np.str_))


class _Numbered:
    """Numbers what stands in some columns of text, in the order in which it comes."""

    def __init__(self, columns: tuple[str, ...]) -> None:
        self._columns = columns
        self._numbers: dict[tuple[str, ...], int] = {}

    @property
    def keys(self) -> list[tuple[str, ...]]:
        return list(self._numbers)

    def of(self, table: pa.Table) -> NDArray[np.int32]:
        """The number of each row."""
        code = np.zeros(table.num_rows, dtype=np.int64)
        texts = [in_one_piece(table[name]).dictionary_encode() for name in self._columns]
        for text in texts:
            code = code * len(text.dictionary) + array_of(text.indices)
        _, first, place = np.unique(_narrow(code), return_index=True, return_inverse=True)
        keys = [tuple(text[row].as_py() for text in texts) for row in first.tolist()]
        numbers = [self._numbers.setdefault(key, len(self._numbers)) for key in keys]
        return np.array(numbers, dtype=np.int32)[place]


def _narrow(numbers: NDArray[np.integer]) -> NDArray[np.unsignedinteger]:
    """The same, none of which is negative; narrow numbers are sorted many times faster than wide ones."""
    return numbers.astype(np.min_scalar_type(int(numbers.max(initial=0))))


#: Moments, values and numbered epochs of one metric. What one look sampled together shares the moments.
_Part = tuple["NDArray[np.float64]", "NDArray[np.float64]", "NDArray[np.int32]"]


def _by_metric(table: pa.Table, epochs: _Numbered) -> Iterator[tuple[Metric, _Part]]:
    """The rows of some thousand samples, metric by metric."""
    if not table.num_rows:
        return
    metrics = _Numbered(_METRIC)
    metric, epoch = metrics.of(table), epochs.of(table)
    time_s, value = array_of(table["time"]), array_of(table["value"])
    order = np.argsort(_narrow(metric), kind="stable")
    ends = np.cumsum(np.bincount(metric))[:-1]
    columns = zip(*(np.split(column[order], ends) for column in (time_s, value, epoch)), strict=True)
    moments = np.empty(0)
    for key, (at_s, values, lives) in zip(metrics.keys, columns, strict=True):
        moments = moments if np.array_equal(moments, at_s) else at_s.copy()
        yield Metric(*key), (moments, values, _once(lives))


def _series(
    parts: list[_Part], epochs: list[tuple[str, ...]], moments: dict[tuple[int, float], NDArray[np.float64]]
) -> Series:
    """One metric. What was sampled at the same ``moments`` as another shares them."""
    time_s, value, epoch = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    if (np.diff(time_s) < 0).any():
        order = np.argsort(time_s, kind="stable")
        time_s, value, epoch = time_s[order], value[order], epoch[order]
    known = moments.setdefault((len(time_s), float(time_s.sum())), time_s)
    return Series(known if np.array_equal(known, time_s) else time_s, value, _named(epoch, epochs))


def _once(epoch: NDArray[np.int32]) -> NDArray[np.int32]:
    """A single epoch, which most series have, is not written out for each sample."""
    return np.broadcast_to(epoch[0], epoch.shape) if (epoch == epoch[0]).all() else epoch.copy()


def _named(epoch: NDArray[np.int32], names: list[tuple[str, ...]]) -> NDArray[np.str_]:
    """The text of each number."""
    words = np.array([name for (name,) in names], dtype=np.str_)
    alike = bool((epoch == epoch[0]).all())
    return np.broadcast_to(words[epoch[0]], epoch.shape) if alike else words[epoch]
