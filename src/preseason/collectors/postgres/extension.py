"""Reading pg_stat_statements, whatever its version and schema; which columns it has, it is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from psycopg import sql

from preseason.collectors.postgres.statement_log import Counts
from preseason.collectors.postgres.text import shown_text
from preseason.collectors.queries import MARKER, query
from preseason.run.statements import Statement

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from psycopg.rows import TupleRow

    from preseason.collectors.postgres.session import Session


class Info(NamedTuple):
    """``dealloc`` counts the entries that were evicted; ``reset_s`` is when all were last reset."""

    dealloc: float
    reset_s: float


class Extension:
    """pg_stat_statements in ``schema``, read through ``session``. Every method raises LostError."""

    def __init__(self, session: Session, schema: str) -> None:
        self._session = session
        self._schema = sql.Identifier(schema)
        self._columns = session.columns(query("statement_columns").format(schema=self._schema))

    @property
    def is_readable(self) -> bool:
        """Whether this version has the columns we read; 1.8 and later have."""
        return "total_exec_time" in self._columns

    def info(self) -> Info | None:
        """What the extension says about its counters; None before version 1.9."""
        return Info(*self._ask("statement_info")[0]) if "toplevel" in self._columns else None

    def counts(self) -> dict[str, Counts]:
        """The counters of every statement of this database by query id.

        Statements that ran inside others are left out where they can be told apart: the time of the outer
        one holds theirs.
        """
        since = "max(extract(epoch FROM stats_since))" if "stats_since" in self._columns else "0"
        outermost = "toplevel" if "toplevel" in self._columns else "true"
        answer = self._ask("statement_counts", since=sql.SQL(since), outermost=sql.SQL(outermost))
        return {queryid: Counts(*counts) for queryid, *counts in answer}

    def own_ids(self) -> set[str]:
        """The ids of our own statements, known by the marker in them."""
        return {queryid for (queryid,) in self._ask("statement_own", marker=sql.Literal(MARKER))}

    def texts(self, queryids: Sequence[str]) -> Iterator[Statement]:
        """The text of these statements, as far as it may be shown."""
        texts = query("statement_texts").format(schema=self._schema)
        for queryid, text in self._session.tuples(texts, [[int(queryid) for queryid in queryids]]):
            if (shown := shown_text(text or "")) is not None:
                yield Statement(queryid=queryid, text=shown)

    def _ask(self, name: str, **parts: sql.Composable) -> list[TupleRow]:
        return self._session.tuples(query(name).format(schema=self._schema, **parts))
