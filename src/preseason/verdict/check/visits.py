"""Judges what a visitor found: health, the API's endpoints, and whether one can log in."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from preseason.errors import ExitCode
from preseason.run.look import Entry, Miss, Unseen, Visit
from preseason.slo.model import Unit
from preseason.verdict.check.answers import endpoint_row
from preseason.verdict.check.health import PRIMARY, format_row, health_row, of_platform
from preseason.verdict.check.model import MissingField, Row, Status
from preseason.verdict.check.topics import Topic

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from preseason.run.look import Answer
    from preseason.verdict.check.limits import Limits

_HEALTH, _SESSION = "GET /api/health", "/api/auth/"
_LOGIN = "POST /api/auth/callback/credentials"
LOG_IN, SIGNED_IN = "log in", "what needs a session"


class Visited(NamedTuple):
    """What a visit comes to; ``version`` and ``uptime_s`` are what the target tells of itself."""

    rows: tuple[Row, ...]
    lacking: tuple[MissingField, ...] = ()
    version: str = ""
    uptime_s: float | None = None


def judge_visit(visit: Visit | Unseen, limits: Limits) -> Visited:
    """Every endpoint, and the session."""
    if isinstance(visit, Unseen):
        return Visited(tuple(_unseen(visit)))
    answers = {answer.name: answer for answer in visit.answers}
    health = [answer for name, answer in answers.items() if name.startswith(_HEALTH)]
    others = [answer for name, answer in answers.items() if answer not in health and _SESSION not in name]
    formats = [found for answer in health if (found := format_row(answer)) is not None]
    rows = (
        *(health_row(answer, limits) for answer in health),
        *(row for row, _ in formats),
        *(endpoint_row(answer, limits) for answer in others),
        *_session(visit, answers),
    )
    lacking = tuple(field for _, fields in formats for field in fields)
    return Visited(rows, lacking, *of_platform(answers))


def _unseen(visit: Unseen) -> Iterator[Row]:
    known = visit.code is ExitCode.UNREACHABLE
    yield Row(
        topic=Topic.HEALTH,
        name=PRIMARY,
        status=Status.FAIL if known else Status.NO_DATA,
        said="not there" if known else "not asked",
        cause=visit.cause,
        remedy=visit.remedy,
        failed_as=visit.code,
    )
    for topic, name in ((Topic.ENDPOINTS, "the API"), (Topic.SESSION, LOG_IN)):
        yield Row(topic=topic, name=name, status=Status.NO_DATA, said="not asked", cause=visit.cause)


def _session(visit: Visit, answers: Mapping[str, Answer]) -> Iterator[Row]:
    match visit.entry:
        case Entry.IN:
            yield _logged_in(answers)
            return
        case Entry.NOT_TRIED:
            yield Row(
                topic=Topic.SESSION,
                name=LOG_IN,
                status=Status.SKIPPED,
                said="no account",
                cause="nobody was named to log in with, so what needs a session was not asked either",
                remedy="name a CSV file with the header email,password: --users FILE",
            )
            return
        case Entry.REFUSED:
            yield _refused(visit)
        case Entry.LOST | Entry.FAILED:
            yield _failed(visit, answers)
    yield Row(
        topic=Topic.ENDPOINTS,
        name=SIGNED_IN,
        status=Status.NO_DATA,
        said="not asked",
        cause="there was no session to ask with",
    )


def _logged_in(answers: Mapping[str, Answer]) -> Row:
    login = answers.get(_LOGIN)
    return Row(
        topic=Topic.SESSION,
        name=LOG_IN,
        status=Status.OK,
        said="logged in" if login else "still logged in",
        value=median(login.times_ms) if login and login.times_ms else None,
        unit=Unit.MS,
    )


def _refused(visit: Visit) -> Row:
    return Row(
        topic=Topic.SESSION,
        name=LOG_IN,
        status=Status.FAIL,
        said="refused",
        cause=f"the target refused {visit.account} ({visit.account_place}): {visit.why}",
        remedy="correct the email or the password there; it was tried once, five failures lock an account",
        failed_as=ExitCode.BAD_INPUT,
    )


def _failed(visit: Visit, answers: Mapping[str, Answer]) -> Row:
    failed = [answer for name, answer in answers.items() if _SESSION in name and answer.miss is not Miss.NONE]
    away = any(answer.miss is Miss.AWAY for answer in failed)
    at = f"{failed[-1].name}: " if failed else ""
    lost = visit.entry is Entry.LOST
    return Row(
        topic=Topic.SESSION,
        name=LOG_IN,
        status=Status.FAIL,
        said="logged out" if lost else "failed",
        cause=f"{at}{visit.why}",
        remedy="were its signing secrets changed?" if lost else "its logs know more",
        failed_as=ExitCode.UNREACHABLE if away else ExitCode.FAILED,
    )
