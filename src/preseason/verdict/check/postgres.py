"""Judges what two looks at a Postgres found, and what happened between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.run.look import Hidden, Unseen
from preseason.slo.model import Unit
from preseason.verdict import wording
from preseason.verdict.check.absent import absent
from preseason.verdict.check.model import Row, Status
from preseason.verdict.check.statements import statement_rows
from preseason.verdict.check.topics import Topic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preseason.run.look import Activity, IndexUse, PostgresLook, PostgresSeen
    from preseason.verdict.check.limits import Limits

ANSWERS = "Postgres answers"
_NAMED = 8


def postgres_rows(seen: PostgresSeen | Unseen | None, limits: Limits) -> Iterator[Row]:
    """All rows of Postgres; one that says so where it was not to be looked at."""
    if seen is None or isinstance(seen, Unseen):
        yield absent(Topic.POSTGRES, ANSWERS, seen, "--postgres DSN")
    else:
        yield _answers(seen.after)
        yield _connections(seen, limits)
        yield from _activity(seen, limits)
        yield from statement_rows(seen, limits)
        yield from _indexes(seen.after)


def _answers(look: PostgresLook) -> Row:
    return Row(
        topic=Topic.POSTGRES,
        name=ANSWERS,
        status=Status.OK,
        said=f"version {look.version}" + (", a replica" if look.is_replica else ""),
        value=look.answer_ms,
        unit=Unit.MS,
    )


def _connections(seen: PostgresSeen, limits: Limits) -> Row:
    """Client sessions against the slots they may use; the fuller of the two looks counts."""
    look = max(seen.before, seen.after, key=lambda one: one.connections)
    used = look.connections / max(look.connections_limit, 1.0)
    critical = used >= limits.connections_critical.value
    crowded = critical or used >= limits.connections.value
    limit = limits.connections_critical if critical else limits.connections
    return Row(
        topic=Topic.CONNECTIONS,
        name="connections",
        status=Status.FAIL if critical else Status.WARN if crowded else Status.OK,
        said=f"{look.connections:.0f} of {look.connections_limit:.0f}",
        value=used,
        unit=Unit.RATIO,
        limit=limit.value,
        source=limit.source,
        cause="few are left for whoever comes next" if crowded else "",
        remedy="find who holds them (pg_stat_activity by application_name); pool, or raise max_connections"
        if crowded
        else "",
    )


def _activity(seen: PostgresSeen, limits: Limits) -> Iterator[Row]:
    before, after = seen.before.activity, seen.after.activity
    if isinstance(after, Hidden):
        yield _hidden(Topic.SESSIONS, "sessions", after)
        return
    waited = 0.0 if isinstance(before, Hidden) else min(before.waiting_for_locks, after.waiting_for_locks)
    yield _locks(waited)
    yield _oldest(after, limits)
    yield _running(after, limits)


def _locks(waited: float) -> Row:
    """A wait is nothing; one at both looks is."""
    return Row(
        topic=Topic.SESSIONS,
        name="waiting for locks",
        status=Status.WARN if waited else Status.OK,
        said=f"{waited:.0f} sessions",
        value=None,
        cause=f"at both looks {waited:.0f} sessions or more waited for a lock" if waited else "",
        remedy="pg_blocking_pids(pid) says whom they wait for" if waited else "",
    )


def _oldest(activity: Activity, limits: Limits) -> Row:
    age_ms = 1000 * activity.oldest_transaction_s
    old = age_ms >= limits.transaction.value
    return Row(
        topic=Topic.SESSIONS,
        name="oldest transaction",
        status=Status.WARN if old else Status.OK,
        value=age_ms,
        unit=Unit.MS,
        limit=limits.transaction.value,
        source=limits.transaction.source,
        cause="what it holds or reads cannot be cleaned up" if old else "",
        remedy="look at pg_stat_activity by xact_start; set idle_in_transaction_session_timeout"
        if old
        else "",
    )


def _running(activity: Activity, limits: Limits) -> Row:
    longest_ms = 1000 * max(activity.running_s, default=0.0)
    slow = [one for one in activity.running_s if 1000 * one >= limits.slow_query.value]
    return Row(
        topic=Topic.SLOW_QUERIES,
        name="statements running now",
        status=Status.WARN if slow else Status.OK,
        said=f"{len(activity.running_s)}",
        value=longest_ms if activity.running_s else None,
        unit=Unit.MS,
        limit=limits.slow_query.value,
        source=limits.slow_query.source,
        cause=f"{len(slow)} of them run for longer" if slow else "",
        remedy="look at pg_stat_activity by query_start" if slow else "",
    )


def _indexes(look: PostgresLook) -> Iterator[Row]:
    if isinstance(look.indexes, Hidden):
        yield _hidden(Topic.INDEXES, "unused indexes", look.indexes)
        return
    unused = [index for index in look.indexes if index.is_valid]
    invalid = [index for index in look.indexes if not index.is_valid]
    yield _index_row(
        "unused indexes",
        unused,
        f"no scan used them {_since(look)}, and they enforce nothing: {_named(unused)}",
        "each costs every write: if no replica and no rare report needs it, DROP INDEX CONCURRENTLY",
    )
    yield _index_row(
        "invalid indexes",
        invalid,
        f"CREATE INDEX CONCURRENTLY failed, or is still at work: {_named(invalid)}",
        "if nobody builds it just now, drop it and build it again",
    )


def _index_row(name: str, found: list[IndexUse], cause: str, remedy: str) -> Row:
    return Row(
        topic=Topic.INDEXES,
        name=name,
        status=Status.WARN if found else Status.OK,
        said=f"{len(found)}",
        value=sum(index.size_bytes for index in found) if found else None,
        unit=Unit.BYTES,
        cause=cause if found else "",
        remedy=remedy if found else "",
    )


def _since(look: PostgresLook) -> str:
    where = "on this replica " if look.is_replica else ""
    if look.counted_since_s is None:
        return f"{where}since scans are counted"
    return f"{where}in the {wording.duration(look.at_s - look.counted_since_s)} that scans are counted"


def _named(indexes: list[IndexUse]) -> str:
    largest = sorted(indexes, key=lambda index: -index.size_bytes)
    named = [f"{one.name} on {one.table} ({wording.size(one.size_bytes)})" for one in largest[:_NAMED]]
    more = len(indexes) - _NAMED
    return ", ".join([*named, *([f"and {more} more"] if more > 0 else [])])


def _hidden(topic: Topic, name: str, hidden: Hidden) -> Row:
    return Row(topic=topic, name=name, status=Status.NO_DATA, cause=hidden.cause, remedy=hidden.cure)
