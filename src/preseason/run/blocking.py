"""Who held up whom in the database: ``blocking.jsonl``, one JSON object a line, one line an edge and a look.

A session may be held up by several, and hold up several: the edges of one moment (``at_s``) are its blocking
graph. No statement is kept but by its id and normalised text; what a client sent verbatim never gets here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from preseason.run.jsonl import append_rows, read_rows

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

FILE = "blocking.jsonl"


class Session(BaseModel):
    """One database session as it stood: ``state_s`` and ``transaction_s`` are ages in seconds.

    ``pid`` 0 is a prepared transaction, which no session owns. ``queryid`` is the label of the statement's
    samples, empty where unknown; of an idle session it is the last statement.
    """

    model_config = ConfigDict(frozen=True)

    pid: int
    application: str = ""
    state: str = ""
    state_s: float | None = None
    transaction_s: float | None = None
    queryid: str = ""


class BlockingEdge(BaseModel):
    """At ``at_s`` (UTC epoch seconds) ``waiting`` had waited ``waited_s`` for a lock, behind ``blocker``.

    ``lock_kind`` is ``relation``, ``tuple``, ``transactionid`` …; ``relation`` is the table as
    ``schema.name``, for a wait on a row's transaction too where it could be told; empty where not.
    """

    model_config = ConfigDict(frozen=True)

    at_s: float
    waiting: Session
    blocker: Session
    waited_s: float | None = None
    lock_kind: str = ""
    lock_mode: str = ""
    relation: str = ""


def append_blocking(run_folder: Path, edges: Iterable[BlockingEdge]) -> None:
    """Append the edges and see them onto the disk."""
    append_rows(run_folder / FILE, edges, exclude_defaults=True)


def read_blocking(run_folder: Path) -> tuple[BlockingEdge, ...]:
    """Every whole edge in the order of its writing; a line cut off by a crash is passed over."""
    return tuple(read_rows(run_folder / FILE, BlockingEdge))
