"""Append-only segment files: Arrow streams that stay readable whatever their writer died of."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from preseason.run.batches import batch_of
from preseason.run.durable import sync_folder
from preseason.run.tables import SCHEMAS, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from io import BufferedWriter
    from pathlib import Path

FOLDER = "segments"
#: What an Arrow stream that was closed ends with: a continuation marker and a length of 0.
_END_OF_STREAM = b"\xff\xff\xff\xff\x00\x00\x00\x00"
#: What is handled at a time: enough that the handling costs little, and a small part of a day.
_STRETCH_ROWS = 4096
_OPTIONS = pa.ipc.IpcWriteOptions(compression="zstd", use_threads=False)


class SegmentWriter:
    """Appends batches of rows of one table to a file of its own.

    No two writers share a file, and a writer that starts again opens the next one, so nothing written is
    ever touched again. OSError where the disk is full: what was written before can be read.
    """

    def __init__(self, run_folder: Path, table: Table, writer: str) -> None:
        folder = run_folder / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        self._schema = SCHEMAS[table]
        self._file = _create_next(folder, f"{table}-{writer}")
        sync_folder(folder)
        sync_folder(run_folder)
        self._stream = pa.ipc.new_stream(self._file, self._schema, options=_OPTIONS)

    def append(self, rows: Mapping[str, Sequence[object]]) -> None:
        """Write ``rows`` (column name to values) as one batch and hand it to the operating system."""
        self.append_batch(batch_of(rows, self._schema))

    def append_batch(self, batch: pa.RecordBatch) -> None:
        self._stream.write_batch(batch)
        self._file.flush()

    def sync(self) -> None:
        """Wait until all that was appended is on the disk, so that a power cut does not cost it."""
        os.fsync(self._file.fileno())

    def close(self) -> None:
        self._stream.close()
        self._file.flush()
        self.sync()
        self._file.close()

    def abandon(self) -> None:
        """Close a file that could not be written to its end, as it is."""
        with suppress(pa.ArrowException, OSError, ValueError):
            self._stream.close()
        with suppress(OSError):
            self._file.close()


def _create_next(folder: Path, stem: str) -> BufferedWriter:
    for number in range(10_000):
        try:
            return (folder / f"{stem}-{number:04d}.arrow").open("xb")
        except FileExistsError:
            continue
    raise FileExistsError(f"{folder / stem}: ten thousand segments of one writer")


@dataclass(frozen=True, slots=True)
class Stretch:
    """Whole batches that follow one another in a file: bytes ``[start, end)``."""

    path: Path
    start: int
    end: int


def read_segments(run_folder: Path, table: Table) -> pa.Table:
    """All rows of a table, file by file; a tail that was cut off or spoiled ends only its own file."""
    stretches = [rows for _, rows in stretches_of(run_folder, table)]
    return pa.concat_tables([pa.Table.from_batches([], SCHEMAS[table]), *stretches])


def stretches_of(
    run_folder: Path, table: Table, fewest_rows: int | None = None
) -> Iterator[tuple[Stretch, pa.Table]]:
    """The rows of a table, some thousands at a time or ``fewest_rows``, and where they stand."""
    for path in sorted((run_folder / FOLDER).glob(f"{table}-*.arrow")):
        yield from stretches_in(path, SCHEMAS[table], fewest_rows)


def stretches_in(
    path: Path, schema: pa.Schema, fewest_rows: int | None = None
) -> Iterator[tuple[Stretch, pa.Table]]:
    """The rows of one file; none of a file of another schema."""
    fewest_rows = fewest_rows or _STRETCH_ROWS
    batches: list[pa.RecordBatch] = []
    rows = start = end = 0
    for batch_start, batch, batch_end in _whole_batches(path, schema):
        start, end = start if batches else batch_start, batch_end
        batches.append(batch)
        rows += batch.num_rows
        if rows >= fewest_rows:
            yield Stretch(path, start, end), pa.Table.from_batches(batches)
            batches, rows = [], 0
    if batches:
        yield Stretch(path, start, end), pa.Table.from_batches(batches)


def read_ahead(
    stretches: Iterable[tuple[Stretch, pa.Table]], texts: Sequence[str]
) -> Iterator[tuple[Stretch, pa.Table]]:
    """The next stretch is unpacked, which needs no interpreter, while the last is added up.

    Each column is in one piece, and ``texts`` are dictionary-encoded.
    """
    source = ((stretch, _numbered(rows.combine_chunks(), texts)) for stretch, rows in stretches)
    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(next, source, None)
        while (stretch := coming.result()) is not None:
            coming = reader.submit(next, source, None)
            yield stretch


def _numbered(rows: pa.Table, texts: Sequence[str]) -> pa.Table:
    for name in texts:
        rows = rows.set_column(rows.schema.get_field_index(name), name, rows[name].dictionary_encode())
    return rows


def read_again(stretch: Stretch, columns: Sequence[str]) -> pa.Table:
    """Some columns of a stretch that was read before."""
    with stretch.path.open("rb") as file:
        schema = pa.ipc.open_stream(file).schema
        head_end = file.tell()
        file.seek(0)
        head = file.read(head_end)
        file.seek(stretch.start)
        wanted = [schema.get_field_index(name) for name in columns]
        options = pa.ipc.IpcReadOptions(included_fields=wanted, use_threads=False)
        batches = head + file.read(stretch.end - stretch.start)
        stream = pa.ipc.open_stream(batches, options=options)
        return stream.read_all()


def damaged_segments(
    run_folder: Path, tables: Sequence[Table], read: Iterable[Stretch] = ()
) -> tuple[str, ...]:
    """The files of these tables that were not closed or cannot be read to their end, and tables without one.

    A run that was killed has such files and can be judged as far as it came; a finished one must not. What
    was ``read`` of long files already, batch by batch, is not read again.
    """
    ends = {stretch.path: stretch.end for stretch in read}
    damaged: list[str] = []
    for table in tables:
        paths = sorted((run_folder / FOLDER).glob(f"{table}-*.arrow"))
        damaged += [] if paths else [f"{table}-*.arrow"]
        damaged += [path.name for path in paths if not _is_whole(path, ends.get(path))]
    return tuple(damaged)


def newest_segments(run_folder: Path) -> frozenset[str]:
    """The names of the last segment file of each writer of each table."""
    by_writer = {
        path.name.rpartition("-")[0]: path.name for path in sorted((run_folder / FOLDER).glob("*.arrow"))
    }
    return frozenset(by_writer.values())


def ends_properly(path: Path, offset: int) -> bool:
    """Whether a file was closed at ``offset``: nothing stands behind it but the end of the stream."""
    with path.open("rb") as file:
        file.seek(offset)
        return file.read() == _END_OF_STREAM


def _is_whole(path: Path, read_to: int | None) -> bool:
    if read_to is not None:
        return ends_properly(path, read_to)
    with path.open("rb") as file:
        try:
            for batch in pa.ipc.open_stream(file):
                batch.validate(full=True)
            file.seek(-len(_END_OF_STREAM), os.SEEK_END)
            return file.read() == _END_OF_STREAM
        except (pa.ArrowException, OSError, EOFError):
            return False


def _whole_batches(path: Path, schema: pa.Schema) -> Iterator[tuple[int, pa.RecordBatch, int]]:
    """Each batch that can be read, and the bytes it stands in."""
    with path.open("rb") as file:
        try:
            stream = pa.ipc.open_stream(file)
            if not stream.schema.equals(schema):
                return
            start = file.tell()
            for batch in stream:
                batch.validate(full=True)
                end = file.tell()
                yield start, batch, end
                start = end
        except (pa.ArrowException, OSError, EOFError):
            return
