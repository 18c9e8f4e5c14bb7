"""Whoever looks at a target and its servers for a check; what one of them cannot see stops no other."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Generic, Protocol, Self, TypeVar

from pydantic import ValidationError

from preseason.campaign.speakers import Speaker
from preseason.campaign.target import check_remote
from preseason.collectors.collector import LostError
from preseason.collectors.postgres.look import PostgresLooker
from preseason.collectors.preflight import check_postgres, check_redis
from preseason.collectors.redis_look import RedisLooker
from preseason.errors import ExitCode, PreseasonError, UnreachableError
from preseason.run.look import Hidden, Look, PostgresLook, PostgresSeen, RedisLook, RedisSeen, Unseen, Visit
from preseason.verdict.check.statements import suspects

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from preseason.campaign.target import ReadyTarget
    from preseason.lifeline import Lifeline
    from preseason.traffic.visit_model import VisitQuestion
    from preseason.verdict.check.limits import Limits

#: A visit takes 45 s at most, and its process a moment to begin.
_VISIT_S = 60.0
#: A look before and one after are so far apart at least, that there is something to see in between.
APART_S = 3.0

Seen_co = TypeVar("Seen_co", covariant=True)


class _Looker(Protocol[Seen_co]):
    def look(self) -> Seen_co: ...

    def close(self) -> None: ...


class Watched(Generic[Seen_co]):
    """One server: its looker, and the preflight that says better than any look why it cannot be reached."""

    def __init__(self, looker: _Looker[Seen_co], preflight: Callable[[], object]) -> None:
        self._looker = looker
        self._preflight = preflight
        self._reached = False

    def look(self) -> Seen_co | Unseen:
        try:
            if not self._reached:
                self._preflight()
            seen = self._looker.look()
        except PreseasonError as error:
            return Unseen.of(error)
        except LostError as error:
            self._reached = False
            return Unseen(str(error), "is it running, and may we reach it?")
        self._reached = True
        return seen

    def close(self) -> None:
        self._looker.close()


class Visits:
    """The visitor's process, started once the target has answered, and again should it end.

    ``allow`` is asked before anything is sent.
    """

    def __init__(
        self, question: VisitQuestion, allow: tuple[str, ...], lifeline: Lifeline, log: Path
    ) -> None:
        self._question = question
        self._allow = allow
        self._lifeline = lifeline
        self._log = log
        self._speaker: Speaker | None = None

    def visit(self) -> Visit | Unseen:
        """One visit; BadInputError where the target may not be asked at all."""
        try:
            speaker = self._speaker or self._started()
        except UnreachableError as error:
            return Unseen.of(error)
        speaker.say("")
        said = speaker.next(_VISIT_S)
        try:
            return Visit.model_validate(said, strict=False)
        except ValidationError:
            self.close()
            last = " | ".join(self._log.read_text(errors="replace").strip().splitlines()[-1:]) or "nothing"
            return Unseen(f"the visitor's process fell silent; it said: {last}", code=ExitCode.UNDECIDED)

    def close(self) -> None:
        if self._speaker is not None:
            self._speaker.finish(timeout_s=2.0)
            self._speaker = None

    def _started(self) -> Speaker:
        host = check_remote(self._question.host, self._allow)
        self._speaker = Speaker.start(
            self._lifeline,
            "preseason.traffic.visit",
            name="visitor",
            log=self._log,
            document=self._question.model_copy(update={"host": host}).model_dump_json(),
        )
        return self._speaker


class Lookers:
    """All of them together. The first look of each server is the one before the first visit."""

    def __init__(self, target: ReadyTarget, visits: Visits, limits: Limits) -> None:
        self._target = target
        self._visits = visits
        self._limits = limits
        dsn, url = target.postgres, target.redis
        self._texts = PostgresLooker(dsn) if dsn else None
        self._postgres = Watched(self._texts, lambda: check_postgres(dsn or "")) if self._texts else None
        self._redis = Watched(RedisLooker(url), lambda: check_redis(url)) if url else None
        self._first_redis: RedisLook | None = None
        self._before: tuple[PostgresLook | Unseen | None, RedisLook | Unseen | None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._visits.close()
        for watched in (self._postgres, self._redis):
            if watched is not None:
                watched.close()

    def look(self) -> Look:
        """A visit, and the servers before and after it; what was after is before the next."""
        began_s = time.time()
        if (before := self._before) is None:
            before = self._servers()
        visit = self._visits.visit()
        if self._before is None and before != (None, None):
            time.sleep(max(0.0, began_s + APART_S - time.time()))
        self._before = after = self._servers()
        return Look(
            target=self._target.url,
            began_s=began_s,
            ended_s=time.time(),
            visit=visit,
            postgres=self._postgres_seen(before[0], after[0]),
            redis=self._redis_seen(before[1], after[1]),
        )

    def _servers(self) -> tuple[PostgresLook | Unseen | None, RedisLook | Unseen | None]:
        return (
            self._postgres.look() if self._postgres else None,
            self._redis.look() if self._redis else None,
        )

    def _postgres_seen(
        self, before: PostgresLook | Unseen | None, after: PostgresLook | Unseen | None
    ) -> PostgresSeen | Unseen | None:
        if not isinstance(after, PostgresLook):
            return after
        if not isinstance(before, PostgresLook):
            before = replace(after, statements=Hidden("it was not seen before"))
        seen = PostgresSeen(before, after)
        return replace(seen, texts=self._shown(suspects(seen, self._limits)))

    def _redis_seen(
        self, before: RedisLook | Unseen | None, after: RedisLook | Unseen | None
    ) -> RedisSeen | Unseen | None:
        if not isinstance(after, RedisLook):
            return after
        if not isinstance(before, RedisLook):
            before = replace(after, life="")
        if self._first_redis is None or self._first_redis.life != after.life:
            self._first_redis = before
        return RedisSeen(before, after, self._first_redis)

    def _shown(self, queryids: tuple[str, ...]) -> dict[str, str]:
        """The texts of these statements; none where they are no longer to be had."""
        try:
            return self._texts.texts(queryids) if self._texts else {}
        except LostError:
            return dict.fromkeys(queryids, "(its text could not be read)")
