"""Visits a target as one user would: ``python -m preseason.traffic.visit``.

Reads a :class:`VisitQuestion`, one line of JSON, from standard input; for each line after it, it makes a
visit and prints it, a ``run.look.Visit``, as one line. It ends with its input. A process of its own, because
the client that knows every way in which an answer can fail brings gevent with it.

Nothing is written, and a refused login is never tried again: five would lock the account.
"""

from __future__ import annotations

import math
import sys
import time
from contextlib import redirect_stdout
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

from preseason.run.look import Answer, Entry, Miss, Visit
from preseason.traffic.accounts import read_accounts
from preseason.traffic.astral import model
from preseason.traffic.astral.api import Api, LoginRefusedError, RequestFailedError, redirected
from preseason.traffic.client import FailureKind, HttpSession, Limits, Timeouts
from preseason.traffic.visit_model import VisitQuestion

if TYPE_CHECKING:
    from collections.abc import Callable

    from preseason.traffic.accounts import Account
    from preseason.traffic.client import Response

T = TypeVar("T")

#: Far above what any endpoint may take; who is slower is not there for its users.
TIMEOUTS: Final = Timeouts(connect_s=5.0, read_s=5.0, total_s=5.0)
LIMITS: Final = Limits(body_bytes=1024 * 1024)
#: A whole visit; what is left over is not asked.
VISIT_S: Final = 45.0
HEALTH: Final = ("/api/health", "/api/health/detailed", "/api/health/database", "/api/health/external")
_ANY_ERROR: Final = range(400, 600)
_AWAY: Final = frozenset(
    {
        FailureKind.DNS,
        FailureKind.CONNECT_REFUSED,
        FailureKind.CONNECT_TIMEOUT,
        FailureKind.CONNECT_FAILED,
    }
)
_STATUS: Final = frozenset({FailureKind.STATUS_4XX, FailureKind.STATUS_5XX})


class Visitor:
    """Goes through a target once a call; remembers nothing but his session."""

    def __init__(self, host: str, account: Account | None, asks: int) -> None:
        self._host = host
        self._account = account
        self._asks = asks
        self._session = self._new_session()
        self._user_id: model.Id = ""
        self._entry = Entry.NOT_TRIED
        self._why = ""
        self._answers: dict[str, Answer] = {}
        self._deadline_s = math.inf

    def visit(self) -> Visit:
        """Ask everything that can be asked, the session first: what needs one comes after it."""
        self._answers = {}
        self._deadline_s = time.monotonic() + VISIT_S
        self._session.close()  # a connection that was kept would say nothing of new ones
        for path in HEALTH:
            self._ask(partial(self._health, path), f"GET {path}")
        self._ask(Api(self._session).players, "GET /api/players")
        self._come_in()
        if self._entry is Entry.IN:
            self._go_round()
        account = self._account
        return Visit(
            answers=tuple(self._answers.values()),
            entry=self._entry,
            account=account.email if account else "",
            account_place=account.place if account else "",
            why=self._why,
        )

    def _new_session(self) -> HttpSession:
        return HttpSession(self._host, timeouts=TIMEOUTS, limits=LIMITS, report=self._note)

    def _come_in(self) -> None:
        """Log in, or ask whether the session of the last visit still holds."""
        if self._account is None or self._entry is Entry.REFUSED:
            return
        try:
            if self._entry is Entry.IN:
                self._still_in(self._account)
            else:
                self._session = self._new_session()
                self._user_id = Api(self._session).log_in(self._account)
                self._entry, self._why = Entry.IN, ""
        except LoginRefusedError as error:
            self._entry, self._why = Entry.REFUSED, str(error)
        except RequestFailedError as error:
            self._entry, self._why = Entry.FAILED, str(error)

    def _still_in(self, account: Account) -> None:
        """A session that is gone is one finding; the next visit logs in anew."""
        response = self._session.get("/api/auth/session", check=_reading(partial(_signed_in, account.email)))
        if response.failure is not None:
            lost = response.failure.kind is FailureKind.CONTENT
            self._entry = Entry.LOST if lost else Entry.FAILED
            self._why = response.failure.message

    def _go_round(self) -> None:
        """What a manager looks at, as far as one thing leads to the next."""
        api = Api(self._session)
        team = self._ask(partial(api.team, self._user_id), "GET /api/teams")
        self._ask(self._own_league, "GET /api/league")
        self._ask(partial(api.available, self._user_id), "GET /api/waivers")
        if team is None:
            return
        page = self._ask(partial(api.league, team.league_id), "GET /api/leagues/{id}/data")
        self._ask(partial(api.pending_trades, team.league_id, team.id), "GET /api/trades")
        if page is not None:
            self._ask(partial(api.matchups, team.league_id, page.week), "GET /api/matchups")

    def _ask(self, ask: Callable[[], T], name: str) -> T | None:
        """Ask until the first failure; what was read last. The session's report keeps the answers."""
        read = None
        for _ in range(self._asks):
            if time.monotonic() >= self._deadline_s:
                self._answers.setdefault(name, Answer(name=name, miss=Miss.UNASKED, why=_NO_TIME))
                return read
            try:
                read = ask()
            except RequestFailedError:
                return None
            if self._answers[name].miss:
                return None
        return read

    def _health(self, path: str) -> None:
        """Whatever its status, the answer is what is looked at."""
        self._session.get(path, also_ok=_ANY_ERROR)

    def _own_league(self) -> None:
        self._session.get("/api/league", check=_reading(model.decoded))

    def _note(self, *, request_type: str, name: str, response: Response, **_: object) -> None:
        key = f"{request_type} {name}"
        before = self._answers.get(key)
        times_ms = before.times_ms if before else ()
        failure = response.failure
        self._answers[key] = Answer(
            name=key,
            miss=_miss(failure.kind) if failure else Miss.NONE,
            why=failure.message if failure else "",
            status=response.status,
            location=response.headers.get("location", "")[:200] if response.is_redirect else "",
            times_ms=times_ms if failure else (*times_ms, response.service_ms),
            body=response.text if name in HEALTH else "",
            at_s=time.time(),
        )


_NO_TIME = f"the visit had taken {VISIT_S:g} s"


def _miss(kind: FailureKind) -> Miss:
    if kind in _AWAY:
        return Miss.AWAY
    if kind in _STATUS:
        return Miss.STATUS
    if kind is FailureKind.GENERATOR:
        return Miss.UNASKED
    return Miss.CONTENT if kind is FailureKind.CONTENT else Miss.BROKEN


def _reading(read: Callable[[model.Json], object]) -> Callable[[Response], str | None]:
    """A check that reads the answer, and says what kept it from doing so."""

    def check(response: Response) -> str | None:
        try:
            read(response.json())
        except model.ContentError as error:
            return str(error)
        except (ValueError, LookupError, TypeError, AttributeError):
            return redirected(response) or "content of another shape"
        return None

    return check


def _signed_in(email: str, body: model.Json) -> None:
    if body is None:
        raise model.ContentError("the session is no longer known")
    model.signed_in_user(body, email)


def _visits(question: VisitQuestion) -> None:
    """A visit for every further line of the input, until it ends."""
    accounts = read_accounts(question.users_file) if question.users_file else ()
    visitor = Visitor(question.host, accounts[0] if accounts else None, question.asks)
    for _ in sys.stdin:
        with redirect_stdout(sys.stderr):
            visit = visitor.visit()
        sys.stdout.write(visit.model_dump_json() + "\n")
        sys.stdout.flush()


def main() -> None:
    """Answer the question on standard input."""
    _visits(VisitQuestion.model_validate_json(sys.stdin.readline()))


if __name__ == "__main__":
    main()
