"""Whether the server's log may be read, from which duration on it has all, and what would open it.

``stderr`` is no format for this. What stands before a message there is up to ``log_line_prefix``: by default
neither the database nor the application, and both may hold anything, so one entry could pass for another.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from preseason.collectors.collector import Note
from preseason.collectors.postgres.server_log.records import Format

if TYPE_CHECKING:
    from collections.abc import Iterator

#: What is quicker is not kept, however much is logged: it would be every statement of the load.
KEPT_FROM_MS = 100.0
SLOW_MS = 1000.0
_JSON_SINCE = 150_000
_RELOAD = "SELECT pg_reload_conf()"
_ENGLISH = re.compile(r"(C|POSIX|en|English)\b|en_")
#: Levels of ``log_min_messages`` above which no duration is logged.
_ABOVE_LOG = ("fatal", "panic")
_TO_READ = "pg_catalog.pg_read_binary_file(text, bigint, bigint, boolean)"


@dataclass(frozen=True, slots=True)
class LogSettings:
    """``server_log.sql``; milliseconds are negative for never, and None where nobody logs that.

    ``differing`` are settings about durations that some roles or databases have otherwise. ``local_s`` is the
    time of the server by ``log_timezone``, read as if it were UTC.
    """

    role: str
    database: str
    version: int
    is_collected: bool
    destinations: str
    directory: str | None
    may_list: bool
    may_read: bool
    language: str
    least_level: str
    statement_ms: float
    all_durations: bool
    sample_ms: float
    sample_rate: float
    plan_ms: float | None
    differing: list[str]
    local_s: float

    @property
    def form(self) -> Format | None:
        """The better of the formats that are written; None where neither is."""
        written = {word.strip().lower() for word in self.destinations.split(",")}
        return next((form for form in Format if form in written), None)

    @property
    def is_open(self) -> bool:
        """Whether there is something to be read of slow statements, and we may."""
        plans = self.plan_ms is not None and self.plan_ms >= 0
        some = bool(self._limits_ms) or bool(self.differing) or plans or self.sample_ms >= 0
        return some and not any(True for _ in _closed(self))

    @property
    def complete_from_ms(self) -> float | None:
        """From which duration on the log has every statement; None where it has not all of any."""
        if self.differing or not self._limits_ms:
            return None
        return max(KEPT_FROM_MS, min(self._limits_ms))

    @property
    def _limits_ms(self) -> list[float]:
        """Each of them logs all that took so long."""
        sampled_ms = self.sample_ms if self.sample_rate >= 1 else -1.0
        limits = (self.statement_ms, sampled_ms, 0.0 if self.all_durations else -1.0)
        return [limit for limit in limits if limit >= 0]


@dataclass(frozen=True, slots=True)
class _Obstacle:
    cause: str
    cure: str
    takes_reload: bool = False


def note(settings: LogSettings, others: str) -> Note | None:
    """That the log does not tell of every slow statement, and why; ``others`` are the routes left."""
    obstacles = [*_closed(settings), *_incomplete(settings)]
    if not obstacles:
        return None
    causes = "; ".join(it.cause for it in obstacles)
    reload = [_RELOAD] if any(it.takes_reload for it in obstacles) else []
    cures = "; ".join([*(it.cure for it in obstacles), *reload])
    return Note(f"slow statements are told by {others}, not by the server's log: {causes}", cures)


def _closed(settings: LogSettings) -> Iterator[_Obstacle]:
    """Why nothing can be read."""
    role = settings.role
    if not settings.is_collected:
        cure = "ALTER SYSTEM SET logging_collector = on (a restart is needed)"
        yield _Obstacle("logging_collector is off", cure)
    if settings.form is None:
        form = Format.JSON if settings.version >= _JSON_SINCE else Format.CSV
        written = ", ".join(filter(None, (settings.destinations, form)))
        cause = f"it is written as {settings.destinations or 'nothing'} alone"
        yield _set(cause, "log_destination", written)
    if not settings.may_list or settings.directory is None:
        yield _Obstacle(f"role {role} may not list its files", f'GRANT pg_monitor TO "{role}"')
    if not settings.may_read:
        cure = f'GRANT EXECUTE ON FUNCTION {_TO_READ} TO "{role}" (which opens the whole data folder to it)'
        yield _Obstacle(f"role {role} may not read files", cure)
    if settings.least_level in _ABOVE_LOG:
        yield _set(f"log_min_messages is {settings.least_level}", "log_min_messages", "warning")
    if not _ENGLISH.match(settings.language):
        yield _set(f"it is in the language {settings.language or 'of its environment'}", "lc_messages", "C")


def _incomplete(settings: LogSettings) -> Iterator[_Obstacle]:
    """Why slow statements may be missing in what can be read."""
    if settings.differing:
        own = f"some roles or databases have their own {', '.join(settings.differing)}"
        yield _Obstacle(own, "ALTER ROLE … RESET …, ALTER DATABASE … RESET …")
    elif settings.complete_from_ms is None:
        yield _set("log_min_duration_statement is off", "log_min_duration_statement", "1s")
    elif settings.complete_from_ms > SLOW_MS:
        limit_s = settings.complete_from_ms / SLOW_MS
        yield _set(f"it has only what takes {limit_s:g} s or more", "log_min_duration_statement", "1s")


def _set(cause: str, name: str, value: str) -> _Obstacle:
    return _Obstacle(cause, f"ALTER SYSTEM SET {name} = {_value(value)}", takes_reload=True)


def _value(value: str) -> str:
    """As ALTER SYSTEM takes it: a list is no single string."""
    return ", ".join(f"'{part.strip()}'" for part in value.split(","))
