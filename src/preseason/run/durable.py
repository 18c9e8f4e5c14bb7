"""Files that are there as a whole or not at all, whatever happens while they are written."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

#: The exit status of a process of ours that cannot write into the run's folder (EX_IOERR of sysexits.h).
CANNOT_RECORD = 74


def replace_file(path: Path, text: str) -> Path:
    """Write ``path`` as a whole: a reader sees the old file or the new one, never half of one.

    Raises OSError where it cannot be written; the old file then stays.
    """
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        replaced = Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)
    return replaced


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk: without, a power cut can take a whole file."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
