"""Who is asking: the credentials flow of next-auth, with its cookies and its redirects."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, quote, unquote

from starlette.responses import RedirectResponse
from starlette.routing import Route

from preseason.astral_field.exchange import RefusedError, body_of, reply, timestamp
from preseason.astral_field.passwords import hashed, matches

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from preseason.astral_field.database import Database
    from preseason.astral_field.signing import Claims, Signer

SESSION_S: Final = 86_400
ALLOWED_FAILURES: Final = 5
LOCKED_FOR: Final = timedelta(minutes=15)
#: Hashing takes a core: one thread leaves the others to everybody else, and allows about 50 logins a second.
HASHING_THREADS: Final = 1


@dataclass(frozen=True, slots=True)
class Identity:
    """Whoever holds a session."""

    user_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Account:
    """A row of the statement ``account``."""

    id: str
    email: str
    name: str
    role: str
    team_name: str | None
    password_hash: str
    locked: bool


class Sessions:
    """Opens sessions and recognises them. Every refused login is a redirect, as next-auth has it."""

    def __init__(self, database: Database, signer: Signer, *, secure_cookies: bool) -> None:
        prefix = "__Secure-" if secure_cookies else ""
        self._session_cookie = f"{prefix}next-auth.session-token"
        self._csrf_cookie = f"{prefix}next-auth.csrf-token"
        self._callback_cookie = f"{prefix}next-auth.callback-url"
        self._secure = secure_cookies
        self._database = database
        self._signer = signer
        self._hashing = ThreadPoolExecutor(HASHING_THREADS, thread_name_prefix="hashing")
        self._nobodys_hash = hashed("nobody")

    @property
    def routes(self) -> list[Route]:
        return [
            Route("/api/auth/session", self.session),
            Route("/api/auth/csrf", self.csrf),
            Route("/api/auth/callback/credentials", self.login, methods=["POST"]),
        ]

    def identity(self, request: Request) -> Identity | None:
        """Whose session the request carries, if any."""
        claims = self._claims(request)
        return Identity(str(claims["sub"]), str(claims["name"])) if claims else None

    def required(self, request: Request) -> Identity:
        """Whose session the request carries; raises RefusedError (401) without one."""
        if identity := self.identity(request):
            return identity
        raise RefusedError(HTTPStatus.UNAUTHORIZED, "Unauthorized")

    async def csrf(self, request: Request) -> Response:
        cookie = self._given_csrf(request) or self._signer.csrf_cookie()
        response = reply({"csrfToken": self._signer.csrf_token(cookie)})
        self._set(response, self._csrf_cookie, cookie)
        self._set(response, self._callback_cookie, _origin(request))
        return response

    async def login(self, request: Request) -> Response:
        form = parse_qs((await body_of(request)).decode(errors="replace"))
        field = {name: values[0] for name, values in form.items()}
        cookie = self._given_csrf(request)
        if not cookie or self._signer.csrf_token(cookie) != field.get("csrfToken"):
            return _redirect(request, "/api/auth/error?error=MissingCSRF")
        account = await self._authenticated(field.get("email", ""), field.get("password", ""))
        if not account:
            return _redirect(request, "/api/auth/error?error=Configuration")
        response = _redirect(request, "")
        self._set(response, self._session_cookie, self._token(account), max_age=SESSION_S)
        return response

    async def session(self, request: Request) -> Response:
        claims = self._claims(request)
        if not claims:
            return reply(None)
        shown = {name: claims[name] for name in ("email", "name", "image", "role", "teamName")}
        expires = datetime.fromtimestamp(float(str(claims["exp"])), UTC)
        return reply({"user": {"id": claims["sub"], **shown}, "expires": timestamp(expires)})

    async def _authenticated(self, email: str, password: str) -> Account | None:
        """Who has this password. Five wrong ones lock an account, then the right one is refused as well."""
        row = await self._database.row("account", email=email.replace("\0", ""))
        account = Account(*row) if row else None
        stored = account.password_hash if account else self._nobodys_hash  # takes as long for unknown users
        loop = asyncio.get_running_loop()
        right = await loop.run_in_executor(self._hashing, matches, password, stored)
        if not account or account.locked:
            return None
        if right:
            await self._database.run("login_succeeded", user_id=account.id)
            return account
        await self._database.run(
            "login_failed", user_id=account.id, allowed=ALLOWED_FAILURES, locked_for=LOCKED_FOR
        )
        return None

    def _token(self, account: Account) -> str:
        now = int(time.time())
        return self._signer.token(
            {
                "sub": account.id,
                "email": account.email,
                "name": account.name,
                "image": None,
                "role": account.role,
                "teamName": account.team_name,
                "iat": now,
                "exp": now + SESSION_S,
            }
        )

    def _claims(self, request: Request) -> Claims | None:
        return self._signer.claims(request.cookies.get(self._session_cookie, ""))

    def _given_csrf(self, request: Request) -> str | None:
        """The request's CSRF cookie, if it is one of ours."""
        cookie = unquote(request.cookies.get(self._csrf_cookie, ""))
        return cookie if self._signer.csrf_token(cookie) else None

    def _set(self, response: Response, name: str, value: str, max_age: int | None = None) -> None:
        encoded = quote(value, safe="")
        response.set_cookie(name, encoded, max_age, secure=self._secure, httponly=True, samesite="lax")


def _redirect(request: Request, path: str) -> Response:
    return RedirectResponse(_origin(request) + path, HTTPStatus.FOUND)


def _origin(request: Request) -> str:
    return str(request.base_url).rstrip("/")
