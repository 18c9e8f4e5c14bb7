from __future__ import annotations

from functools import lru_cache
from time import perf_counter, time
from typing import TYPE_CHECKING, Any, Protocol, TypedDict

from preseason.errors import BadInputError, Problem

from .connection import Connection
from .cookies import CookieJar
from .dial import dial
from .failures import Failure, FailureKind, NoAnswerError, RequestFailedError
from .origin import Origin
from .redirects import Redirect
from .request import IDEMPOTENT, RequestEncoder, form_content, json_content
from .response import Response
from .settings import DEFAULT_LIMITS, DEFAULT_TIMEOUTS, Limits, Timeouts
from .tls import tls_context

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Collection, Mapping
    from typing import Unpack

    from .request import Params

    #: Looks at an answer that has not failed; returns what is wrong with it, or None.
    Check = Callable[[Response], str | None]


class Options(TypedDict, total=False):
    """What can be said about one request; see :meth:`HttpSession.request`."""

    params: Params | None
    json: Any
    form: Params | None
    headers: Mapping[str, str] | None
    name: str | None
    check: Check | None
    also_ok: Collection[int]
    max_redirects: int


class Report(Protocol):
    """Whoever is told of every request, with the arguments of Locust's request event."""

    def __call__(
        self,
        *,
        request_type: str,
        name: str,
        response_time: float,
        response_length: int,
        response: Response,
        context: dict[str, Any],
        exception: Exception | None,
        start_time: float,
        url: str,
    ) -> None: ...


class HttpSession:
    """One user's HTTP/1.1 client for one origin: connections, cookies, and a report of every request.

    Whatever goes wrong on the way to an answer, or with it, is ``response.failure``; exceptions are for
    requests that cannot be sent. Connections are opened when needed and kept; greenlets may share a session.

    Args:
        base_url: ``http[s]://host[:port][/prefix]``.
        verify: False, or a PEM file or folder of authorities, for TLS; by default the system's authorities.
        headers: sent with every request.
        report: called once a request, after its check.
        context: gives the report's ``context``.

    Raises:
        BadInputError: for a URL, header or file that cannot be used.
    """

    __slots__ = (
        "_context",
        "_encoder",
        "_idle",
        "_origin",
        "_report",
        "_tls",
        "_url",
        "cookies",
        "dropped_idle",
        "limits",
        "stale_retries",
        "timeouts",
    )

    def __init__(
        self,
        base_url: str,
        *,
        timeouts: Timeouts = DEFAULT_TIMEOUTS,
        limits: Limits = DEFAULT_LIMITS,
        verify: bool | str = True,
        headers: Mapping[str, str] | None = None,
        report: Report | None = None,
        context: Callable[[], dict[str, Any]] = dict,
    ) -> None:
        self._origin, self._encoder, self._tls = _shared(base_url, verify, tuple((headers or {}).items()))
        self._url = self._origin.url
        self._report = report
        self._context = context
        self._idle: list[Connection] = []
        self.timeouts = timeouts
        self.limits = limits
        self.cookies = CookieJar()
        #: Requests sent once more because a kept connection turned out closed; not errors of the target.
        self.stale_retries = 0
        #: Kept connections found closed, or with bytes nobody asked for, before they were used again.
        self.dropped_idle = 0

    @property
    def base_url(self) -> str:
        return self._url

    def get(self, path: str, **options: Unpack[Options]) -> Response:
        return self.request("GET", path, **options)

    def head(self, path: str, **options: Unpack[Options]) -> Response:
        return self.request("HEAD", path, **options)

    def post(self, path: str, **options: Unpack[Options]) -> Response:
        return self.request("POST", path, **options)

    def put(self, path: str, **options: Unpack[Options]) -> Response:
        return self.request("PUT", path, **options)

    def patch(self, path: str, **options: Unpack[Options]) -> Response:
        return self.request("PATCH", path, **options)

    def delete(self, path: str, **options: Unpack[Options]) -> Response:
        return self.request("DELETE", path, **options)

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        json: Any = None,  # noqa: ANN401 - whatever json can write
        form: Params | None = None,
        headers: Mapping[str, str] | None = None,
        name: str | None = None,
        check: Check | None = None,
        also_ok: Collection[int] = (),
        max_redirects: int = 0,
    ) -> Response:
        """Sends one request and reports it.

        Args:
            method: any but CONNECT.
            path: from its slash; may carry a query. What is not ASCII is percent-encoded.
            params: the query, or more of it; a list repeats its name, None is left out.
            json: the body, unless None.
            form: the body as an HTML form sends it.
            headers: added to, or in place of, the session's.
            name: the endpoint it is counted under; the path without query if not given.
            check: looks at an answer that has not failed and returns what is wrong with it, or None; an
                exception in it counts as wrong content too.
            also_ok: statuses from 400 on that are no failure here.
            max_redirects: how many redirects to follow, within the origin; none by default.

        Raises:
            BadInputError: if such a request cannot be sent.
        """
        content = b"" if json is None and form is None else _content(json, form)
        target = self._origin.prefix + path
        started_at_s = time()
        cookie_line = self.cookies.line_at(started_at_s)
        request = self._encoder.encode(
            method, target, params=params, headers=headers, cookie_line=cookie_line, content=content
        )
        start_s = perf_counter()
        deadline_s = start_s + self.timeouts.total_s
        response = self._answer(method, request, deadline_s)
        if max_redirects and response.is_redirect:
            redirect = Redirect(method, target, headers, content)
            response = self._follow(redirect, response, max_redirects, deadline_s)
        response.service_ms = (perf_counter() - start_s) * 1000
        if check is not None or response.failure is not None:
            _judge(response, check, also_ok)
        if self._report is not None:
            self._tell(self._report, method, name, path, started_at_s, response)
        return response

    def close(self) -> None:
        """Closes what is kept open; the session can be used again."""
        while self._idle:
            self._idle.pop().close()

    def _tell(  # noqa: PLR0917 - called for every request: keywords cost
        self,
        report: Report,
        method: str,
        name: str | None,
        path: str,
        started_at_s: float,
        response: Response,
    ) -> None:
        failure = response.failure
        report(
            request_type=method,
            name=name or path.partition("?")[0],
            response_time=response.service_ms,
            response_length=len(response.body),
            response=response,
            context=self._context(),
            exception=None if failure is None else RequestFailedError(failure.kind, failure.message),
            start_time=started_at_s,
            url=self._url + path,
        )

    def _answer(self, method: str, request: bytes, deadline_s: float) -> Response:
        try:
            response = self._send_kept(method, request, deadline_s)
            if response is None:
                connection = self._connect(deadline_s)
                response = self._exchange(connection, method, request, deadline_s)
        except RequestFailedError as error:
            return Response(failure=error.failure)
        if response.sets_cookies:
            for value in response.headers.all("set-cookie"):
                self.cookies.store(value)
        return response

    def _send_kept(self, method: str, request: bytes, deadline_s: float) -> Response | None:
        """Sends over the connection used last; None if there is none, or it was closed and a new one may try.

        A second try is made only where the first cannot have done harm: nothing was sent, or the method is
        idempotent (RFC 9110, section 9.2.2).
        """
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_quiet():
                connection.close()
                self.dropped_idle += 1
                continue
            try:
                return self._exchange(connection, method, request, deadline_s)
            except NoAnswerError as error:
                if not error.unsent and method not in IDEMPOTENT:
                    raise
                self.stale_retries += 1
                return None
        return None

    def _connect(self, deadline_s: float) -> Connection:
        until_s = min(perf_counter() + self.timeouts.connect_s, deadline_s)
        return Connection(dial(self._origin, self._tls, until_s), self.limits)

    def _exchange(self, connection: Connection, method: str, request: bytes, deadline_s: float) -> Response:
        try:
            response = connection.exchange(method, request, self.timeouts.read_s, deadline_s)
        except BaseException:  # whatever ends a user midway leaves half an answer on the connection
            connection.close()
            raise
        if connection.reusable and len(self._idle) < self.limits.idle_connections:
            self._idle.append(connection)
        else:
            connection.close()
        return response

    def _follow(self, redirect: Redirect, response: Response, hops: int, deadline_s: float) -> Response:
        for _ in range(hops):
            problem = redirect.move(self._origin, response)
            if problem is not None:
                response.failure = Failure(FailureKind.REDIRECT, problem)
                return response
            request = self._encoder.encode(
                redirect.method,
                redirect.target,
                headers=redirect.headers,
                cookie_line=self.cookies.line_at(time()),
                content=redirect.content,
            )
            response = self._answer(redirect.method, request, deadline_s)
            if not response.is_redirect:
                return response
        response.failure = Failure(FailureKind.REDIRECT, "too many redirects")
        return response


@lru_cache(maxsize=256)
def _shared(
    base_url: str,
    verify: bool | str,  # noqa: FBT001 - a switch or a file
    headers: tuple[tuple[str, str], ...],
) -> tuple[Origin, RequestEncoder, ssl.SSLContext | None]:
    """What all users of a target have in common."""
    origin = Origin.parse(base_url)
    context = tls_context(verify) if origin.scheme == "https" else None
    return origin, RequestEncoder(origin, dict(headers)), context


def _content(json: Any, form: Params | None) -> bytes:  # noqa: ANN401 - whatever json can write
    if form is None:
        return json_content(json)
    if json is not None:
        raise BadInputError(Problem("a request has one body", "json= and form=", "give one of them"))
    return form_content(form)


def _judge(response: Response, check: Check | None, also_ok: Collection[int]) -> None:
    """Forgives an error status that was expected, and lets the check look at what has not failed."""
    if response.status in also_ok:
        response.failure = None
    if check is None or response.failure is not None:
        return
    try:
        complaint = check(response)
    except Exception as error:  # noqa: BLE001 - an answer that breaks its check is wrong, the run is not broken
        complaint = f"check failed with {type(error).__name__}"
    if complaint is not None:
        response.failure = Failure(FailureKind.CONTENT, complaint)
