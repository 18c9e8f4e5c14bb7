"""What is worth saying about a file that is not wrong: a remark at its place, with the way out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from preseason.errors import Problem


class Weight(StrEnum):
    """An error refuses the file, a warning doubts it, a note says what to expect."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing to know."""

    weight: Weight
    problem: Problem

    def __str__(self) -> str:
        return str(replace(self.problem, cause=f"{self.weight}: {self.problem.cause}"))
