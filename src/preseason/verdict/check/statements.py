"""Judges the statements that pg_stat_statements counted: between two looks, and for as long as it counts.

A mean over months hides what happens now, so growth between the looks is what can fail; the mean over the
whole life of the counters, which the operations manual asks for, is worth a warning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from preseason.run.look import Hidden, StatementUse
from preseason.slo.model import Unit
from preseason.verdict import wording
from preseason.verdict.check.model import Row, Status
from preseason.verdict.check.topics import Topic

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from preseason.run.look import PostgresSeen, StatementsSeen
    from preseason.verdict.check.limits import Limits

NOW, EVER = "slow statements just now", "slow statements so far"
_NEVER = StatementUse(0.0, 0.0)
_NAMED = 3
_SHOWN_CHARACTERS = 90
_REMEDY = "EXPLAIN them: an index, a smaller result or another plan"


def suspects(seen: PostgresSeen, limits: Limits) -> tuple[str, ...]:
    """The query ids of all statements that are slow, so that their text can be asked for."""
    before, after = seen.before.statements, seen.after.statements
    if isinstance(after, Hidden):
        return ()
    grown = {} if isinstance(before, Hidden) else _growth(before, after) or {}
    return tuple({**_slow(grown, limits), **_slow(after.use, limits)})


def statement_rows(seen: PostgresSeen, limits: Limits) -> Iterator[Row]:
    """Two rows; one without data where statements cannot be seen."""
    before, after = seen.before.statements, seen.after.statements
    if isinstance(after, Hidden):
        yield _no_data(after.cause, after.cure)
        return
    grown = None if isinstance(before, Hidden) else _growth(before, after)
    if grown is None:
        yield _no_data("the counters began anew between the two looks", "run the check again")
    else:
        yield _row(NOW, Status.FAIL, grown, seen.texts, limits)
    yield _row(EVER, Status.WARN, after.use, seen.texts, limits)


def _growth(before: StatementsSeen, after: StatementsSeen) -> dict[str, StatementUse] | None:
    """What ran between two looks; None where the counters cannot be subtracted.

    An entry that fell was evicted and made again: its growth is not known, and it is left out.
    """
    if before.life != after.life:
        return None
    growth = {}
    for queryid, now in after.use.items():
        then = before.use.get(queryid, _NEVER)
        calls, exec_ms = now.calls - then.calls, now.exec_ms - then.exec_ms
        if calls > 0 and exec_ms >= 0:
            growth[queryid] = StatementUse(calls, exec_ms)
    return growth


def _slow(use: Mapping[str, StatementUse], limits: Limits) -> dict[str, StatementUse]:
    """Those whose executions take longer than the limit in the mean, the slowest first."""
    slow = {queryid: one for queryid, one in use.items() if _mean_ms(one) >= limits.slow_query.value}
    return dict(sorted(slow.items(), key=lambda item: -_mean_ms(item[1])))


def _mean_ms(use: StatementUse) -> float:
    return use.exec_ms / use.calls if use.calls else 0.0


def _row(
    name: str, status: Status, use: Mapping[str, StatementUse], texts: Mapping[str, str], limits: Limits
) -> Row:
    """Statements without a text to show are commands of an operator (COPY, VACUUM …): theirs is no query."""
    slow = {queryid: one for queryid, one in _slow(use, limits).items() if queryid in texts}
    slowest = next(iter(slow.values()), None)
    named = [f"{_shown(texts[queryid])} ({_told(one)})" for queryid, one in [*slow.items()][:_NAMED]]
    return Row(
        topic=Topic.SLOW_QUERIES,
        name=name,
        status=status if slow else Status.OK,
        said=f"{len(slow)} of {len(use)}",
        value=None if slowest is None else _mean_ms(slowest),
        unit=Unit.MS,
        limit=limits.slow_query.value,
        source=limits.slow_query.source,
        cause="; ".join(named),
        remedy=_REMEDY if slow else "",
    )


def _told(use: StatementUse) -> str:
    times = "once" if use.calls == 1 else f"{wording.count(use.calls)} times"
    return f"{times}, {wording.milliseconds(_mean_ms(use))} in the mean"


def _shown(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[: _SHOWN_CHARACTERS - 1]}…"


def _no_data(cause: str, cure: str) -> Row:
    return Row(topic=Topic.SLOW_QUERIES, name=NOW, status=Status.NO_DATA, cause=cause, remedy=cure)
