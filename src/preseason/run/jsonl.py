"""Files of one JSON object a line, to which is only ever appended."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

Row = TypeVar("Row", bound=BaseModel)


def append_rows(path: Path, rows: Iterable[BaseModel], *, exclude_defaults: bool = False) -> None:
    """Append the rows and see them onto the disk."""
    with path.open("a") as file:
        file.writelines(row.model_dump_json(exclude_defaults=exclude_defaults) + "\n" for row in rows)
        file.flush()
        os.fsync(file.fileno())


def read_rows(path: Path, shape: type[Row]) -> Iterator[Row]:
    """Every whole row in the order of its writing; a line cut off by a crash is passed over."""
    lines = path.read_text(errors="replace").splitlines() if path.exists() else []
    for line in lines:
        try:
            yield shape.model_validate_json(line)
        except ValidationError:
            continue
