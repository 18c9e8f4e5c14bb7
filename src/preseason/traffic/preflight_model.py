"""What a preflight is asked and what it answers; importing this does not import Locust."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from preseason.errors import Problem

#: Begins the place of a problem with a key of the mix; who has the file says where that is.
MIX = "load.mix."


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PreflightQuestion(_Message):
    """The traffic somebody wants to make.

    ``check_login`` asks for one login at ``host``, with the first account of ``users_file``, if any of the
    user classes needs accounts.
    """

    locustfiles: tuple[Path, ...]
    mix: dict[str, float] = {}
    host: str | None = None
    users_file: Path | None = None
    check_login: bool = False


class UserClass(_Message):
    """A user class that was found; ``weight`` is its share (0-1) of all journeys."""

    name: str
    scenario: str
    weight: float
    needs_accounts: bool


class PreflightProblem(_Message):
    """Something wrong: in what was given, with what the target says to it, or with reaching the target."""

    kind: Literal["input", "refused", "unreachable"]
    cause: str
    place: str = ""
    remedy: str = ""

    def as_problem(self) -> Problem:
        return Problem(self.cause, self.place, self.remedy)


class PreflightAnswer(_Message):
    """Everything found; ``accounts`` counts those that users would be dealt."""

    classes: tuple[UserClass, ...] = ()
    accounts: int = 0
    problems: tuple[PreflightProblem, ...] = ()
