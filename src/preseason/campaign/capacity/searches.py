"""The capacity searches that lie beside runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from preseason.campaign.capacity.record import FILE, CapacityRecord
from preseason.errors import Problem

if TYPE_CHECKING:
    from preseason.run.shelf import Shelf


def read_searches(shelf: Shelf) -> tuple[tuple[tuple[str, CapacityRecord], ...], tuple[Problem, ...]]:
    """Each search with its folder, the oldest first, and what could not be read."""
    contents = shelf.read([f"{folder}/{FILE}" for folder in shelf.folders()])
    found: list[tuple[str, CapacityRecord]] = []
    problems: list[Problem] = []
    for name, content in contents.items():
        try:
            found.append((name.partition("/")[0], CapacityRecord.model_validate_json(content)))
        except ValidationError as error:
            cause = f"is no record this version reads: {error.errors()[0]['msg']}"
            problems.append(Problem(cause, f"{shelf.name}/{name}"))
    return tuple(sorted(found, key=lambda one: one[1].started_at)), tuple(problems)
