"""Everything that can stop a command, and the exit code of each.

::

    PreseasonError
      |-- BadInputError       2    a file, option or credential is wrong; carries every problem at once
      |-- UnreachableError    5    the target, Postgres or Redis cannot be reached
      |-- InterruptedRunError 130  somebody stopped the run; what there is so far is kept

An objective that failed, an undecided one and an invalid run are results, not errors: they travel as a
verdict, whose exit code is computed by :func:`worst`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


#: Of a problem, in signs; an answer of a server or a line of a file can be longer than anybody reads.
_LONGEST_SHOWN = 1000
#: Blanks that Python calls unprintable; the narrow one stands in our own figures.
_HARMLESS = "\n\t\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}"


class ExitCode(IntEnum):
    """What the process says to its caller; one code, one reason."""

    PASS = 0
    FAILED = 1
    BAD_INPUT = 2
    UNDECIDED = 3
    INVALID = 4
    UNREACHABLE = 5
    INTERRUPTED = 130


#: Which reason is told when several hold, the weightiest first.
PRECEDENCE = (
    ExitCode.INTERRUPTED,
    ExitCode.BAD_INPUT,
    ExitCode.UNREACHABLE,
    ExitCode.INVALID,
    ExitCode.FAILED,
    ExitCode.UNDECIDED,
    ExitCode.PASS,
)


def worst(codes: Iterable[ExitCode]) -> ExitCode:
    """The code that takes precedence; without any, UNDECIDED, because nothing is not a pass."""
    return min(codes, key=PRECEDENCE.index, default=ExitCode.UNDECIDED)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: what, where, and the way out.

    ``place`` is a file with line and column, an option or an address, written as the user would;
    ``remedy`` says what to do, or what would have been allowed.
    """

    cause: str
    place: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        located = f"{_shown(self.place)}: {_shown(self.cause)}" if self.place else _shown(self.cause)
        return f"{located}\n    {_shown(self.remedy)}" if self.remedy else located


def _shown(text: str) -> str:
    """Text that may quote a user's file: cut to a length, and without what a terminal would obey."""
    cut = text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
    return "".join(
        sign if sign.isprintable() or sign in _HARMLESS else "\N{REPLACEMENT CHARACTER}" for sign in cut
    )


class PreseasonError(Exception):
    """Stops a command; shown to the user without a traceback."""

    exit_code: ExitCode = ExitCode.BAD_INPUT

    def __init__(self, problems: Problem | Sequence[Problem]) -> None:
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class BadInputError(PreseasonError):
    """A file, an option or a credential is wrong; nothing was started."""


class UnreachableError(PreseasonError):
    """The target, Postgres or Redis does not answer."""

    exit_code = ExitCode.UNREACHABLE


class InterruptedRunError(PreseasonError):
    """Somebody stopped the run; what was recorded so far is kept and can be judged."""

    exit_code = ExitCode.INTERRUPTED
