"""Indexes that only cost: ``indexes.jsonl``, one JSON object a line, one line an index and a look at it.

Written is what no scan has used, or what is not valid, as it stood when the run began, and again where that
has changed. What enforces a constraint is never unused and not among them unless it is invalid.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from preseason.run.jsonl import append_rows, read_rows

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
    append_rows(run_folder / FILE, indexes)


def read_indexes(run_folder: Path) -> tuple[Index, ...]:
    """Each index as it stood last, the largest first; a line cut off by a crash is passed over."""
    latest = {index.name: index for index in read_rows(run_folder / FILE, Index)}
    return tuple(sorted(latest.values(), key=lambda index: (-index.size_bytes, index.name)))
