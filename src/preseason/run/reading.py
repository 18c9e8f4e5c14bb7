"""A run read back from its folder: frozen, whatever its writers died of."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from preseason.errors import BadInputError, Problem
from preseason.run.blocking import BlockingEdge, read_blocking
from preseason.run.indexes import Index, read_indexes
from preseason.run.key_space import KeyGroup, read_key_space
from preseason.run.manifest import FILE, Manifest, read_manifest
from preseason.run.owner import FILE as OWNER_FILE
from preseason.run.owner import is_held
from preseason.run.requests import Requests
from preseason.run.samples import Samples
from preseason.run.segments import damaged_segments, newest_segments, read_segments
from preseason.run.statements import Statement, read_statements
from preseason.run.stored import OnDisk
from preseason.run.tables import Table
from preseason.run.timeline import Event, load_ended_s, load_started_s, read_timeline

if TYPE_CHECKING:
    import pyarrow as pa

#: The word on a command line for the newest run; run ids sort by time.
LATEST = "latest"


@dataclass(frozen=True)
class Run:
    """One run. Tables are read when first asked for.

    ``is_abandoned`` says that it has not ended and nobody works on it: whoever did was killed.
    """

    folder: Path
    manifest: Manifest
    timeline: tuple[Event, ...]
    is_abandoned: bool = False

    @cached_property
    def requests(self) -> Requests:
        return Requests.read(self.folder, self.manifest.limits_ms, self.manifest.load_started_s or 0.0)

    @cached_property
    def errors(self) -> pa.Table:
        return read_segments(self.folder, Table.ERRORS).combine_chunks()

    @cached_property
    def arrivals(self) -> pa.Table:
        return read_segments(self.folder, Table.ARRIVALS).combine_chunks()

    @cached_property
    def samples(self) -> Samples:
        return Samples.read(self.folder)

    @cached_property
    def damaged(self) -> tuple[str, ...]:
        """Segment files of the traffic that are missing, cut off or spoiled."""
        store = self.requests.latencies
        read = store.stretches if isinstance(store, OnDisk) else ()
        return damaged_segments(self.folder, (Table.REQUESTS, Table.ERRORS, Table.ARRIVALS), read)

    @cached_property
    def newest_segments(self) -> frozenset[str]:
        """The last segment file of each writer of each table; who wrote those before may have been killed."""
        return newest_segments(self.folder)

    @cached_property
    def statements(self) -> dict[str, Statement]:
        """The heaviest statements by query id, their text without literals."""
        return read_statements(self.folder)

    @cached_property
    def blocking(self) -> tuple[BlockingEdge, ...]:
        """Who held up whom in the database, look by look."""
        return read_blocking(self.folder)

    @cached_property
    def indexes(self) -> tuple[Index, ...]:
        """The indexes of the database that are unused, invalid, or no longer so, the largest first."""
        return read_indexes(self.folder)

    @cached_property
    def key_space(self) -> tuple[KeyGroup, ...]:
        """What fills Redis, by kinds of keys, as it was after the load."""
        return read_key_space(self.folder)


def read_run(folder: Path) -> Run:
    """Read a run; BadInputError where the folder holds none.

    When the load began and ended is taken from the timeline, which also knows it of a run that was killed.
    """
    timeline = read_timeline(folder)
    moments = {
        "load_started_s": load_started_s(timeline),
        "load_ended_s": load_ended_s(timeline),
    }
    known = {name: moment for name, moment in moments.items() if moment is not None}
    manifest = read_manifest(folder).model_copy(update=known)
    is_abandoned = manifest.ended_at is None and not is_held(folder / OWNER_FILE)
    return Run(folder=folder, manifest=manifest, timeline=timeline, is_abandoned=is_abandoned)


def _age(name: str) -> tuple[bool, str]:
    """Orders run ids by time, after whatever was given another name, such as the example."""
    return name[:1].isdigit(), name


def known_runs(runs_folder: Path) -> list[Path]:
    """The folders of all runs there, the oldest first."""
    return sorted((path.parent for path in runs_folder.glob(f"*/{FILE}")), key=lambda run: _age(run.name))


def find_run(name: str, runs_folder: Path) -> Path:
    """The folder of the run called ``name``: a path, a run id, or ``latest``."""
    known = known_runs(runs_folder)
    candidates = [Path(name), runs_folder / name]
    if name == LATEST:
        candidates = known[-1:]
    for candidate in candidates:
        if (candidate / FILE).is_file():
            return candidate
    remedy = (
        f"runs in {runs_folder}: {', '.join(run.name for run in known[-5:])}"
        if known
        else f"{runs_folder} holds no run yet"
    )
    raise BadInputError(Problem("no such run", name, remedy))
