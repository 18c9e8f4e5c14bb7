"""How users get in: each with an account, one after the other."""

from __future__ import annotations

import math
import time
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Any, Final, Self

import gevent

from preseason.errors import BadInputError, Problem
from preseason.traffic.accounts import Account, Deck, accounts_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: How many users of the whole run log in a second: each login costs the platform a password hash.
LOGINS_VARIABLE: Final = "PRESEASON_LOGINS_PER_S"
LOGINS_PER_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Admission:
    """Who may log in, and how many a second of the whole run."""

    accounts: tuple[Account, ...]
    logins_per_s: float

    @classmethod
    def told_by(cls, environ: Mapping[str, str]) -> Self:
        """What the environment says; BadInputError with what is wrong with it."""
        return cls(accounts_of(environ), logins_per_s(environ))

    def packed(self) -> dict[str, Any]:
        """For a message to the workers: the accounts go to their memory, and to no file."""
        return {"accounts": [astuple(each) for each in self.accounts], "logins_per_s": self.logins_per_s}

    @classmethod
    def unpacked(cls, data: Mapping[str, Any]) -> Self:
        return cls(tuple(Account(*each) for each in data["accounts"]), data["logins_per_s"])


class Entrance:
    """Lets in the users of one Locust process, number ``index`` of ``of``, at its share of the login rate."""

    def __init__(
        self, accounts: Sequence[Account], *, index: int = 0, of: int = 1, logins_per_s: float = LOGINS_PER_S
    ) -> None:
        self._deck = Deck(accounts, index, of)
        self._pause_s = of / logins_per_s
        self._next_s = 0.0

    def admit(self) -> tuple[int, Account]:
        """Waits for one's turn; then one's number in the run, and one's account."""
        ticket = self._deck.deal()
        now_s = time.monotonic()
        turn_s = max(now_s, self._next_s)
        self._next_s = turn_s + self._pause_s
        gevent.sleep(turn_s - now_s)
        return ticket


def logins_per_s(environ: Mapping[str, str]) -> float:
    """The rate that the environment asks for; BadInputError if that is none."""
    said = environ.get(LOGINS_VARIABLE, str(LOGINS_PER_S))
    try:
        rate = float(said)
    except ValueError:
        rate = math.nan
    if not (math.isfinite(rate) and rate > 0):
        raise BadInputError(Problem(f"{said!r} is no rate", LOGINS_VARIABLE, "logins a second, such as 10"))
    return rate
