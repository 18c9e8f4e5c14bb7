"""The texts and plans of the statements that stand out.

They are written as they come up, so that a run that is killed has them.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from preseason.collectors.collector import LostError
from preseason.collectors.pace import Every
from preseason.collectors.postgres.plans import explain, shown_plan
from preseason.collectors.postgres.text import shown_text
from preseason.run.statements import Statement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preseason.collectors.postgres.extension import Extension
    from preseason.collectors.postgres.rows import Server
    from preseason.collectors.postgres.session import Session
    from preseason.collectors.postgres.statement_log import StatementLog
    from preseason.collectors.settings import CollectorSettings

#: So many statements are planned in a run at most: each leaves an entry of ours in pg_stat_statements.
MAX_PLANS = 10


class StatementTexts:
    """Reads the texts of new heavy statements now and then, and plans one of the heaviest a look."""

    def __init__(self, session: Session, settings: CollectorSettings) -> None:
        self._session = session
        self._due = Every(settings.texts_interval_s)
        self._limit = settings.top_statements
        self._asked: set[str] = set()
        self._to_plan: deque[tuple[Statement, str]] = deque()
        self._plans_left = MAX_PLANS
        self._version = 0

    def attach(self, server: Server) -> None:
        """What this server can plan depends on its version."""
        self._version = server.version

    def plan_no_more(self) -> None:
        """Where entries are evicted, ours would crowd out those that are measured."""
        self._plans_left = 0

    def has_asked(self, queryid: str) -> bool:
        """Whether a statement stood out before, so that its text was read if there was one."""
        return queryid in self._asked

    def read(
        self, now_s: float, extension: Extension, log: StatementLog, *, last: bool
    ) -> Iterator[Statement]:
        """The statements of which text or plan is new; of one that comes twice the later counts."""
        if self._due.is_due(now_s) or last:
            yield from self._new_texts(extension, log)
        while self._to_plan and self._plans_left:
            statement, raw = self._to_plan.popleft()
            if plan := self._plan(raw):
                yield statement.model_copy(update={"plan": plan})
            if not last:
                return

    def _new_texts(self, extension: Extension, log: StatementLog) -> Iterator[Statement]:
        new = [queryid for queryid in log.outstanding(self._limit) if queryid not in self._asked]
        if not new:
            return
        texts = extension.kept_texts(new)
        self._asked.update(new)
        heaviest = set(log.heaviest(MAX_PLANS))
        for queryid in new:
            if (shown := shown_text(texts.get(queryid, ""))) is not None:
                statement = Statement(queryid=queryid, text=shown)
                yield statement
                if queryid in heaviest:
                    self._to_plan.append((statement, texts[queryid]))

    def _plan(self, raw: str) -> str:
        """Empty where none can be had: our role may not read the table, or the text says too little."""
        if (explaining := explain(raw, self._version)) is None:
            return ""
        self._plans_left -= 1
        try:
            return shown_plan(self._session.plan(explaining))
        except LostError:
            if not self._session.is_open:
                raise
        except ValueError:  # no plan as we know them
            pass
        return ""
