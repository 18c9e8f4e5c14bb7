"""What a request asked, as everybody names it: those who promise, those who ask and those who count."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Endpoint:
    """A path template and its method; the two stand apart everywhere but in the text for people."""

    name: str
    method: str

    def __str__(self) -> str:
        return f"{self.method} {self.name}" if self.method else self.name
