"""Gathers the requests table into columns, a stretch of rows at a time, so that a day fits into memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from preseason.run.columns import array_of, in_one_piece
from preseason.run.growing import Growing
from preseason.run.pairs import Clock, InMemory, Pairs, numbered
from preseason.run.segments import read_ahead
from preseason.run.stored import Minutes, OnDisk, Pieces
from preseason.run.tables import SCHEMAS, Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from preseason.run.pairs import Store
    from preseason.run.segments import Stretch

#: Pairs of bucket and count that are kept in memory: 24 MB, a quarter of an hour at 1 000 requests a second.
_KEPT_PAIRS = 4_000_000
_TEXTS = ("name", "method", "scenario")
_PAIRS = tuple(f"{clock.value}_{part}" for clock in Clock for part in ("bucket", "count"))
#: Plain columns, and how wide their numbers are here.
_NUMBERS = {
    "second": np.int64,
    "requests": np.int32,
    **{f"{clock.value}_{what}_ms": np.float64 for clock in Clock for what in ("sum", "max")},
    "received_bytes": np.int64,
    "cache_hits": np.int32,
    "cache_misses": np.int32,
}


@dataclass(frozen=True, slots=True)
class Strand:
    """What the rows of one endpoint in one scenario, successes or failures, have in common."""

    name: str
    method: str
    scenario: str
    ok: bool


@dataclass(frozen=True, slots=True)
class Gathered:
    """All rows: numbers by column, ``within`` with shape (rows, limits), and which strand each belongs to."""

    numbers: dict[str, NDArray[Any]]
    within: NDArray[np.int32]
    strand: NDArray[np.int16]
    strands: tuple[Strand, ...]
    store: Store


@dataclass
class Gathering:
    """Rows that come stretch by stretch; ``limits`` is how many the manifest names.

    Histograms are kept by minutes that are counted from ``origin_s``, when the load began.
    """

    limits: int
    origin_s: float = 0.0
    _numbers: dict[str, Growing[Any]] = field(init=False)
    _within: Growing[np.int32] = field(init=False)
    _strand: Growing[np.int16] = field(default_factory=lambda: Growing(np.int16))
    _strands: dict[Strand, int] = field(default_factory=dict)
    _stretches: list[Stretch] = field(default_factory=list)
    _pieces: Pieces = field(default_factory=Pieces)
    _kept: list[pa.Table] | None = field(default_factory=list)
    _pairs: int = 0

    def __post_init__(self) -> None:
        self._numbers = {name: Growing(kind) for name, kind in _NUMBERS.items()}
        self._within = Growing(np.int32, self.limits)

    def gather(self, stretches: Iterable[tuple[Stretch, pa.Table]]) -> Gathered:
        for stretch, rows in read_ahead(stretches, _TEXTS):
            self._add(rows)
            self._stretches.append(stretch)
        strand = self._strand.taken()
        return self._gathered(strand, self._store(strand))

    def gather_table(self, table: pa.Table) -> Gathered:
        """Of rows that are in memory already."""
        self._add(table.combine_chunks())
        return self._gathered(self._strand.taken(), InMemory.of(table))

    def _add(self, rows: pa.Table) -> None:
        for name, column in self._numbers.items():
            column.append(array_of(rows[name]))
        self._within.append(_matrix(rows["within"], self.limits))
        strand = self._strands_of(rows)
        self._strand.append(strand)
        minute = Minutes.from_origin(self.origin_s).of(array_of(rows["second"]))
        self._add_pairs(rows, strand, minute)

    def _add_pairs(self, rows: pa.Table, strand: NDArray[np.int16], minute: NDArray[np.int64]) -> None:
        response, service = (Pairs.written(rows, clock) for clock in Clock)
        self._pieces.add(strand, minute, response, service)
        self._pairs += len(response.buckets) + len(service.buckets)
        if self._kept is not None:
            self._kept.append(rows.select(_PAIRS))
            if self._pairs > _KEPT_PAIRS:
                self._kept = None

    def _strands_of(self, rows: pa.Table) -> NDArray[np.int16]:
        words, codes = zip(*(_coded(rows[name]) for name in _TEXTS), strict=True)
        code = array_of(rows["ok"]).astype(np.int64)
        for column, known in zip(codes, words, strict=True):
            code = code * max(1, len(known)) + column
        left, place = numbered(code)
        told: list[list[str]] = []
        for known in reversed(words):
            left, digit = np.divmod(left, max(1, len(known)))
            told.insert(0, [known[one] for one in digit.tolist()])
        strands = (Strand(*each) for each in zip(*told, left.astype(np.bool_).tolist(), strict=True))
        numbers = [self._strands.setdefault(one, len(self._strands)) for one in strands]
        return np.array(numbers, dtype=np.int16)[place]

    def _store(self, strand: NDArray[np.int16]) -> Store:
        if self._kept is not None:
            none = pa.Table.from_batches([], SCHEMAS[Table.REQUESTS]).select(_PAIRS)
            return InMemory.of(pa.concat_tables([none, *self._kept]))
        second = self._numbers["second"].taken()
        minutes = Minutes.from_origin(self.origin_s)
        return OnDisk.of(tuple(self._stretches), self._pieces, minutes, second, strand)

    def _gathered(self, strand: NDArray[np.int16], store: Store) -> Gathered:
        return Gathered(
            numbers={name: column.taken() for name, column in self._numbers.items()},
            within=self._within.taken(),
            strand=strand,
            strands=tuple(self._strands),
            store=store,
        )


def _coded(column: pa.ChunkedArray) -> tuple[list[str], NDArray[np.int64]]:
    encoded = in_one_piece(column).dictionary_encode()
    return encoded.dictionary.to_pylist(), array_of(encoded.indices).astype(np.int64)


def _matrix(lists: pa.ChunkedArray, width: int) -> NDArray[np.int32]:
    flat = array_of(in_one_piece(lists).flatten()).astype(np.int32)
    return flat.reshape(-1, width) if width else np.zeros((len(lists), 0), dtype=np.int32)
