"""What a visitor is asked; importing this does not import Locust. The answer is a ``run.look.Visit``."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class VisitQuestion(BaseModel):
    """Which target to visit, and as whom; each endpoint is asked ``asks`` times a visit.

    Without ``users_file`` nobody logs in.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str
    users_file: Path | None = None
    asks: int = Field(default=1, ge=1)
