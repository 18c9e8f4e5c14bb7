"""Indexes that only cost: ``indexes.jsonl``, one JSON object a line, one line an index and a look at it.

Written is what no scan has used, or what is not valid, as it stood when the run began, and again where that
has changed. What enforces a constraint is never unused and not among them unless it is invalid.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

FILE = "indexes.jsonl"


class Index(BaseModel):
    """``name`` and ``table`` are ``schema.name``; a partitioned index is one, its parts added up.

    ``scans`` are counted since ``counted_since_s``, None where the statistics never were reset as far as is
    known; on this server alone, not on its replicas. ``size_bytes`` is as of the last vacuum or analyze.
    """

    model_config = ConfigDict(frozen=True)

    at_s: float
    name: str
    table: str
    scans: float
    is_valid: bool
    enforces: bool
    size_bytes: float
    counted_since_s: float | None = None

    @property
    def is_unused(self) -> bool:
        """Whether it could be dropped as far as this server's scans tell."""
        return not self.scans and not self.enforces


def append_indexes(run_folder: Path, indexes: Iterable[Index]) -> None:
    """Append the indexes and see them onto the disk."""
    with (run_folder / FILE).open("a") as file:
        file.writelines(index.model_dump_json() + "\n" for index in indexes)
        file.flush()
        os.fsync(file.fileno())


def read_indexes(run_folder: Path) -> tuple[Index, ...]:
    """Each index as it stood last, the largest first; a line cut off by a crash is passed over."""
    path = run_folder / FILE
    lines = path.read_text(errors="replace").splitlines() if path.exists() else []
    latest = {index.name: index for line in lines if (index := _parse(line)) is not None}
    return tuple(sorted(latest.values(), key=lambda index: (-index.size_bytes, index.name)))


def _parse(line: str) -> Index | None:
    try:
        return Index.model_validate_json(line)
    except ValidationError:
        return None
