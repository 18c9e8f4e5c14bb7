"""What one entry of the log says of a statement that took long. No literal leaves this module.

The message stands between two spaces and a colon from what the client sent: ``duration: 1203.400 ms  execute
S_1: SELECT …``. Values of parameters are in the detail, which is not looked at, and in plans, of which the
duration alone is. A client may make the server log what it likes (``RAISE LOG``), but not without a context.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from preseason.collectors.postgres.server_log.records import Format
from preseason.collectors.postgres.text import shown_text

if TYPE_CHECKING:
    from collections.abc import Mapping

CLIENT = "client backend"
#: The text of a statement is made from so much of it; a literal that is cut there ends the text.
SHOWN_FROM_CHARACTERS = 16_384
#: What an entry about a duration has in it, in either format; others are passed over unread.
MARK = b'"duration: '
_MESSAGE = re.compile(
    r"duration: (?P<ms>\d+\.\d+) ms(?:  (?:"
    r"(?P<phase>statement|parse|bind|execute fetch from|execute|fastpath function call)"
    r".*?: (?P<text>.*)|(?P<plan>plan):.*))?",
    re.DOTALL,
)
#: The columns of csvlog that are read, by their position; those behind ``query_id`` are of later versions.
_COLUMNS = {
    "timestamp": 0,
    "dbname": 2,
    "ps": 7,
    "error_severity": 11,
    "message": 13,
    "context": 18,
    "application_name": 22,
    "backend_type": 23,
    "query_id": 25,
}
_FIELD = re.compile(r'(?:"(?P<quoted>[^"]*(?:""[^"]*)*)"|(?P<plain>[^",]*))(?P<end>,|\Z)')


class Phase(Enum):
    """What took so long: what is planned before it is executed may be logged by itself."""

    EXECUTION = auto()
    PREPARATION = auto()
    PLAN = auto()


@dataclass(frozen=True, slots=True)
class Logged:
    """A statement that took ``duration_ms`` and ended at ``local_s``, seconds by the clock of the log.

    That is the time of ``log_timezone``, read as if it were UTC. ``label`` is its query id, or stands for its
    text where it has none; ``text`` has no literals, and is empty where nothing of it may be shown.
    """

    local_s: float
    database: str
    application: str
    phase: Phase
    duration_ms: float
    label: str
    text: str


class UnreadableError(ValueError):
    """An entry that is none as this server writes them."""


def logged(entry: bytes, form: Format) -> Logged | None:
    """The statement of which an entry gives the duration; None where it is about something else.

    Raises UnreadableError where an entry seems to be about a duration, and cannot be understood.
    """
    if MARK not in entry:
        return None
    fields = (_json_fields if form is Format.JSON else _csv_fields)(entry.decode(errors="replace"))
    message = fields["message"]
    is_of_a_client = fields["error_severity"] == "LOG" and fields["backend_type"] == CLIENT
    if not is_of_a_client or fields["context"] or not message.startswith("duration: "):
        return None
    if (found := _MESSAGE.fullmatch(message)) is None:
        raise UnreadableError(message[:20])
    text = shown_text((found["text"] or "")[:SHOWN_FROM_CHARACTERS]) or ""
    return Logged(
        _seconds(fields["timestamp"]),
        fields["dbname"],
        fields["application_name"],
        _phase(found, fields["ps"]),
        float(found["ms"]),
        _label(fields["query_id"], text),
        text,
    )


def _phase(found: re.Match[str], activity: str) -> Phase:
    """Without a text (it stands in an entry of its own), what the process called itself tells."""
    if found["plan"]:
        return Phase.PLAN
    prepares = found["phase"] in {"parse", "bind"} or (not found["phase"] and activity in {"PARSE", "BIND"})
    return Phase.PREPARATION if prepares else Phase.EXECUTION


def _label(queryid: str, text: str) -> str:
    if queryid not in {"", "0"}:
        return queryid
    return f"log:{hashlib.blake2s(text.encode(), digest_size=6).hexdigest()}" if text else ""


def _seconds(timestamp: str) -> float:
    """Of ``2026-11-30 13:11:41.367 CET``, without its zone: names of zones are not unique."""
    try:
        return datetime.strptime(timestamp[:23], "%Y-%m-%d %H:%M:%S.%f").replace(tzinfo=UTC).timestamp()
    except ValueError as error:
        raise UnreadableError("timestamp") from error


def _json_fields(text: str) -> Mapping[str, str]:
    try:
        told: Any = json.loads(text, strict=False)
    except (ValueError, RecursionError) as error:
        raise UnreadableError("json") from error
    if not isinstance(told, dict):
        raise UnreadableError("json")
    return {name: str(told.get(name, "")) for name in _COLUMNS}


def _csv_fields(text: str) -> Mapping[str, str]:
    values: list[str] = []
    position, end = 0, ","
    while end == ",":
        if (field := _FIELD.match(text, position)) is None:
            raise UnreadableError("csv")
        quoted = field["quoted"]
        values.append(field["plain"] if quoted is None else quoted.replace('""', '"'))
        position, end = field.end(), field["end"]
    if len(values) <= max(_COLUMNS.values()):
        raise UnreadableError("csv")
    return {name: values[position] for name, position in _COLUMNS.items()}
