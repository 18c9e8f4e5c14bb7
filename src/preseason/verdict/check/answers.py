"""Judges answers as such: whether they came, and how long they took."""

from __future__ import annotations

from http import HTTPStatus
from statistics import median
from typing import TYPE_CHECKING

from preseason.errors import ExitCode
from preseason.run.look import Miss
from preseason.slo.model import Unit
from preseason.verdict import wording
from preseason.verdict.check.model import Row, Status
from preseason.verdict.check.topics import Topic

if TYPE_CHECKING:
    from preseason.run.look import Answer
    from preseason.verdict.check.limits import Limits

#: Named by the manual's deployment checks, and not served by every deployment.
MAY_BE_MISSING = frozenset({"GET /api/league"})
_REMEDIES = {
    Miss.AWAY: "start it, or name the address it listens on",
    Miss.BROKEN: "whoever asks it meets the same: look at its logs, its proxy, its certificate",
    Miss.STATUS: "its logs know more",
    Miss.CONTENT: "compare the answer with the API's description",
    Miss.UNASKED: "",
}


def endpoint_row(answer: Answer, limits: Limits) -> Row:
    """Whether an endpoint of the API answers, with what it should, and in time."""
    if answer.status == HTTPStatus.NOT_FOUND and answer.name in MAY_BE_MISSING:
        return Row(
            topic=Topic.ENDPOINTS,
            name=answer.name,
            status=Status.WARN,
            said="not served",
            cause="the manual's deployment checks name it, and the target does not serve it",
            remedy="serve it, or leave it out of those checks",
        )
    if answer.miss is not Miss.NONE:
        return missed(Topic.ENDPOINTS, answer)
    return timed(Topic.ENDPOINTS, answer, limits)


def missed(topic: Topic, answer: Answer) -> Row:
    """An answer that did not come, or was none."""
    again = f", after {len(answer.times_ms)} that were not" if answer.times_ms else ""
    unasked = answer.miss is Miss.UNASKED
    return Row(
        topic=topic,
        name=answer.name,
        status=Status.NO_DATA if unasked else Status.FAIL,
        said="not asked" if unasked else f"failed{again}",
        cause=answer.why,
        remedy=_REMEDIES[answer.miss],
        failed_as=ExitCode.UNREACHABLE if answer.miss is Miss.AWAY else ExitCode.FAILED,
    )


def timed(topic: Topic, answer: Answer, limits: Limits, said: str = "") -> Row:
    """An answer that came: how long the middle one took, so that a cold start does not decide."""
    took_ms = median(answer.times_ms)
    warn, fail = limits.response, limits.response_critical
    slow = took_ms >= min(warn.value, fail.value)
    critical = took_ms >= fail.value
    limit = fail if critical else warn
    return Row(
        topic=topic,
        name=answer.name,
        status=Status.FAIL if critical else Status.WARN if slow else Status.OK,
        said=said or f"status {answer.status}",
        value=took_ms,
        unit=Unit.MS,
        limit=limit.value,
        source=limit.source,
        cause=_slowness(took_ms, len(answer.times_ms)) if slow else "",
        remedy="preseason gate says how it does under load, and what makes it slow" if slow else "",
    )


def _slowness(took_ms: float, asked: int) -> str:
    took = wording.milliseconds(took_ms)
    return f"it takes {took}" if asked == 1 else f"the middle one of {asked} answers took {took}"
