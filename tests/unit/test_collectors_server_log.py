"""The server's log as it is read: in pieces, from the middle, over rotations, whatever is written in it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preseason.collectors.postgres.server_log import route
from preseason.collectors.postgres.server_log.entries import (
    SHOWN_FROM_CHARACTERS,
    Logged,
    Phase,
    UnreadableError,
    logged,
)
from preseason.collectors.postgres.server_log.files import Files, LogFile
from preseason.collectors.postgres.server_log.records import MAX_ENTRY_BYTES, Format, Records
from preseason.collectors.postgres.server_log.route import LogSettings

FORMATS = pytest.mark.parametrize("form", list(Format))
STATEMENT = "SELECT * FROM teams\nWHERE owner = 'sekret, \"x\"' AND id = 17"
SHOWN = "SELECT * FROM teams WHERE owner = ? AND id = ?"


def written(form: Format, message: str, **other: str) -> bytes:
    """An entry as the server writes it, with its line end."""
    told = {
        "application_name": "web",
        "dbname": "app",
        "ps": "SELECT",
        "query_id": "-42",
        "error_severity": "LOG",
        "detail": "",
        "context": "",
        "backend_type": "client backend",
        **other,
    }
    if form is Format.JSON:
        entry = {"timestamp": "2026-11-30 13:11:44.184 CET", "user": "postgres", "message": message, **told}
        return json.dumps({name: value for name, value in entry.items() if value}).encode() + b"\n"
    quoted = [told["ps"], told["error_severity"], message, told["detail"], told["context"]]
    tag, severity, said, detail, context = (_quoted(value) for value in quoted)
    return (
        f'2026-11-30 13:11:44.184 CET,"postgres",{_quoted(told["dbname"])},13770,"127.0.0.1:5",6b.35,2,{tag},'
        f"2026-11-30 13:11:43 CET,3/0,0,{severity.strip(chr(34))},00000,{said},{detail},,,,{context},,,,"
        f"{_quoted(told['application_name'])},{_quoted(told['backend_type'])},,{told['query_id']}\n"
    ).encode()


def _quoted(value: str) -> str:
    return '"' + value.replace('"', '""') + '"' if value else ""


def slow(form: Format, text: str = STATEMENT, ms: str = "1203.400", **other: str) -> bytes:
    return written(form, f"duration: {ms} ms  statement: {text}", **other)


def told(form: Format, *pieces: bytes, is_sure: bool = True) -> list[Logged | None]:
    """What the pieces of a file tell of slow statements; None for what cannot be read."""
    records = Records(form, is_sure=is_sure)
    found: list[Logged | None] = []
    for piece in pieces:
        for entry in records.feed(piece):
            if entry is not None:
                found += _statement(entry, form, is_sure=records.is_sure)
            elif records.is_sure:
                found.append(None)
    return found


def _statement(entry: bytes, form: Format, *, is_sure: bool) -> list[Logged | None]:
    try:
        known = logged(entry, form)
    except UnreadableError:
        return [None] if is_sure else []
    return [known] if known else []


def durations(found: list[Logged | None]) -> list[float | None]:
    return [it.duration_ms if it else None for it in found]


@FORMATS
def test_an_entry_tells_how_long_a_statement_took_and_nothing_that_it_was_given(form: Format) -> None:
    (found,) = told(form, slow(form, detail="Parameters: $1 = 'sekret'"))
    assert found is not None
    assert (found.duration_ms, found.database, found.application) == (1203.4, "app", "web")
    assert (found.label, found.text, found.phase) == ("-42", SHOWN, Phase.EXECUTION)
    assert found.local_s == pytest.approx(1796044304.184)
    assert "sekret" not in repr(found)


@FORMATS
@pytest.mark.parametrize(
    ("message", "activity", "phase", "text"),
    [
        ("statement: SELECT 1", "SELECT", Phase.EXECUTION, "SELECT ?"),
        ("execute <unnamed>: SELECT $1", "SELECT", Phase.EXECUTION, "SELECT $1"),
        ("execute fetch from s1/c1: SELECT $1", "SELECT", Phase.EXECUTION, "SELECT $1"),
        ("parse s:1: SELECT $1", "PARSE", Phase.PREPARATION, "SELECT $1"),
        ("parse s1: SELECT $1", "PARSE", Phase.PREPARATION, "SELECT $1"),
        ("bind s1/c1: SELECT $1", "BIND", Phase.PREPARATION, "SELECT $1"),
        ('fastpath function call: "lo_open" (OID 952)', "", Phase.EXECUTION, ""),
        ("statement: ALTER ROLE ann PASSWORD 'sekret'", "ALTER ROLE", Phase.EXECUTION, ""),
        ("plan:\nQuery Text: SELECT 'sekret'\nResult", "SELECT", Phase.PLAN, ""),
        ("", "SELECT", Phase.EXECUTION, ""),
        ("", "BIND", Phase.PREPARATION, ""),
    ],
)
def test_what_took_long_is_told_by_how_the_server_says_it(
    form: Format, message: str, activity: str, phase: Phase, text: str
) -> None:
    said = f"duration: 1500.000 ms{'  ' if message else ''}{message}"
    (found,) = told(form, written(form, said, ps=activity))
    assert found is not None
    assert (found.duration_ms, found.phase, found.text) == (1500.0, phase, text)


@FORMATS
def test_a_statement_without_an_id_is_known_by_its_text_and_without_that_by_nothing(form: Format) -> None:
    entries = [slow(form, text, query_id="0") for text in ("SELECT 1", "SELECT 2", "SELECT x", "VACUUM")]
    one, same, other, hidden = (it.label if it else None for it in told(form, *entries))
    assert one == same != other
    assert str(one).startswith("log:")
    assert hidden == ""


@FORMATS
@pytest.mark.parametrize(
    "entry",
    [
        {"error_severity": "WARNING"},
        {"context": "PL/pgSQL function f() line 1 at RAISE"},
        {"backend_type": "walsender"},
    ],
    ids=["not at this level", "said by a function", "another process"],
)
def test_what_only_looks_like_a_duration_of_a_client_is_none(form: Format, entry: dict[str, str]) -> None:
    assert told(form, slow(form, **entry)) == []


@FORMATS
def test_what_a_statement_says_in_the_words_of_the_log_is_no_entry(form: Format) -> None:
    forged = f"SELECT '\n{slow(Format.CSV).decode()}\n{slow(Format.JSON).decode()}\n' AS x"
    assert durations(told(form, slow(form, forged, ms="7.000"), slow(form, ms="8.000"))) == [7.0, 8.0]


@FORMATS
def test_of_a_statement_that_is_cut_within_a_literal_nothing_of_it_is_shown(form: Format) -> None:
    (found,) = told(form, slow(form, f"INSERT INTO t VALUES ('{'sekret' * SHOWN_FROM_CHARACTERS}')"))
    assert found is not None
    assert found.text.startswith("INSERT INTO t VALUES (")
    assert "sekret" not in found.text


@FORMATS
def test_bytes_of_no_encoding_are_read_like_others(form: Format) -> None:
    entry = slow(form, "SELECT 'bytes'").replace(b"bytes", b"\xff\xfe\x80\x00")
    assert durations(told(form, entry, slow(form, ms="2.000"))) == [1203.4, 2.0]


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@FORMATS
@given(data=st.data())
def test_however_a_file_comes_in_pieces_every_entry_is_read_once(form: Format, data: st.DataObject) -> None:
    texts = data.draw(st.lists(TEXTS, max_size=5))
    noise = data.draw(st.lists(TEXTS, min_size=len(texts), max_size=len(texts)))
    entries = [
        written(form, other) + slow(form, text, ms=f"{number}.000")
        for number, (text, other) in enumerate(zip(texts, noise, strict=True))
        if not other.startswith("duration: ")
    ]
    whole = b"".join(entries)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=6)))
    pieces = [whole[start:end] for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    assert told(form, *pieces) == told(form, whole)
    assert len(told(form, whole)) == len(entries)
    assert None not in told(form, whole)


@FORMATS
@given(garbage=st.binary(max_size=300), at=st.integers(0, 400))
def test_garbage_raises_nothing_and_what_a_client_did_afterwards_is_read(
    form: Format, garbage: bytes, at: int
) -> None:
    before = slow(form, ms="5.000")
    found = durations(told(form, before[:at] + garbage + b"\n" + slow(form, ms="6.000")))
    assert found[-1] == 6.0
    assert set(found) <= {5.0, 6.0, None}


@FORMATS
@given(at=st.integers(0, 400))
def test_from_the_middle_of_an_entry_the_next_is_read_and_nothing_is_missed(form: Format, at: int) -> None:
    rest = slow(form, ms="5.000")[at:]
    found = durations(told(form, rest + slow(form, ms="6.000") + slow(form, ms="7.000"), is_sure=False))
    assert found[-1] == 7.0
    assert None not in found
    if rest:
        assert 6.0 in found


def test_an_entry_that_a_crash_left_open_is_told_and_the_next_begins_anew() -> None:
    half = slow(Format.CSV)[:150]
    found = durations(told(Format.CSV, slow(Format.CSV) + half + b"\n" + slow(Format.CSV, ms="6.000")))
    assert found == [1203.4, None, 6.0]


@FORMATS
def test_an_entry_longer_than_any_we_keep_is_told_and_the_next_is_read(form: Format) -> None:
    long = slow(form, "(1),\n" * (MAX_ENTRY_BYTES // 5))
    assert durations(told(form, long[:1000], long[1000:], slow(form, ms="6.000"))) == [None, 6.0]


class Folder:
    """The folder of a server's log, and one who follows it."""

    def __init__(self, form: Format) -> None:
        self.form = form
        self.files = Files(form)
        self.content: dict[str, bytes] = {}
        self.time_s = 0.0
        self.modified_s: dict[str, float] = {}

    def write(self, name: str, data: bytes, *, anew: bool = False) -> None:
        self.time_s += 1
        self.modified_s[name] = self.time_s
        self.content[name] = data if anew else self.content.get(name, b"") + data

    def read(self, part_bytes: int = 100) -> list[float | None]:
        """The durations of what is new."""
        listing = [LogFile(name, len(data), self.modified_s[name]) for name, data in self.content.items()]
        found: list[float | None] = []
        for name in self.files.changed(listing):
            while self.files[name].is_behind:
                found += self._part(name, part_bytes)
        return found

    def _part(self, name: str, part_bytes: int) -> list[float | None]:
        followed = self.files[name]
        end = followed.start + len(followed.overlap) + part_bytes
        entries = followed.take(self.content[name][followed.start : end])
        if entries is None:
            self.files.replaced(name)
            return []
        return [known.duration_ms for it in entries if it and (known := logged(it, self.form))]


@pytest.fixture(params=list(Format))
def folder(request: pytest.FixtureRequest) -> Folder:
    followed = Folder(request.param)
    followed.write("a" + followed.form.ending, slow(followed.form))
    followed.write("a.log", b"not of this format")
    assert followed.read() == []
    return followed


def test_what_was_there_before_is_not_read_and_what_comes_is_read_once(folder: Folder) -> None:
    folder.write("a" + folder.form.ending, slow(folder.form, ms="2.000"))
    assert folder.read() == [2.0]
    assert folder.read() == []
    folder.write("a" + folder.form.ending, slow(folder.form, ms="3.000")[:50])
    assert folder.read() == []
    folder.write("a" + folder.form.ending, slow(folder.form, ms="3.000")[50:])
    assert folder.read() == [3.0]
    assert folder.files.lost == 0


def test_over_rotations_the_old_file_is_read_to_its_end_and_each_new_one_from_its_beginning(
    folder: Folder,
) -> None:
    ending = folder.form.ending
    folder.write("a" + ending, slow(folder.form, ms="2.000"))
    for number, name in enumerate(("b", "c", "d"), 3):
        folder.write(name + ending, slow(folder.form, ms=f"{number}.000"))
    assert folder.read() == [2.0, 3.0, 4.0, 5.0]
    assert folder.files.lost == 0


@pytest.mark.parametrize("more", [0, 3], ids=["shorter", "longer"])
def test_a_file_that_was_begun_anew_is_read_from_its_beginning_and_may_have_lost_something(
    folder: Folder, more: int
) -> None:
    name = "a" + folder.form.ending
    folder.write(name, slow(folder.form, ms="2.000"))
    assert folder.read() == [2.0]
    folder.write(name, slow(folder.form, "SELECT 2", ms="3.000") * (1 + more), anew=True)
    assert folder.read() == [3.0] * (1 + more)
    assert folder.files.lost == 1


def test_last_week_s_file_that_is_begun_anew_has_lost_nothing(folder: Folder) -> None:
    folder.write("b" + folder.form.ending, b"")
    assert folder.read() == []
    folder.write("a" + folder.form.ending, slow(folder.form, "SELECT 2", ms="3.000"), anew=True)
    assert folder.read() == [3.0]
    assert folder.files.lost == 0


def test_a_file_that_is_removed_has_lost_something_only_if_it_was_being_written(folder: Folder) -> None:
    for name, lost in (("old", 0), ("newest", 1)):
        folder.write(name + folder.form.ending, slow(folder.form))
        folder.read()
        if name == "old":
            folder.write("another" + folder.form.ending, slow(folder.form))
            folder.read()
        del folder.content[name + folder.form.ending]
        folder.read()
        assert folder.files.lost == lost


OPEN = LogSettings(
    role="watcher",
    database="app",
    version=180_001,
    is_collected=True,
    destinations="stderr,jsonlog,csvlog",
    directory="log",
    may_list=True,
    may_read=True,
    language="en_US.UTF-8",
    least_level="warning",
    statement_ms=1000.0,
    all_durations=False,
    sample_ms=-1.0,
    sample_rate=1.0,
    plan_ms=None,
    differing=[],
    local_s=0.0,
)


def test_an_open_log_needs_no_note_and_the_better_format_is_read() -> None:
    assert (OPEN.is_open, OPEN.form, OPEN.complete_from_ms) == (True, Format.JSON, 1000.0)
    assert replace(OPEN, destinations="csvlog").form is Format.CSV
    assert route.note(OPEN, "others") is None


@pytest.mark.parametrize(
    ("change", "cause", "cure"),
    [
        ({"is_collected": False}, "logging_collector is off", "a restart"),
        ({"destinations": "stderr"}, "written as stderr alone", "log_destination = 'stderr', 'jsonlog'"),
        ({"destinations": "stderr", "version": 140_000}, "stderr", "'stderr', 'csvlog'"),
        ({"may_list": False}, "may not list", 'GRANT pg_monitor TO "watcher"'),
        ({"directory": None}, "may not list", 'GRANT pg_monitor TO "watcher"'),
        ({"may_read": False}, "may not read", "GRANT EXECUTE ON FUNCTION pg_catalog.pg_read_binary_file"),
        ({"least_level": "panic"}, "log_min_messages is panic", "log_min_messages = 'warning'"),
        ({"language": "de_DE.UTF-8"}, "language de_DE", "lc_messages = 'C'"),
        ({"language": "cs_CZ.UTF-8"}, "language cs_CZ", "lc_messages = 'C'"),
        ({"language": ""}, "of its environment", "lc_messages = 'C'"),
        ({"statement_ms": -1.0}, "log_min_duration_statement is off", "log_min_duration_statement = '1s'"),
    ],
)
def test_what_closes_the_log_is_told_with_what_opens_it(
    change: dict[str, object], cause: str, cure: str
) -> None:
    closed = replace(OPEN, **change)  # type: ignore[arg-type]
    note = route.note(closed, "sessions")
    assert note is not None
    assert not closed.is_open
    assert note.text.startswith("slow statements are told by sessions, not by the server's log: ")
    assert cause in note.text
    assert cure in note.cure


def test_several_obstacles_are_one_note_with_one_reload() -> None:
    note = route.note(replace(OPEN, destinations="stderr", language="de", may_read=False), "sessions")
    assert note is not None
    assert note.cure.count("pg_reload_conf") == 1
    assert note.cure.count("ALTER SYSTEM SET") == 2
    assert note.text.count(";") == 2


@pytest.mark.parametrize(
    ("change", "from_ms", "is_told"),
    [
        ({"statement_ms": 0.0}, 100.0, False),
        ({"statement_ms": 5000.0}, 5000.0, True),
        ({"statement_ms": 5000.0, "sample_ms": 500.0}, 500.0, False),
        ({"statement_ms": 5000.0, "sample_ms": 500.0, "sample_rate": 0.5}, 5000.0, True),
        ({"statement_ms": -1.0, "all_durations": True}, 100.0, False),
        ({"statement_ms": -1.0, "plan_ms": 100.0}, None, True),
        ({"statement_ms": -1.0, "sample_ms": 100.0, "sample_rate": 0.1}, None, True),
        ({"differing": ["log_min_duration_statement"]}, None, True),
    ],
)
def test_from_which_duration_on_the_log_has_every_statement_follows_from_the_settings(
    change: dict[str, object], from_ms: float | None, *, is_told: bool
) -> None:
    settings = replace(OPEN, **change)  # type: ignore[arg-type]
    assert settings.is_open
    assert settings.complete_from_ms == from_ms
    assert (route.note(settings, "sessions") is not None) is is_told
