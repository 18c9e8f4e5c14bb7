"""Astral Field's API: a method an endpoint, and every answer checked as it is read."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, cast
from urllib.parse import parse_qs, urlsplit

import gevent
from locust.exception import RescheduleTask

from preseason.traffic.astral import model
from preseason.traffic.astral.model import ContentError
from preseason.traffic.client import FailureKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from gevent import Greenlet

    from preseason.traffic.accounts import Account
    from preseason.traffic.astral.choices import Claim, Offer
    from preseason.traffic.astral.model import Id, LeaguePage, Player, Team, Trade
    from preseason.traffic.client import Failure, HttpSession, Response

T = TypeVar("T")

#: What a message of ours begins with wherever the API takes one.
MARK: Final = "[preseason] synthetic"
#: In the name of the session's cookie: next-auth puts ``__Secure-`` before it in production, and a number
#: behind each part of one that is too long for a cookie.
SESSION_COOKIE: Final = "session-token"


class RequestFailedError(RescheduleTask):
    """A request failed, and was counted so; Locust ends the journey quietly and goes on to the next."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


class LoginRefusedError(RequestFailedError):
    """The target knows no such account, or not with this password, or has locked it."""


class Api:
    """One user's view of the platform. Every method raises RequestFailedError when its request fails.

    Requests are counted under their paths, templates where a path holds an id.
    """

    def __init__(self, client: HttpSession) -> None:
        self._client = client
        self._writing: Greenlet | None = None

    def log_in(self, account: Account) -> Id:
        """Opens a session; the user's id. One attempt: five wrong passwords would lock the account.

        Raises LoginRefusedError when there is an answer, but no session.
        """
        token = self._get("/api/auth/csrf", model.csrf_token)
        form = {"csrfToken": token, "email": account.email, "password": account.password}
        callback = "/api/auth/callback/credentials"
        failure = self._client.post(callback, form=form, check=self._refusal).failure
        if failure is not None:
            refused = failure.kind is FailureKind.CONTENT
            raise (LoginRefusedError if refused else RequestFailedError)(failure)
        return self._get("/api/auth/session", partial(model.signed_in_user, email=account.email))

    def league(self, league_id: Id) -> LeaguePage:
        """The league's page: standings, and the rosters of all teams."""
        return self._get(
            f"/api/leagues/{league_id}/data",
            partial(model.league_page, league_id=league_id),
            name="/api/leagues/{id}/data",
        )

    def matchups(self, league_id: Id, week: int) -> int:
        """How many matchups there are in a week."""
        return self._get("/api/matchups", partial(model.matchups, week=week), leagueId=league_id, week=week)

    def team(self, user_id: Id, also: Callable[[Team], None] = lambda _: None) -> Team:
        """A manager's team; ``also`` may raise ContentError for a team that is not as expected."""

        def read(body: model.Json) -> Team:
            team = model.team_of(body, user_id)
            also(team)
            return team

        return self._get("/api/teams", read, userId=user_id)

    def players(self, *, search: str = "", position: str = "") -> tuple[Player, ...]:
        """The first page of players by (a part of the) name or NFL team, and by position."""
        read = partial(model.players, search=search, position=position)
        return self._get("/api/players", read, search=search or None, position=position or None)

    def available(self, user_id: Id) -> tuple[Player, ...]:
        """Whom the user could claim, the best first."""
        return self._get("/api/waivers", model.available, userId=user_id)

    def pending_trades(self, league_id: Id, team_id: Id) -> tuple[Trade, ...]:
        """Proposals of and to a team that nobody has answered."""
        return self._get(
            "/api/trades",
            model.trades,
            leagueId=league_id,
            teamId=team_id,
            status="PENDING",
            action="proposals",
        )

    def set_lineup(self, team: Team, starters: frozenset[Id]) -> None:
        """Lets exactly the players with these ids start. The body has no place for a mark."""
        roster = [
            {"playerId": held.player.id, "isStarter": held.player.id in starters} for held in team.roster
        ]
        self._post("/api/teams/lineup", {"teamId": team.id, "roster": roster}, model.accepted)

    def propose(self, team_id: Id, offer: Offer, note: Callable[[Id], None]) -> Id:
        """Proposes a trade; its id, which ``note`` learns even if the user is stopped meanwhile."""

        def read(body: model.Json) -> Id:
            trade_id = model.proposed(body)
            note(trade_id)
            return trade_id

        proposal = {
            "action": "propose",
            "proposingTeamId": team_id,
            "receivingTeamId": offer.partner_id,
            "givingPlayers": [offer.give.id],
            "receivingPlayers": [offer.get.id],
            "message": MARK,
        }
        return self._post("/api/trades", proposal, read)

    def reject(self, trade_id: Id) -> None:
        """Turns a proposal down, unless it is no longer pending."""
        self._end_trade({"action": "respond", "tradeId": trade_id, "response": "REJECTED"})

    def cancel(self, trade_id: Id) -> None:
        """Takes a proposal back, unless it is no longer pending."""
        self._end_trade({"action": "cancel", "tradeId": trade_id})

    def claim(self, user_id: Id, claim: Claim) -> None:
        """Claims a free player. The platform has no way to take that back."""
        body = {"userId": user_id, "playerId": claim.add.id, "dropPlayerId": claim.drop.id, "message": MARK}
        self._post("/api/waivers/claim", body, model.claimed)

    def settle(self) -> None:
        """Waits for a write that is still under way after its user was stopped."""
        if self._writing is not None:
            self._writing.join()

    def _end_trade(self, body: dict[str, Any]) -> None:
        """Partners may be faster: that a trade is no longer pending is as good an end as ours."""
        self._post("/api/trades", body, model.accepted, unless="pending")

    def _refusal(self, response: Response) -> str | None:
        """Why a login was refused; all answers are redirects, and only a session's cookie is a success."""
        cookies = self._client.cookies
        if any(SESSION_COOKIE in name and cookies.get(name) for name in cookies):
            return None
        query = parse_qs(urlsplit(response.headers.get("location", "")).query)
        return f"login refused: {', '.join(query.get('error', ['no session cookie']))}"

    def _get(
        self,
        path: str,
        read: Callable[[model.Json], T],
        *,
        name: str | None = None,
        **params: str | int | None,
    ) -> T:
        reading = _Reading(read)
        return reading.of(self._client.get(path, params=params, name=name, check=reading))

    def _post(
        self, path: str, body: dict[str, Any], read: Callable[[model.Json], T], *, unless: str | None = None
    ) -> T:
        """Sends a write, in a greenlet of its own.

        So it ends properly even if its user is stopped midway: what was written is known, and can be undone.
        """
        self.settle()
        reading = _Reading(read, unless)
        also_ok = (HTTPStatus.BAD_REQUEST,) if unless else ()
        self._writing = gevent.spawn(self._client.post, path, json=body, check=reading, also_ok=also_ok)
        return reading.of(self._writing.get())


def redirected(response: Response) -> str:
    """What is wrong with an answer that sends elsewhere instead of being read; empty where it does not."""
    return f"it redirects (status {response.status})" if response.is_redirect else ""


class _Reading(Generic[T]):
    """Checks an answer by reading it, once, and keeps what was read.

    A status of 400 that was let through must speak of what ``unless`` names, and then nothing is read.
    """

    def __init__(self, read: Callable[[model.Json], T], unless: str | None = None) -> None:
        self._read = read
        self._unless = unless
        self._value: T | None = None

    def __call__(self, response: Response) -> str | None:
        if self._unless and response.status == HTTPStatus.BAD_REQUEST:
            return None if self._unless in response.text.casefold() else f"status {response.status}"
        try:
            self._value = self._read(model.decoded(response.json()))
        except ContentError as error:
            return str(error)
        except KeyError as error:
            return f"{error} is missing"
        except ValueError:
            return redirected(response) or "no JSON, or a value of the wrong kind"
        except (TypeError, AttributeError):
            return "content of another shape"
        return None

    def of(self, response: Response) -> T:
        """What was read; raises RequestFailedError if the answer, or the way to it, failed."""
        if response.failure is not None:
            raise RequestFailedError(response.failure)
        return cast("T", self._value)
