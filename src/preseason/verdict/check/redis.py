"""Judges what two looks at a Redis found, and what it counted between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.run.look import Unseen
from preseason.slo.model import Unit
from preseason.verdict import wording
from preseason.verdict.check.absent import absent
from preseason.verdict.check.model import Row, Status
from preseason.verdict.check.topics import Topic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preseason.run.look import RedisLook, RedisSeen
    from preseason.verdict.check.limits import Limits

ANSWERS, HIT_RATE, EVICTIONS = "Redis answers", "hit rate", "evictions and refused clients"
#: With fewer look-ups, a rate says nothing.
FEWEST_LOOKUPS = 100
_KEEPS_ALL = "noeviction"


def redis_rows(seen: RedisSeen | Unseen | None, limits: Limits) -> Iterator[Row]:
    """All rows of Redis; one that says so where it was not to be looked at."""
    if seen is None or isinstance(seen, Unseen):
        yield absent(Topic.REDIS, ANSWERS, seen, "--redis URL")
    else:
        yield _answers(seen.after)
        yield _clients(seen.after, limits)
        yield _memory(seen.after, limits)
        yield from _between(seen, limits)


def _answers(look: RedisLook) -> Row:
    return Row(
        topic=Topic.REDIS,
        name=ANSWERS,
        status=Status.OK,
        said=f"version {look.version}",
        value=look.ping_ms,
        unit=Unit.MS,
    )


def _clients(look: RedisLook, limits: Limits) -> Row:
    used = look.clients / look.clients_limit if look.clients_limit else None
    crowded = used is not None and used >= limits.redis_clients.value
    return Row(
        topic=Topic.REDIS,
        name="clients",
        status=Status.WARN if crowded else Status.OK,
        said=f"{look.clients:.0f}" + (f" of {look.clients_limit:.0f}" if look.clients_limit else ""),
        value=used,
        unit=Unit.RATIO,
        limit=limits.redis_clients.value,
        source=limits.redis_clients.source,
        cause="beyond the last one, Redis refuses connections" if crowded else "",
        remedy="find who holds them (CLIENT LIST), or raise maxclients" if crowded else "",
    )


def _memory(look: RedisLook, limits: Limits) -> Row:
    used = look.memory_bytes / look.memory_limit_bytes if look.memory_limit_bytes else None
    full = used is not None and used >= limits.redis_memory.value
    keeps_all = look.memory_policy == _KEEPS_ALL
    cause = "when it is full, every write is refused" if keeps_all else "soon keys are evicted for new ones"
    return Row(
        topic=Topic.MEMORY,
        name="memory",
        status=Status.WARN if full else Status.OK,
        said=look.memory_policy if look.memory_limit_bytes else "no limit is set",
        value=look.memory_bytes if used is None else used,
        unit=Unit.BYTES if used is None else Unit.RATIO,
        limit=None if used is None else limits.redis_memory.value,
        source=limits.redis_memory.source if used is not None else "",
        cause=cause if full else "",
        remedy="raise maxmemory, or keep less for less long" if full else "",
    )


def _between(seen: RedisSeen, limits: Limits) -> Iterator[Row]:
    before, after = seen.before, seen.after
    if before.life != after.life:
        cause = "its counters began anew between the two looks"
        for topic, name in ((Topic.HIT_RATE, HIT_RATE), (Topic.MEMORY, EVICTIONS)):
            yield Row(
                topic=topic, name=name, status=Status.NO_DATA, cause=cause, remedy="run the check again"
            )
        return
    yield _hit_rate(seen.first, after, limits)
    yield _evictions(after.evicted - before.evicted, after.rejected - before.rejected)


def _hit_rate(first: RedisLook, last: RedisLook, limits: Limits) -> Row:
    """Of the look-ups since we look: since the server started, months would hide the last minutes."""
    hits, misses = last.hits - first.hits, last.misses - first.misses
    lookups = hits + misses
    few = lookups < FEWEST_LOOKUPS
    rate = hits / lookups if lookups and not few else None
    low = rate is not None and rate < limits.hit_rate.value
    return Row(
        topic=Topic.HIT_RATE,
        name=HIT_RATE,
        status=Status.SKIPPED if few else Status.WARN if low else Status.OK,
        said=f"{lookups:.0f} look-ups in {wording.duration(last.at_s - first.at_s)}",
        value=rate,
        unit=Unit.RATIO,
        limit=limits.hit_rate.value,
        bound=">",
        source=limits.hit_rate.source,
        cause=f"fewer than {FEWEST_LOOKUPS} look-ups while we looked say nothing of a rate"
        if few
        else "what is not found there is read from Postgres"
        if low
        else "",
        remedy="watch it for longer (--watch), or ask a gate" if few or low else "",
    )


def _evictions(evicted: float, rejected: float) -> Row:
    found = [
        f"{count:.0f} {what}"
        for count, what in ((evicted, "keys were evicted"), (rejected, "clients were refused"))
        if count > 0
    ]
    return Row(
        topic=Topic.MEMORY,
        name=EVICTIONS,
        status=Status.WARN if found else Status.OK,
        said=f"{evicted:.0f} and {rejected:.0f}",
        cause=f"while we looked, {' and '.join(found)}" if found else "",
        remedy="raise maxmemory or maxclients, or ask less of it" if found else "",
    )
