"""What a long run leaves behind takes half the room once nobody has to be able to lose it any more.

A run is written in batches of a few seconds, so that a killed one is nearly whole. When it is over, its long
segments are written again in batches of some thousands of rows: the same rows in the same order.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pyarrow as pa

from preseason.run.segments import FOLDER, ends_properly, stretches_in

if TYPE_CHECKING:
    from io import BufferedWriter
    from pathlib import Path

#: Shorter files are left as they are: there is nothing to gain.
_LEAST_BYTES = 4 * 2**20
_OPTIONS = pa.ipc.IpcWriteOptions(compression=pa.Codec("zstd", compression_level=3), use_threads=False)


def compact(run_folder: Path) -> None:
    """Write the long segments of a run that is over again; those that were cut off or spoiled are left alone.

    A reader sees the old file or the new one. Where the disk is full, the old one stays.
    """
    for path in sorted((run_folder / FOLDER).glob("*.arrow")):
        if path.stat().st_size >= _LEAST_BYTES:
            _rewrite(path)


def _rewrite(path: Path) -> None:
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        with temporary.open("wb") as file:
            whole = _copy(path, file)
            file.flush()
            os.fsync(file.fileno())
        if whole:
            temporary.replace(path)
    except (pa.ArrowException, OSError):
        pass  # the old file is as good, only larger
    finally:
        temporary.unlink(missing_ok=True)


def _copy(path: Path, file: BufferedWriter) -> bool:
    """Whether all of the old file was read: what is behind its last batch is its proper end."""
    with path.open("rb") as old:
        schema = pa.ipc.open_stream(old).schema
        end = old.tell()
    with pa.ipc.new_stream(file, schema, options=_OPTIONS) as stream:
        for stretch, rows in stretches_in(path, schema):
            stream.write_batch(rows.combine_chunks().to_batches()[0])
            end = stretch.end
    return ends_properly(path, end)
