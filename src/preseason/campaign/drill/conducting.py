"""A backup drill: dump a database (or take a backup that exists), restore it elsewhere, and look at it.

The source is only read, by sessions that the server holds to it, and nothing is restored on its server.
"""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import IsolationLevel

from preseason.campaign.drill import scratch as drill_scratch
from preseason.campaign.drill.backups import Found, find_backups
from preseason.campaign.drill.census import census
from preseason.campaign.drill.fetching import fetched
from preseason.campaign.drill.script import into_any_database, roles_in
from preseason.campaign.drill.source import Source
from preseason.campaign.drill.tools import ToolFailedError, find_tools, run_tool
from preseason.errors import BadInputError, Problem
from preseason.lifeline import Lifeline
from preseason.verdict.drill.facts import Census, Drilled, Format, Timed
from preseason.verdict.drill.judging import judge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preseason.campaign.drill.tools import Tools
    from preseason.campaign.observer import Observer
    from preseason.verdict.drill.model import DrillReport

_NOTHING = Problem(
    "neither a database nor a backup is named",
    "drill restore",
    "--postgres DSN dumps and restores a database, --from FILE looks at a backup you have",
)


@dataclass(frozen=True, slots=True)
class DrillOptions:
    """What a user asks of a drill. ``backups`` is a file, a folder or a URL; ``scratch`` None starts a
    throw-away server.
    """

    postgres: str | None = field(default=None, repr=False)
    scratch: str | None = field(default=None, repr=False)
    backups: str | None = None
    rto_s: float = 1800.0
    rpo_s: float = 3600.0
    jobs: int = 1


def need_question(postgres: str | None, backups: str | None) -> None:
    """BadInputError where neither a database nor a backup is named, or there is no such file here."""
    if postgres is None and backups is None:
        raise BadInputError(_NOTHING)
    if backups is not None and "://" not in backups and not Path(backups).exists():
        raise BadInputError(Problem("there is no such place", f"--from {backups}", "name a file or a folder"))


def drill(options: DrillOptions, observer: Observer) -> DrillReport:
    """Conduct it and judge it.

    Raises BadInputError for what is wrong in the options or cannot be dumped, UnreachableError for a server
    that does not answer; a backup that cannot be restored is a result.
    """
    need_question(options.postgres, options.backups)
    with Lifeline() as lifeline, ExitStack() as opened:
        source = None if options.postgres is None else opened.enter_context(Source(options.postgres))
        conduct = _Drill(options, lifeline, observer, source)
        drilled = conduct.of_source() if options.backups is None else conduct.of_backups(options.backups)
    return judge(drilled, options.rto_s, options.rpo_s)


@dataclass(slots=True)
class _Drill:
    options: DrillOptions
    lifeline: Lifeline
    observer: Observer
    source: Source | None
    steps: list[Timed] = field(default_factory=list)

    def of_source(self) -> Drilled:
        """Dump the source, restore the dump, and hold one against the other."""
        source = self.source
        assert source is not None  # noqa: S101 - asked only then
        tools = find_tools(source.major)
        scratch = self._scratch(source)
        if scratch.ours:
            drill_scratch.need_room(self.lifeline.folder("room"), source.size_bytes)
        self._need(scratch, source)
        sequences_before = source.sequences_now()  # they run on outside of any snapshot
        with self._step("dump", f"dumping {source.address}"):
            dump = source.dump(self.lifeline, tools)
        with self._step("count", "counting every row of the dump's moment"):
            expected = replace(source.census(), sequences=sequences_before)
        sequences_after = source.sequences_now()
        with drill_scratch.roles_made(scratch, source.roles()):
            restored, failure = self._restored(scratch, tools, dump, Format.CUSTOM, source.encoding)
        return Drilled(
            source=source.address,
            scratch=scratch.address,
            tools=str(tools),
            steps=tuple(self.steps),
            expected=expected,
            sequences_after=sequences_after,
            restored=restored,
            failure=failure,
            untouched=source.untouched(),
        )

    def of_backups(self, place: str) -> Drilled:
        """Look at backups that exist, and restore the newest."""
        tools = find_tools(0 if self.source is None else self.source.major, newest=True)
        with self._step("fetch", f"looking at {place}"):
            path = fetched(place, self.lifeline)
            found = find_backups(path, self.lifeline, tools)
        now_s = time.time()
        known = Drilled(
            source=place,
            scratch="",
            tools=str(tools),
            backups=tuple(one.backup for one in found),
            now_s=now_s,
            existing=True,
        )
        sound = next((one for one in found if not one.backup.fault), None)
        if sound is None:
            failure = "none of them can be read" if found else "there is no backup in it"
            return _changed(known, failure=failure, steps=self.steps)
        return self._restore_newest(known, sound, tools)

    def _restore_newest(self, known: Drilled, newest: Found, tools: Tools) -> Drilled:
        """Of those that can be read."""
        scratch = self._scratch(self.source)
        kind = newest.backup.format
        tools = self._tools_for(scratch, newest, tools)
        contents = newest.contents
        if kind is Format.PLAIN:
            contents = into_any_database(contents, self.lifeline)
        with drill_scratch.roles_made(scratch, roles_in(contents, kind, self.lifeline, tools)):
            restored, failure = self._restored(scratch, tools, contents, kind, "UTF8")
        expected = None if self.source is None else self.source.census()
        untouched = None if self.source is None else self.source.untouched()
        return _changed(
            known,
            steps=self.steps,
            scratch=scratch.address,
            tried=newest.backup,
            restored=restored,
            failure=failure,
            expected=expected,
            untouched=untouched,
        )

    def _tools_for(self, scratch: drill_scratch.Scratch, newest: Found, tools: Tools) -> Tools:
        """The newest tools set what an older server does not know; its own are better if they can read it."""
        if scratch.major >= tools.major or newest.backup.format is Format.PLAIN:
            return tools
        own = find_tools(scratch.major)
        try:
            run_tool(self.lifeline, own, ["pg_restore", "--list", str(newest.contents)], {})
        except ToolFailedError:
            return tools
        return own

    def _scratch(self, source: Source | None) -> drill_scratch.Scratch:
        self.observer.step("making ready where it is restored")
        known = None if source is None else source.identity
        return drill_scratch.open_scratch(self.options.scratch, known, self.lifeline)

    def _need(self, scratch: drill_scratch.Scratch, source: Source) -> None:
        """BadInputError where the scratch server cannot hold what the source does."""
        if scratch.major < source.major:
            cause = f"{scratch.address} is older than the database, which is of version {source.major}"
            raise BadInputError(
                Problem(cause, "--scratch", "name a server of the same version or a newer one")
            )
        lacking = drill_scratch.missing_extensions(scratch, source.extensions())
        if lacking:
            cause = f"{scratch.address} has no extension {', '.join(lacking)}, which the database needs"
            raise BadInputError(Problem(cause, "--scratch", "name a server that has it"))

    def _restored(
        self, scratch: drill_scratch.Scratch, tools: Tools, contents: Path, kind: Format, encoding: str
    ) -> tuple[Census | None, str]:
        """What is in the database afterwards; None, and why, where the backup could not be restored."""
        with ExitStack() as opened:
            with self._step("create", ""):
                dsn = opened.enter_context(drill_scratch.fresh_database(scratch, encoding))
            try:
                with self._step("restore", f"restoring into {scratch.address}"):
                    drill_scratch.restore(
                        self.lifeline, tools, contents, kind=kind, dsn=dsn, jobs=self.options.jobs
                    )
            except ToolFailedError as failed:
                drill_scratch.blame(scratch, str(failed))
                return None, str(failed)
            with psycopg.connect(dsn, autocommit=True) as connection:
                with self._step("analyze", "analyzing"):
                    connection.execute("ANALYZE")
                with self._step("verify", "verifying"):
                    return _looked_at(connection), ""

    @contextmanager
    def _step(self, name: str, said: str) -> Iterator[None]:
        if said:
            self.observer.step(said)
        began_s = time.monotonic()
        try:
            yield
        finally:
            self.steps.append(Timed(name, time.monotonic() - began_s))


def _looked_at(connection: psycopg.Connection[Any]) -> Census:
    connection.isolation_level = IsolationLevel.REPEATABLE_READ
    with connection.transaction():
        return census(connection)


def _changed(known: Drilled, *, steps: list[Timed], **changes: Any) -> Drilled:  # noqa: ANN401 - any field
    return replace(known, steps=tuple(steps), **changes)
