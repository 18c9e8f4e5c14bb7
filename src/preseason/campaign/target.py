"""The target of a run: the reference platform brought up for it, or one that is already there."""

from __future__ import annotations

import ipaddress
import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit, urlunsplit

from preseason.campaign.reach import why_unreachable
from preseason.campaign.speakers import Speaker
from preseason.collectors.addresses import as_written, has_misplaced_at
from preseason.errors import BadInputError, ExitCode, PreseasonError, Problem, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from urllib.parse import SplitResult

    from preseason.campaign.observer import Observer
    from preseason.campaign.options import PlatformWishes
    from preseason.lifeline import Lifeline

_READY_S = 60.0
_REACH_S = 5.0
_WRITE_IT = "write it like http://127.0.0.1:8000"


@dataclass(frozen=True, slots=True)
class ReadyTarget:
    """A target that answers. ``url`` carries no credentials; the other addresses may, and are not shown.

    ``processes`` are local processes of the target by label, to be sampled.
    """

    url: str
    kind: Literal["embedded", "remote"]
    postgres: str | None = field(default=None, repr=False)
    redis: str | None = field(default=None, repr=False)
    pgbouncer: str | None = field(default=None, repr=False)
    users: Path | None = None
    version: str | None = None
    processes: dict[str, int] = field(default_factory=dict)
    platform: Speaker | None = None

    @property
    def is_here(self) -> bool:
        """Whether it runs on this machine, as far as its address tells."""
        return _loopback(urlsplit(self.url).hostname or "")


def bring_up(
    options: PlatformWishes, lifeline: Lifeline, log_folder: Path, observer: Observer
) -> ReadyTarget:
    """Start embedded servers where none are given, and the reference platform on them.

    Raises UnreachableError when something does not start, BadInputError for a fault it does not know.
    """
    from preseason.embedded import servers  # noqa: PLC0415 - a remote target needs no servers

    observer.step("starting Postgres and Redis")
    running = servers.start(lifeline, log=observer.step)
    observer.step("seeding and starting the reference platform")
    users = log_folder / "users.csv"
    speaker = Speaker.start(
        lifeline,
        "preseason.astral_field",
        name="platform",
        log=log_folder / "platform.log",
        arguments=["--port", "0", "--users-file", str(users), *_wishes(options)],
        env={**os.environ, "PRESEASON_POSTGRES": running.postgres_dsn, "PRESEASON_REDIS": running.redis_url},
    )
    ready = _await_ready(speaker, log_folder / "platform.log")
    return ReadyTarget(
        url=ready["url"],
        kind="embedded",
        postgres=running.postgres_dsn,
        redis=running.redis_url,
        users=users,
        version=ready.get("version"),
        processes={
            "platform": speaker.child.pid,
            "postgres": running.postgres_pid,
            "redis": running.redis_pid,
        },
        platform=speaker,
    )


def check_reference(options: PlatformWishes, lifeline: Lifeline, log_folder: Path) -> None:
    """Ask the reference platform, without starting its servers, whether it could do what is wished of it.

    Raises BadInputError with everything it would refuse.
    """
    log = log_folder / "platform.log"
    # The addresses only have to look like some: the servers are started later, and it reaches for none now.
    env = {
        **os.environ,
        "PRESEASON_POSTGRES": "postgresql://127.0.0.1/",
        "PRESEASON_REDIS": "redis://127.0.0.1",
    }
    speaker = Speaker.start(
        lifeline,
        "preseason.astral_field",
        name="check of the platform",
        log=log,
        arguments=["--check", *_wishes(options)],
        env=env,
    )
    said = speaker.next(_READY_S)
    speaker.finish(_REACH_S)
    if said is None:
        raise BadInputError(Problem(f"could not be asked; it said: {_last_words(log)}", "reference platform"))
    if problems := [Problem(**told) for told in said["problems"]]:
        raise BadInputError(problems)


def _wishes(options: PlatformWishes) -> list[str]:
    return [
        "--leagues",
        str(options.leagues),
        *(word for name in options.faults for word in ("--fault", name)),
    ]


def _last_words(log: Path) -> str:
    return " | ".join(log.read_text(errors="replace").strip().splitlines()[-3:]) or "nothing"


def _await_ready(speaker: Speaker, log: Path) -> dict[str, str]:
    deadline_s = time.monotonic() + _READY_S
    while time.monotonic() < deadline_s:
        message = speaker.next(0.1)
        if message and message.get("event") == "ready":
            return message
        if message is None and not speaker.alive:
            break
    refused = speaker.child.poll() == ExitCode.BAD_INPUT
    kind = BadInputError if refused else UnreachableError
    raise kind(Problem(f"it did not start; it said: {_last_words(log)}", "reference platform"))


def check_remote(url: str, allow: tuple[str, ...]) -> str:
    """The target's address without a trailing slash, once it may be loaded and answers.

    Raises BadInputError with everything that is wrong with an address that is malformed or may not be loaded,
    UnreachableError when nothing answers there. Any HTTP answer, even an error, is an answer.
    """
    clean = _permitted(url, allow)
    if why := why_unreachable(urlsplit(clean), _REACH_S):
        remedy = "start it, or name the address it listens on"
        raise UnreachableError(Problem(f"does not answer: {why}", f"--target {clean}", remedy))
    return clean


def _permitted(url: str, allow: tuple[str, ...]) -> str:
    if has_misplaced_at(url):
        remedy = "leave out user and password, which requests would not carry"
        raise BadInputError(Problem("an @ stands where none can be", "--target", remedy))
    place = f"--target {as_written(url)}"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise BadInputError(Problem(f"is no address: {error}", place, _WRITE_IT)) from None
    if parts.scheme not in {"http", "https"} or not host:
        raise BadInputError(Problem("is no http or https address", place, _WRITE_IT))
    if problems := [*_what_no_request_would_carry(parts, place), *_what_is_not_allowed(host, allow, place)]:
        raise BadInputError(problems)
    shown = f"[{host}]" if ":" in host else host
    netloc = shown if port is None else f"{shown}:{port}"
    return urlunsplit((parts.scheme, netloc, parts.path.rstrip("/"), "", ""))


def _what_no_request_would_carry(parts: SplitResult, place: str) -> Iterator[Problem]:
    """Left out in silence, a platform that wants it would refuse every request, and look broken."""
    if "@" in parts.netloc:
        yield Problem(
            "carries a user or a password, and requests would not",
            place,
            "leave it out; users log in with --users, and HTTP authentication before that is not offered",
        )
    if parts.query or parts.fragment:
        yield Problem(
            "carries a query or a fragment, and requests would not", place, "end it with the path at most"
        )


def _what_is_not_allowed(host: str, allow: tuple[str, ...], place: str) -> Iterator[Problem]:
    if not _loopback(host) and host not in allow:
        remedy = f"if that host may be loaded, say so: --allow {host}"
        yield Problem(f"{host} is not this machine", place, remedy)


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def gather(*errors: PreseasonError | None) -> None:
    """Raise one error with all problems of ``errors``; what is wrong outweighs what cannot be reached."""
    found = [error for error in errors if error is not None]
    if not found:
        return
    problems = [problem for error in found for problem in error.problems]
    kind = BadInputError if any(isinstance(error, BadInputError) for error in found) else UnreachableError
    raise kind(problems)
