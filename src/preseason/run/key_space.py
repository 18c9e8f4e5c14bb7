"""What fills a Redis: ``key_space.jsonl``, one JSON object a line, one line a kind of keys.

Keys are told apart by their names, of which only the pattern is kept: what may be an id stands as ``{id}``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from preseason.run.jsonl import append_rows, read_rows

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

FILE = "key_space.jsonl"


class KeyGroup(BaseModel):
    """The keys of one ``pattern`` at ``at_s`` (UTC epoch seconds): how many, and how much memory they take.

    ``sampled`` were looked at, the largest of which takes ``largest_bytes``. ``keys`` and ``bytes`` are
    estimates for all of them, the latter between ``bytes_low`` and ``bytes_high`` with 95 % confidence; they
    are exact where ``complete``: every key was looked at.
    """

    model_config = ConfigDict(frozen=True)

    at_s: float
    pattern: str
    sampled: int
    keys: float
    bytes: float
    bytes_low: float
    bytes_high: float
    largest_bytes: int
    complete: bool


def append_key_space(run_folder: Path, groups: Iterable[KeyGroup]) -> None:
    """Append the groups and see them onto the disk."""
    append_rows(run_folder / FILE, groups)


def read_key_space(run_folder: Path) -> tuple[KeyGroup, ...]:
    """Every whole group in the order of its writing; a line cut off by a crash is passed over."""
    return tuple(read_rows(run_folder / FILE, KeyGroup))
