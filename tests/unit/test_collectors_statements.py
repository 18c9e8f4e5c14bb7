from __future__ import annotations

import re
import string
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preseason.collectors import postgres, queries
from preseason.collectors.postgres.statement_log import Counts, Snapshot, StatementLog
from preseason.collectors.postgres.text import MAX_CHARACTERS, shown_text

if TYPE_CHECKING:
    from preseason.collectors.collector import Sample

Row = tuple[float, str, float, str]


def written(log: StatementLog, time_s: float, counts: dict[str, Counts], epoch: str = "e") -> list[Row]:
    """The calls of each statement as written by one more snapshot."""
    samples = log.grow(Snapshot(time_s, epoch, counts))
    return [_row(sample) for sample in samples if sample.metric == "statement_calls"]


def _row(sample: Sample) -> Row:
    return sample.time_s, sample.label, sample.value, sample.epoch


def test_the_first_snapshot_writes_nothing() -> None:
    assert written(StatementLog(), 0, {"1": Counts(5, 1.0, 5)}) == []


def test_a_statement_that_ran_is_written_as_it_was_before_and_as_it_is_now() -> None:
    log = StatementLog()
    written(log, 0, {"1": Counts(5, 1.0, 5), "quiet": Counts(1, 1.0, 1)})
    after = written(log, 10, {"1": Counts(7, 2.0, 7), "quiet": Counts(1, 1.0, 1)})
    assert after == [(0, "1", 5, "e"), (10, "1", 7, "e")]


def test_what_was_just_written_is_not_written_again() -> None:
    log = StatementLog()
    for second, calls in enumerate((5, 6, 7)):
        rows = written(log, second, {"1": Counts(calls, calls, calls)})
    assert rows == [(2, "1", 7, "e")]


def test_a_statement_that_is_new_grows_from_zero() -> None:
    log = StatementLog()
    written(log, 0, {})
    assert written(log, 10, {"1": Counts(3, 1.0, 3)}) == [(0, "1", 0, "e"), (10, "1", 3, "e")]


def test_an_entry_that_went_back_begins_an_epoch_of_its_own() -> None:
    log = StatementLog()
    written(log, 0, {"1": Counts(5, 9.0, 5)})
    assert written(log, 10, {"1": Counts(6, 2.0, 6)}) == [(10, "1", 6, "e.1")]
    assert written(log, 20, {"1": Counts(8, 3.0, 8)}) == [(20, "1", 8, "e.1")]


def test_an_entry_that_was_evicted_and_has_overtaken_itself_is_known_by_its_age() -> None:
    log = StatementLog()
    written(log, 0, {"1": Counts(5, 1.0, 5, since_s=1.0)})
    assert written(log, 10, {"1": Counts(6, 2.0, 6, since_s=2.0)}) == [(10, "1", 6, "e.1")]


def test_nothing_is_written_across_the_end_of_the_servers_epoch() -> None:
    log = StatementLog()
    written(log, 0, {"1": Counts(5, 1.0, 5)})
    assert written(log, 10, {"1": Counts(6, 2.0, 6)}, epoch="f") == []
    assert written(log, 20, {"1": Counts(7, 3.0, 7)}, epoch="f") == [(10, "1", 6, "f"), (20, "1", 7, "f")]


def samples_of(log: StatementLog, time_s: float, counts: dict[str, Counts]) -> dict[str, list[float]]:
    """The values by metric that one more snapshot writes."""
    found: dict[str, list[float]] = {}
    for sample in log.grow(Snapshot(time_s, "e", counts)):
        found.setdefault(sample.metric, []).append(sample.value)
    return found


def test_what_did_not_move_of_a_statement_that_ran_is_left_out_but_for_the_first_four() -> None:
    log = StatementLog()
    samples_of(log, 0, {"1": Counts(1, 1.0, 1, 1.0, shared_blks_hit=7, temp_blks=2)})
    found = samples_of(log, 10, {"1": Counts(2, 2.0, 1, 2.0, shared_blks_hit=9, temp_blks=2)})
    assert found == {
        "statement_calls": [1, 2],
        "statement_exec_ms": [1, 2],
        "statement_rows": [1, 1],
        "statement_square_ms2": [1, 2],
        "statement_shared_blks_hit": [7, 9],
    }


def test_a_sum_of_squares_that_rounding_lowered_stands_still_and_breaks_nothing() -> None:
    log = StatementLog()
    samples_of(log, 0, {"1": Counts(1, 1.0, 1, square_ms2=1e12)})
    found = samples_of(log, 10, {"1": Counts(2, 1.1, 1, square_ms2=1e12 - 0.001)})
    assert found["statement_square_ms2"] == [1e12, 1e12]
    assert log.lost == 0


def test_the_longest_execution_is_told_then_and_now_unless_it_was_reset_in_between() -> None:
    log = StatementLog()
    samples_of(log, 0, {"1": Counts(1, 5.0, 1, longest_ms=5.0, longest_since_s=1)})
    assert samples_of(log, 10, {"1": Counts(2, 9.0, 1, longest_ms=5.0, longest_since_s=1)})[
        "statement_longest_ms"
    ] == [5, 5]
    reset = samples_of(log, 20, {"1": Counts(3, 12.0, 1, longest_ms=3.0, longest_since_s=15)})
    assert "statement_longest_ms" not in reset
    assert reset["statement_calls"] == [3]


def test_entries_that_vanish_or_begin_anew_are_counted_as_lost_but_not_those_that_are_ours() -> None:
    log = StatementLog()
    samples_of(log, 0, {name: Counts(5, 5.0, 5) for name in ("gone", "anew", "ours", "stays")})
    log.forget({"ours"})
    samples_of(log, 10, {"anew": Counts(1, 1.0, 1), "stays": Counts(6, 6.0, 6)})
    assert log.lost == 2


def test_statements_stand_out_by_time_and_a_few_by_blocks_and_log() -> None:
    log = StatementLog()
    samples_of(log, 0, {})
    counts = {
        "slow": Counts(1, 9.0, 0),
        "writes": Counts(1, 1.0, 0, wal_bytes=9.0),
        "calm": Counts(1, 2.0, 0),
    }
    samples_of(log, 10, counts)
    assert log.heaviest(1) == ["slow"]
    assert set(log.outstanding(1)) == {"slow", "writes"}


def test_the_heaviest_are_those_that_took_most_time_since_the_start() -> None:
    log = StatementLog()
    written(log, 0, {"old": Counts(1, 1e6, 1), "1": Counts(1, 1.0, 1), "2": Counts(1, 1.0, 1)})
    written(log, 1, {"old": Counts(1, 1e6, 1), "1": Counts(2, 5.0, 2), "2": Counts(2, 9.0, 2)})
    assert log.heaviest(5) == ["2", "1"]
    assert log.heaviest(1) == ["2"]


@pytest.mark.parametrize(
    ("statement", "shown"),
    [
        ("SELECT  *\n FROM t WHERE a = $1", "SELECT * FROM t WHERE a = $1"),
        ("select 'it''s', E'a\\'b', $tag$x'y$tag$, 1.5e3, U&'x'", "select ?, ?, ?, ?, U&?"),
        ("/* by: me@x */ SELECT 1 -- why\n, 2", "SELECT ? , ?"),
        ("SELECT 1 /* outer /* inner */ still */ + 2", "SELECT ? + ?"),
        ('SELECT "it\'s", t1.c2 FROM "my ""table"""', 'SELECT "it\'s", t1.c2 FROM "my ""table"""'),
        ("(SELECT 1) UNION SELECT 2", "(SELECT ?) UNION SELECT ?"),
        ("WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x",) * 2,
        ("SELECT 'open", "SELECT …"),
        ("SELECT $$open", "SELECT …"),
        ("SELECT 1 /* open", "SELECT ?"),
        ("SELECT 'two\\' readings', 'secret'", "SELECT …"),
    ],
)
def test_literals_and_comments_are_taken_out(statement: str, shown: str) -> None:
    assert shown_text(statement) == shown


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE ROLE leak PASSWORD 'hunter2'",
        "DO $$ BEGIN PERFORM 'topsecret'; END $$",
        "SET application_name = 'z@y'",
        "COPY t FROM PROGRAM 'curl -u me:secret'",
        "EXPLAIN SELECT 1",
        "-- SELECT 1",
        "",
    ],
)
def test_what_is_no_statement_on_tables_is_not_shown(statement: str) -> None:
    assert shown_text(statement) is None


def test_a_long_statement_is_cut() -> None:
    text = shown_text(f"SELECT {'a, ' * MAX_CHARACTERS} b")
    assert text is not None
    assert len(text) == MAX_CHARACTERS
    assert text.endswith("…")


def _quoted(secret: str) -> list[str]:
    escaped = secret.replace("\\", "\\\\").replace("'", "\\'")
    doubled = secret.replace("'", "''")
    return [f"'{doubled}'", f"E'{escaped}'", f"/* {secret.replace('/', '')} */", f"$q${secret}$q$"]


@given(
    noise=st.text(alphabet=string.printable, max_size=20),
    form=st.integers(0, 3),
    rest=st.text(alphabet=string.printable, max_size=20),
)
def test_no_text_from_within_a_literal_is_ever_shown(noise: str, form: str, rest: str) -> None:
    secret = f"{noise.replace('$', '')}hunter{noise[::-1].replace('$', '')}"
    literal = _quoted(secret)[int(form)]
    assert "hunter" not in (shown_text(f"SELECT a, {literal}, {rest}") or "")


def test_every_query_file_is_asked_for_and_marked_as_ours() -> None:
    named = {
        path.name.removesuffix(".sql") for path in files(queries).iterdir() if path.name.endswith(".sql")
    }
    sources = "".join(path.read_text() for path in Path(str(files(postgres))).rglob("*.py"))
    assert named
    for name in named:
        assert f'"{name}"' in sources
        assert queries.MARKER in queries.query(name).as_string()


def test_no_query_resets_analyses_or_changes_anything() -> None:
    """Whatever the session may do: what is not there cannot be sent."""
    forbidden = re.compile(
        r"\b(reset\w*\s*\(|pg_stat\w*_reset|pg_terminate|pg_cancel|analyze|insert|update|delete|truncate|create"
        r"|alter|drop|set|vacuum|lock|copy|do|call)\b",
        re.IGNORECASE,
    )
    for path in files(queries).iterdir():
        if path.name.endswith(".sql"):
            lines = path.read_text().splitlines()
            sent = re.sub(r"'[^']*'", "''", " ".join(line for line in lines if not line.startswith("--")))
            assert not forbidden.search(sent), path.name
