"""A check: one look at a target without any load, or one every few seconds for a while."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from preseason.campaign.lookers import Lookers, Visits
from preseason.campaign.target import ReadyTarget, bring_up, check_remote, gather
from preseason.collectors.addresses import redact
from preseason.errors import BadInputError, Problem, UnreachableError
from preseason.lifeline import Lifeline
from preseason.traffic.accounts import read_accounts
from preseason.traffic.visit_model import VisitQuestion
from preseason.verdict.check.judging import judge
from preseason.verdict.check.limits import Limits, limits_of
from preseason.verdict.check.topics import Topic
from preseason.verdict.check.watching import changes, restarted, summarise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from preseason.campaign.observer import Observer
    from preseason.verdict.check.model import CheckReport, WatchReport
    from preseason.verdict.check.watching import Change

#: How often a single check asks each endpoint, so that one cold start does not decide.
_ASKS = 3


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """What a user asks of a check. ``target`` None means the reference platform, started for it.

    ``limits`` are given as NAME=VALUE; the topics in ``skip`` are left out; ``strict`` lets warnings fail.
    """

    target: str | None = None
    postgres: str | None = field(default=None, repr=False)
    redis: str | None = field(default=None, repr=False)
    users: Path | None = None
    allow: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    leagues: int = 20
    limits: tuple[str, ...] = ()
    skip: tuple[Topic, ...] = ()
    strict: bool = False


class Audience(Protocol):
    """Told of every round of a watch as it ends."""

    def __call__(self, report: CheckReport, changed: tuple[Change, ...], restart: str) -> None: ...


def check(options: CheckOptions, observer: Observer) -> CheckReport:
    """Look once.

    Raises BadInputError with everything that is wrong in the options, and for a target that may not be asked;
    what cannot be reached, and a login that is refused, are rows of the report.
    """
    with _looking(options, observer, _ASKS) as look:
        observer.step("looking")
        return look()


def watch(
    options: CheckOptions, observer: Observer, told: Audience, *, for_s: float, every_s: float
) -> WatchReport:
    """Look every ``every_s`` for ``for_s``; what was seen until then is summed up when it is interrupted."""
    reports: list[CheckReport] = []
    interrupted = False
    with _looking(options, observer, asks=1) as look:
        try:
            for _ in _moments(for_s, every_s):
                report, before = look(), reports[-1] if reports else None
                reports.append(report)
                told(report, changes(before, report), restarted(before, report))
        except KeyboardInterrupt:
            if not reports:
                raise
            interrupted = True
    return summarise(reports, limits_of(options.limits), interrupted=interrupted)


def _moments(for_s: float, every_s: float) -> Iterator[float]:
    """When to look, in seconds from now: on a grid, so that a look that took long delays no other."""
    began_s = time.monotonic()
    at_s = 0.0
    while at_s <= for_s:
        time.sleep(max(0.0, began_s + at_s - time.monotonic()))
        yield at_s
        passed = int((time.monotonic() - began_s) / every_s)
        at_s = (passed + 1) * every_s


@contextmanager
def _looking(options: CheckOptions, observer: Observer, asks: int) -> Iterator[Callable[[], CheckReport]]:
    """Everything that looks, until the end of the ``with``; gives what looks once and judges."""
    limits = checked(options)
    with Lifeline() as lifeline:
        logs = lifeline.folder("logs")
        target = _target(options, lifeline, logs, observer)
        question = VisitQuestion(
            host=options.target or target.url,
            users_file=None if Topic.SESSION in options.skip else target.users,
            asks=asks,
        )
        visits = Visits(question, options.allow, lifeline, logs / "visitor.log")
        with Lookers(target, visits, limits) as lookers:
            yield lambda: judge(lookers.look(), limits, options.skip, strict=options.strict)


def checked(options: CheckOptions) -> Limits:
    """The limits; raises BadInputError with all that is wrong in what was given."""
    wrong: list[BadInputError] = []
    limits = Limits()
    try:
        limits = limits_of(options.limits)
    except BadInputError as error:
        wrong.append(error)
    try:
        if options.users is not None:
            read_accounts(options.users)
    except BadInputError as error:
        wrong.append(error)
    try:
        if options.target is not None:
            check_remote(options.target, options.allow)
    except BadInputError as error:
        wrong.append(error)
    except UnreachableError:
        pass  # the report says so, beside what can be reached
    if options.faults and options.target is not None:
        cause = "faults are injected into the reference platform only, not into a target of yours"
        wrong.append(BadInputError(Problem(cause, "--fault", "leave out --target, or --fault")))
    gather(*wrong)
    return limits


def _target(options: CheckOptions, lifeline: Lifeline, logs: Path, observer: Observer) -> ReadyTarget:
    if options.target is None:
        return bring_up(options, lifeline, logs, observer)
    return ReadyTarget(
        url=redact(options.target),
        kind="remote",
        postgres=options.postgres,
        redis=options.redis,
        users=options.users,
    )
