"""A statement inside a sentence: one line, cut short; the report has it whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from preseason.run.reading import Run

_LONGEST = 80


def shortened(statement: str) -> str:
    """At most 80 characters of it, and a mark where there are more."""
    line = " ".join(statement.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def named(run: Run, queryid: str) -> str:
    """Its text, or its id where no text was collected."""
    known = run.statements.get(queryid)
    return (shortened(known.text) if known else "") or queryid
