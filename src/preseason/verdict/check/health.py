"""Judges health answers: what they say, and whether they say it as the operations manual has it."""

from __future__ import annotations

from http import HTTPStatus
from statistics import median
from typing import TYPE_CHECKING, Any

from preseason.run import health as manual
from preseason.run.look import Miss
from preseason.slo.model import Unit
from preseason.verdict import wording
from preseason.verdict.check.answers import missed, timed
from preseason.verdict.check.model import MissingField, Row, Status
from preseason.verdict.check.topics import Topic

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from preseason.run.look import Answer
    from preseason.verdict.check.limits import Limits

PRIMARY = "GET /api/health"
_BY_WORD = {"healthy": Status.OK, "degraded": Status.WARN, "unhealthy": Status.FAIL}
#: The statuses under which an endpoint tells its health; any other answer is something else.
_TELLING = (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT, HTTPStatus.SERVICE_UNAVAILABLE)
_FORBIDDEN = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
_STALE = "let nothing between you and the target keep answers of its health, or set its clock"


def health_row(answer: Answer, limits: Limits) -> Row:
    """What a health endpoint says of the target."""
    if answer.miss is not Miss.NONE:
        return missed(Topic.HEALTH, answer)
    if (refusal := _not_served(answer)) is not None:
        return refusal
    body = manual.health_of(answer.body)
    if body is None:
        cause = f"it answers {answer.status}, but no JSON object"
        return _row(answer, Status.FAIL, cause, "let it answer as the manual has it")
    word = _word(body)
    ailing = [f"{part} is {state}" for part, state in manual.parts(body).items() if state != "healthy"]
    causes = [*_of_code(answer.status), *_of_word(word), *ailing]
    status = max(_by_code(answer.status), _BY_WORD.get(word, Status.WARN), key=_badness)
    if ailing and status is Status.OK:
        status = Status.WARN
    if (age := _age(answer, body, limits)) is not None:
        causes.append(age)
        status = max(status, Status.WARN, key=_badness)
    in_time = timed(Topic.HEALTH, answer, limits, said=word)
    if status is Status.OK:
        return in_time
    remedy = _STALE if age and len(causes) == 1 else "look into what it names; its logs know more"
    said = word or f"status {answer.status}"
    if in_time.status is Status.OK:
        return _row(answer, status, "; ".join(causes), remedy, said=said)
    status = max(status, in_time.status, key=_badness)
    row = _row(answer, status, "; ".join((*causes, in_time.cause)), remedy, said=said)
    return row.model_copy(update={"limit": in_time.limit, "source": in_time.source})


def format_row(answer: Answer) -> tuple[Row, tuple[MissingField, ...]] | None:
    """What of the manual's format a health answer does not hold; None where there is no answer to look at."""
    body = manual.health_of(answer.body)
    if answer.miss is not Miss.NONE or body is None or answer.status not in _TELLING:
        return None
    found = manual.faults(body)
    lacking = tuple(MissingField(endpoint=answer.name, field=it.field, fault=it.fault) for it in found)
    row = Row(
        topic=Topic.FORMAT,
        name=answer.name,
        status=Status.WARN if found else Status.OK,
        said=f"{len(manual.FIELDS) - len(found)} of the manual's {len(manual.FIELDS)} fields",
        cause="; ".join(_faults(found)),
        remedy=_remedy(found),
    )
    return row, lacking


def _remedy(found: Sequence[manual.Fault]) -> str:
    if not found:
        return ""
    missing, wrong = any(it.is_missing for it in found), any(not it.is_missing for it in found)
    others = "write the others as the manual does" if missing else "write them as the manual does"
    todo = ["add what is missing"] * missing + [others] * wrong
    return f"{', and '.join(todo)}; what reads the answer by the manual stumbles over it"


def of_platform(answers: Mapping[str, Answer]) -> tuple[str, float | None]:
    """The version and the uptime (seconds) that the target tells; empty and None where it does not."""
    answer = answers.get(PRIMARY)
    body = manual.health_of(answer.body) if answer else None
    if not body:
        return "", None
    version, uptime = body.get("version"), body.get("uptime")
    rules = manual.FIELDS
    return (
        version if isinstance(version, str) and not rules["version"](version) else "",
        float(uptime) if uptime is not None and not rules["uptime"](uptime) else None,
    )


def _not_served(answer: Answer) -> Row | None:
    """A row for an answer that says nothing of the target's health."""
    if answer.status == HTTPStatus.NOT_FOUND:
        missing = "the target does not serve it"
        status = Status.NO_DATA if answer.name == PRIMARY else Status.WARN
        return _row(answer, status, missing, "serve it as the manual has it", said="not served")
    if answer.status in _FORBIDDEN:
        return _row(answer, Status.NO_DATA, f"it answers {answer.status}", "let it be asked without a login")
    if HTTPStatus.MULTIPLE_CHOICES <= answer.status < HTTPStatus.BAD_REQUEST:
        there = f" to {answer.location}" if answer.location else ""
        return _row(answer, Status.FAIL, f"it redirects{there} ({answer.status})", "name that target")
    if answer.status not in _TELLING:
        return _row(answer, Status.FAIL, f"it answers {answer.status}", "its logs know more")
    return None


def _by_code(code: int) -> Status:
    return {HTTPStatus.OK: Status.OK, HTTPStatus.PARTIAL_CONTENT: Status.WARN}.get(
        HTTPStatus(code), Status.FAIL
    )


def _of_code(code: int) -> Iterator[str]:
    if code != HTTPStatus.OK:
        yield f"it answers {code}"


def _of_word(word: str) -> Iterator[str]:
    if not word:
        yield f"its status is none of {', '.join(manual.STATUSES)}"
    elif word != "healthy":
        yield f"it says {word}"


def _word(body: Mapping[str, Any]) -> str:
    word = body.get("status")
    return word if isinstance(word, str) and word in manual.STATUSES else ""


def _age(answer: Answer, body: Mapping[str, Any], limits: Limits) -> str | None:
    """A sentence about an answer that was made long before, or after, it was asked for."""
    said_s = manual.moment_s(body.get("timestamp"))
    if said_s is None or not answer.at_s:
        return None
    apart_s = answer.at_s - said_s
    if abs(apart_s) * 1000 <= limits.health_age.value:
        return None
    when = "old" if apart_s > 0 else "in the future"
    return f"its timestamp is {wording.duration(abs(apart_s))} {when}: kept by a cache, or a wrong clock"


def _faults(found: tuple[manual.Fault, ...]) -> Iterator[str]:
    if missing := [fault.field for fault in found if fault.is_missing]:
        yield f"lacks {', '.join(missing)}"
    yield from (f"{fault.field} {fault.fault}" for fault in found if not fault.is_missing)


def _badness(status: Status) -> int:
    return (Status.OK, Status.WARN, Status.FAIL).index(status)


def _row(answer: Answer, status: Status, cause: str, remedy: str, said: str = "") -> Row:
    return Row(
        topic=Topic.HEALTH,
        name=answer.name,
        status=status,
        said=said or (f"status {answer.status}" if answer.status else ""),
        value=median(answer.times_ms) if answer.times_ms else None,
        unit=Unit.MS,
        cause=cause,
        remedy=remedy,
    )
