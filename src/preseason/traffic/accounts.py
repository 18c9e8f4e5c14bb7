"""The accounts that users log in with: where they come from, who gets which. No password is ever shown."""

from __future__ import annotations

import csv
import io
import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from preseason.errors import BadInputError, Problem
from preseason.traffic.plan import USERS_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    #: The line a row ends on, and its fields.
    Row = tuple[int, list[str]]

HEADER: Final = ("email", "password")
#: What the reference platform seeds unless told otherwise; used where no file names other accounts.
REFERENCE_ACCOUNTS: Final = 200
REFERENCE_PASSWORD: Final = "season-opener"  # noqa: S105 - of synthetic accounts, and published

_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Account:
    """One login of the target; ``place`` is the file and line it is from."""

    email: str
    password: str = field(repr=False)
    place: str = "the reference platform's accounts"


def accounts_of(environ: Mapping[str, str]) -> tuple[Account, ...]:
    """Those of the file that PRESEASON_USERS names, else the reference platform's.

    Raises BadInputError with everything that is wrong in the file.
    """
    path = environ.get(USERS_VARIABLE)
    return read_accounts(Path(path)) if path else reference_accounts()


def reference_accounts() -> tuple[Account, ...]:
    """The accounts of a reference platform with its usual twenty leagues."""
    numbers = range(1, REFERENCE_ACCOUNTS + 1)
    return tuple(Account(f"manager{number}@astral.example", REFERENCE_PASSWORD) for number in numbers)


def read_accounts(path: Path) -> tuple[Account, ...]:
    """The accounts in a CSV file; raises BadInputError with everything that is wrong in it."""
    try:
        data = path.read_bytes()
    except OSError as error:
        remedy = "name a CSV file with the header email,password"
        raise BadInputError(Problem(f"cannot be read: {error.strerror}", str(path), remedy)) from None
    return parse_accounts(data, str(path))


def parse_accounts(data: bytes, file: str) -> tuple[Account, ...]:
    """The accounts in a CSV with the header ``email,password``; ``file`` is its name in problems.

    Raises BadInputError with a problem for each line that is wrong. None of them quotes a field: one that
    stands in the wrong column may be a password.
    """
    rows = _rows(data, file)
    problems = [*_header_problems(rows, file), *_row_problems(rows[1:], file)]
    if problems:
        raise BadInputError(problems)
    return tuple(Account(email.strip(), password, f"{file}:{line}") for line, (email, password) in rows[1:])


def _rows(data: bytes, file: str) -> list[Row]:
    """The lines that hold anything."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadInputError(Problem("this is not UTF-8", f"{file}:{line}", "save it as UTF-8")) from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        return [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise BadInputError(Problem(f"this is no CSV: {error}", f"{file}:{reader.line_num}")) from None


def _header_problems(rows: Sequence[Row], file: str) -> Iterator[Problem]:
    header = tuple(name.strip().lower() for name in rows[0][1]) if rows else ()
    if header != HEADER:
        remedy = "begin the file with a line that reads: email,password"
        yield Problem("the header is missing", f"{file}:1", remedy)
    elif len(rows) == 1:
        yield Problem("there is no account in it", file, "add a line for each: email,password")


def _row_problems(rows: Sequence[Row], file: str) -> Iterator[Problem]:
    first_lines: dict[str, int] = {}
    for line, row in rows:
        place = f"{file}:{line}"
        if len(row) != len(HEADER):
            yield Problem(
                f"two fields are expected, not {len(row)}", place, "quote a field that holds a comma"
            )
            continue
        for name, value in zip(HEADER, row, strict=True):
            if not value.strip():
                yield Problem(f"the {name} is empty", place, "fill it in, or remove the line")
        email = row[0].strip().casefold()
        if email and (first := first_lines.setdefault(email, line)) != line:
            yield Problem(f"the email of line {first} again", place, "name each account once")


class Deck:
    """Deals accounts to the users of one Locust process, which is number ``index`` of ``of``.

    Process 0 of 3 deals the accounts 0, 3, 6 and so on: no two users of a run share one as long as there are
    enough. Then a process deals its own again, so that users who share one meet in the same process.
    """

    def __init__(self, accounts: Sequence[Account], index: int = 0, of: int = 1) -> None:
        self._accounts = accounts[index % len(accounts) :: of]
        self._index = index
        self._of = of
        self._dealt = 0

    def deal(self) -> tuple[int, Account]:
        """The number of the next user, which no other in the run has, and the account for it."""
        if self._dealt == len(self._accounts):
            _LOG.warning("there are more users than accounts: from here on users share them")
        account = self._accounts[self._dealt % len(self._accounts)]
        number = self._index + self._of * self._dealt
        self._dealt += 1
        return number, account
