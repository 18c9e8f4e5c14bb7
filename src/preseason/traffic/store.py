"""Keeps what the drivers report: gathers rows for a few seconds, then appends them to the run."""

from __future__ import annotations

import time
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from gevent.threadpool import ThreadPool

from preseason.run.columns import array_of, in_one_piece
from preseason.run.histogram import Histogram
from preseason.run.segments import SegmentWriter
from preseason.run.tables import SCHEMAS, Table

if TYPE_CHECKING:
    from pathlib import Path

#: Rows wait this long to be written, so that a day-long run is not mostly batch headers. With a report a
#: second and the second in progress, a killed process costs less than five seconds.
_KEEP_EVERY_S = 1.5


class Store:
    """The only writer of the traffic's tables."""

    def __init__(self, run_folder: Path) -> None:
        self._writers = {table: SegmentWriter(run_folder, table, "traffic") for table in SCHEMAS}
        self._pending: defaultdict[Table, list[pa.Table]] = defaultdict(list)
        self._recent: list[pa.Table] = []
        self._kept_s = time.monotonic()
        self._lost: OSError | None = None
        # Its thread is there from the start: once users have taken all the memory, none can be had.
        self._disk = ThreadPool(1)
        self._syncing = self._disk.spawn(self._sync)
        # The first time, Arrow and numpy load modules for 45 ms, which every journey then due would show.
        _glance([pa.Table.from_batches([], SCHEMAS[Table.REQUESTS])])

    def add(self, table: Table, rows: pa.Table) -> None:
        self._pending[table].append(rows)
        if table is Table.REQUESTS:
            self._recent.append(rows)

    def keep(self) -> None:
        """Append what has waited long enough, and see it onto the disk without stopping the loop.

        Raises OSError where that failed, or failed the last time: the disk is full.
        """
        if self._lost is not None:
            raise self._lost
        if time.monotonic() - self._kept_s >= _KEEP_EVERY_S:
            self._kept_s = time.monotonic()
            self._write()
            if self._syncing.ready():  # else the disk is slow, and the next time sees all of it there
                self._syncing = self._disk.spawn(self._sync)

    def close(self) -> None:
        """Append the rest; where the disk is full, leave what was written before, and raise OSError."""
        try:
            self._write()
            for writer in self._writers.values():
                writer.close()
        except OSError:
            for writer in self._writers.values():
                writer.abandon()
            raise

    def take_recent(self) -> dict[str, Any]:
        """A glance at the requests since the last time, for the live view."""
        recent, self._recent = self._recent, []
        if not recent:
            return {"requests": 0, "errors": 0, "p95_ms": None, "seconds": 0}
        return _glance(recent)

    def _sync(self) -> None:
        for writer in self._writers.values():
            try:
                writer.sync()
            except (OSError, ValueError) as error:  # a closed file has been seen onto the disk already
                self._lost = error if isinstance(error, OSError) else self._lost

    def _write(self) -> None:
        pending, self._pending = self._pending, defaultdict(list)
        for table, rows in pending.items():
            for batch in pa.concat_tables(rows).combine_chunks().to_batches():
                self._writers[table].append_batch(batch)


def _glance(recent: list[pa.Table]) -> dict[str, Any]:
    rows = pa.concat_tables(recent)
    histogram = Histogram.from_pairs(
        *(array_of(in_one_piece(rows[f"response_{part}"]).flatten()) for part in ("bucket", "count"))
    )
    requests, ok = array_of(rows["requests"]), array_of(rows["ok"])
    return {
        "requests": int(requests.sum()),
        "errors": int(requests[~ok].sum()),
        "p95_ms": histogram.quantile_ms(0.95),
        "seconds": len(np.unique(array_of(rows["second"]))),
    }
