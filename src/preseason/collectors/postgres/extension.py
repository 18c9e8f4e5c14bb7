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


class Listing(NamedTuple):
    """Every statement by its query id, and how many entries stand there whose id our role may not see."""

    counts: dict[str, Counts]
    hidden: int


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

    def listing(self) -> Listing:
        """The counters of every statement of this database.

        Statements that ran inside others are left out where they can be told apart: the time of the outer
        one holds theirs.
        """
        counts, outermost = counted(self._columns)
        answer = self._ask("statement_counts", counts=counts, outermost=outermost)
        known = {queryid: Counts(*values) for queryid, _, *values in answer if queryid is not None}
        return Listing(known, sum(entries for queryid, entries, *_ in answer if queryid is None))

    def own_ids(self) -> set[str]:
        """The ids of our own statements, known by the marker in them."""
        return {queryid for (queryid,) in self._ask("statement_own", marker=sql.Literal(MARKER))}

    def counts(self) -> dict[str, Counts]:
        """The counters of every statement of this database that our role may see."""
        return self.listing().counts

    def texts(self, queryids: Sequence[str]) -> Iterator[Statement]:
        """The text of these statements, as far as it may be shown."""
        for queryid, text in self.kept_texts(queryids).items():
            if (shown := shown_text(text)) is not None:
                yield Statement(queryid=queryid, text=shown)

    def kept_texts(self, queryids: Sequence[str]) -> dict[str, str]:
        """The text of these statements as the server keeps it: literals and all, not to be written."""
        texts = query("statement_texts").format(schema=self._schema)
        answer = self._session.tuples(texts, [[int(queryid) for queryid in queryids]])
        return {queryid: text for queryid, text in answer if text}

    def _ask(self, name: str, **parts: sql.Composable) -> list[TupleRow]:
        return self._session.tuples(query(name).format(schema=self._schema, **parts))


def counted(columns: frozenset[str]) -> tuple[sql.SQL, sql.SQL]:
    """What to ask a pg_stat_statements with these ``columns`` for, and of which rows.

    How many entries a row stands for, and then the fields of ``Counts`` in their order. Chosen by columns and
    not by the server's version: the extension is updated on its own, or not at all.
    """
    since = "max(extract(epoch FROM stats_since))" if "stats_since" in columns else "0"
    longest_since = "max(extract(epoch FROM minmax_stats_since))" if "minmax_stats_since" in columns else "0"
    asked = (
        "count(*)::int",
        *(
            f"{expression}::float8"
            for expression in (
                "sum(calls)",
                "sum(total_exec_time)",
                "sum(rows)",
                "sum(calls * (mean_exec_time ^ 2 + stddev_exec_time ^ 2))",
                "sum(shared_blks_hit)",
                "sum(shared_blks_read)",
                "sum(temp_blks_read + temp_blks_written)",
                "sum(wal_bytes)",
                "max(max_exec_time)",
                since,
                longest_since,
            )
        ),
    )
    return sql.SQL(", ".join(asked)), sql.SQL("toplevel" if "toplevel" in columns else "true")
