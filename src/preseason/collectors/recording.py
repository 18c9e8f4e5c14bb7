"""The samples of all sources on their way into the run: any thread delivers, one thread writes."""

from __future__ import annotations

import time
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from preseason.run.blocking import append_blocking
from preseason.run.indexes import append_indexes
from preseason.run.key_space import append_key_space
from preseason.run.segments import SegmentWriter
from preseason.run.statements import append_statements
from preseason.run.tables import Table
from preseason.run.timeline import append_event

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from preseason.collectors.collector import Sample
    from preseason.collectors.watch import Parcel

WRITER = "collectors"
#: A power cut may cost what was written since the last sync; a run loses at most five seconds.
SYNC_S = 3.0


class Recording:
    """Appends parcels to the run in ``run_folder``."""

    def __init__(self, run_folder: Path) -> None:
        self._run_folder = run_folder
        self._parcels: SimpleQueue[Parcel] = SimpleQueue()
        self._writer = SegmentWriter(run_folder, Table.SAMPLES, WRITER)
        self._synced_s = time.monotonic()

    def deliver(self, parcel: Parcel) -> None:
        """Leave a parcel to be written; never waits."""
        self._parcels.put(parcel)

    def write(self) -> list[Sample]:
        """Write what was delivered so far; the samples among it."""
        parcels = list(self._delivered())
        for event in (event for parcel in parcels for event in parcel.events):
            append_event(self._run_folder, event)
        if statements := [statement for parcel in parcels for statement in parcel.statements]:
            append_statements(self._run_folder, statements)
        if edges := [edge for parcel in parcels for edge in parcel.blocking]:
            append_blocking(self._run_folder, edges)
        if indexes := [index for parcel in parcels for index in parcel.indexes]:
            append_indexes(self._run_folder, indexes)
        if groups := [group for parcel in parcels for group in parcel.key_groups]:
            append_key_space(self._run_folder, groups)
        samples = [sample for parcel in parcels for sample in parcel.samples]
        if samples:
            self._writer.append(_rows(samples))
        if time.monotonic() - self._synced_s >= SYNC_S:
            self._writer.sync()
            self._synced_s = time.monotonic()
        return samples

    def close(self) -> None:
        """Write the rest and see it onto the disk."""
        self.write()
        self._writer.close()

    def _delivered(self) -> Iterator[Parcel]:
        while True:
            try:
                yield self._parcels.get_nowait()
            except Empty:
                return


def _rows(samples: Sequence[Sample]) -> dict[str, list[object]]:
    return {
        "time": [sample.time_s for sample in samples],
        "source": [sample.source for sample in samples],
        "metric": [sample.metric for sample in samples],
        "label": [sample.label for sample in samples],
        "value": [sample.value for sample in samples],
        "epoch": [sample.epoch for sample in samples],
    }
