"""Who held up whom in the database, whether or not anybody suffered from it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from preseason.report import plain, units
from preseason.report.run.server_tables import figure, row, table
from preseason.verdict.blocking import holds_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from preseason.report.page.tables import Table
    from preseason.report.run.server_tables import Row
    from preseason.run.blocking import BlockingEdge, Session
    from preseason.run.statements import Statement
    from preseason.verdict.blocking import Hold

_MOST, _LOCKS = 10, 3
_STATEMENT = 160
_HEADS = ("In front", "Behind it, at most", "Waited, at most")
_CAPTION = "Sessions that held others up, and for how long the longest of those waited"


def tables(edges: Iterable[BlockingEdge], statements: Mapping[str, Statement]) -> tuple[Table, ...]:
    """The holds that cost most waiting; nothing where nobody waited."""
    holds = sorted(holds_of(edges), key=lambda hold: (-hold.longest_wait_s, hold.at_s))
    if not holds:
        return ()
    more = f". {len(holds) - _MOST} lesser ones are not shown" if len(holds) > _MOST else ""
    rows = [_row(hold, statements) for hold in holds[:_MOST]]
    return (table(f"{_CAPTION}{more}", _HEADS, rows, _HEADS.index("Waited, at most")),)


def _row(hold: Hold, statements: Mapping[str, Statement]) -> Row:
    locks = Counter(_lock(edge) for edge in hold.edges).most_common(_LOCKS)
    from_to = f"{units.utc_time(hold.at_s)} to {units.utc_time(hold.until_s)}"
    about = [f"{from_to}, {', '.join(lock for lock, _ in locks)}"]
    for who, sessions in (("in front", [hold.front]), ("waiting", [edge.waiting for edge in hold.edges])):
        if text := _statement(sessions, statements):
            about.append(f"{who}: {plain.short(text, _STATEMENT)}")
    waited = figure(1000 * hold.longest_wait_s, units.milliseconds)
    return row(_front(hold), figure(float(hold.most_behind)), waited, remark="; ".join(about))


def _front(hold: Hold) -> str:
    front = hold.front
    if hold.is_cycle:
        return "sessions that waited for each other"
    if front.pid == 0:
        return "a prepared transaction"
    state = "" if front.state_s is None else f", {front.state} for {units.duration(front.state_s)}"
    return f"{front.application or 'a session'} ({front.pid}){state}"


def _lock(edge: BlockingEdge) -> str:
    return f"{edge.lock_kind or 'a lock'} of {edge.relation}" if edge.relation else edge.lock_kind or "a lock"


def _statement(sessions: Iterable[Session], statements: Mapping[str, Statement]) -> str:
    """The commonest that is known of theirs."""
    known = Counter(session.queryid for session in sessions if session.queryid in statements)
    return statements[known.most_common(1)[0][0]].text if known else ""
