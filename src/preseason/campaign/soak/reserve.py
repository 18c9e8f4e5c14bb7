"""Room on the disk that is given back when there is none left, so that a run's end can still be written."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pathlib import Path

_FILE = ".reserve"
#: The manifest, the last events, the verdict and its reports.
_MOST_BYTES = 8 * 2**20
#: Of what is free; the rest is for the recordings.
_SHARE = 0.25


class Reserve:
    """Takes the room when entered, and gives it back at the latest when left."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / _FILE

    def __enter__(self) -> Self:
        with suppress(OSError):
            size = min(_MOST_BYTES, int(shutil.disk_usage(self._path.parent).free * _SHARE))
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            try:
                os.posix_fallocate(descriptor, 0, max(size, 1))
            finally:
                os.close(descriptor)
        return self

    def release(self) -> None:
        """Give the room back."""
        with suppress(OSError):
            self._path.unlink(missing_ok=True)

    def __exit__(self, *_: object) -> None:
        self.release()
