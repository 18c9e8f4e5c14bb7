"""Regressions that somebody answers for: a small file beside the runs, to be reviewed like code."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Acknowledgement(_Frozen):
    """One change for the worse: which indicator, since which run, who answers for it, and why.

    ``at`` is when that run started, for when it is pruned. After ``until`` the acknowledgement is void.
    """

    indicator: str = Field(min_length=1)
    about: str = ""
    run: str = Field(min_length=1)
    at: datetime
    change: str = ""
    owner: str = Field(min_length=1)
    reason: str = Field(min_length=1)
    until: date | None = None


class Acknowledgements(_Frozen):
    """The file: ``acknowledged.yaml``."""

    version: Literal[1] = 1
    acknowledged: tuple[Acknowledgement, ...] = ()

    def on(self, today: date) -> tuple[Acknowledgement, ...]:
        """Those that hold on a day."""
        return tuple(one for one in self.acknowledged if one.until is None or today <= one.until)
