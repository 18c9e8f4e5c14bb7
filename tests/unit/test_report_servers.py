"""What the report tells of the servers: whatever is sampled is shown, with known answers."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from report_specimen import SECONDS, run, verdict

from preseason.report.run import html
from preseason.run.blocking import BlockingEdge, Session
from preseason.run.indexes import Index
from preseason.run.key_space import KeyGroup
from preseason.run.statements import Statement
from preseason.testing import ORIGIN_S, samples_table

if TYPE_CHECKING:
    from preseason.testing import SyntheticRun

MOMENTS = np.arange(SECONDS)
THIN = "\u202f"
LOG = {"log_complete_from_ms": 1000.0, "log_lost": 0.0}


def gauges(**values: float) -> dict[tuple[str, str], np.ndarray]:
    """Of Postgres, each with a peak in the middle of the judged time."""
    return {("postgres", name): np.where(MOMENTS == 35, value, value / 2) for name, value in values.items()}


def counters(source: str, label: str = "", **a_second: float) -> dict[tuple[str, str, str], np.ndarray]:
    return {(source, name, label): MOMENTS * pace for name, pace in a_second.items()}


def page(*, stood: dict | None = None, grew: dict | None = None, **of_run: object) -> str:
    made: SyntheticRun = run(
        samples=(samples_table(stood or {}), samples_table(grew or {}, epoch="one")), timeline=()
    )
    return html.render(replace(made, **of_run), verdict()).replace("&#39;", "'").replace("<wbr>", "")


def figures(text: str, name: str) -> list[str]:
    """The figures of a row, by its name; those that ask for something with a mark."""
    line = text.split(f"<code>{name}</code>")[1].split("</tr>", maxsplit=1)[0]
    cells = re.findall(r"<td class=\"number( bad)?\"[^>]*>([^<]*)</td>", line)
    return [f"{words.strip()}{'!' if bad else ''}" for bad, words in cells]


def told(text: str, name: str) -> str:
    """The figure and the remark of a fact."""
    block = text.split(f"<dt>{name}</dt><dd>")[1].split("</dd>", maxsplit=1)[0]
    return block.replace('<span class="remark">', " | ").replace("</span>", "")


@pytest.mark.parametrize(
    ("name", "figure"),
    [
        ("Connections, at most", "90 | of 97 that may be; active 40, idle in transaction 12"),
        ("Waited for locks, at most", "31 | sessions at one look"),
        ("Oldest transaction", f"4{THIN}s | oldest snapshot 800 transactions back"),
        ("Prepared transactions", f"1 | the oldest for 8{THIN}s"),
        ("Transactions", f"1{THIN}180 | without ours; 5{THIN}% rolled back"),
        ("Deadlocks", "59 | each cost a session its transaction"),
        ("Temporary files", f"59{THIN}MiB | in 118 files"),
        ("Buffer hits", f"75{THIN}%"),
        ("Checkpoints", "177 | 118 before their time"),
        ("Log written (WAL)", f"59{THIN}KiB | 59 whole pages"),
        ("Read from and written to files", f"118{THIN}KiB | and 59{THIN}KiB written"),
        ("Size of the database", f"20{THIN}MiB | grew by 10{THIN}MiB"),
        ("Statements evicted", "59 | what is told of each statement is a lower bound"),
    ],
)
def test_every_figure_of_postgres_is_told(name: str, figure: str) -> None:
    stood = gauges(
        connections=90,
        connections_limit=194,
        blocked=31,
        oldest_transaction_s=4,
        oldest_snapshot_age=800,
        prepared_transactions=1,
        oldest_prepared_s=8,
    ) | {
        ("postgres", "connections_limit"): np.full(SECONDS, 97.0),
        ("postgres", "connections_by_state", "active"): np.full(SECONDS, 40.0),
        ("postgres", "connections_by_state", "idle in transaction"): np.full(SECONDS, 12.0),
        ("postgres", "size_bytes"): np.linspace(10, 20, SECONDS) * 2**20,
    }
    grew = counters(
        "postgres",
        xact_commit=21,
        own_xact_commit=2,
        xact_rollback=1,
        deadlocks=1,
        temp_bytes=2**20,
        temp_files=2,
        blks_hit=3,
        blks_read=1,
        checkpoints_timed=1,
        checkpoints_requested=2,
        wal_bytes=1024,
        wal_fpi=1,
        dealloc=1,
    ) | counters("postgres", "client backend", io_read_bytes=1024, io_write_bytes=512)
    grew |= counters("postgres", "checkpointer", io_read_bytes=1024, io_write_bytes=512)
    assert told(page(stood=stood, grew=grew), name).startswith(figure)


def test_a_postgres_that_was_not_sampled_has_no_figures() -> None:
    assert "Connections, at most" not in page(grew=counters("redis", keyspace_hits=1))


def test_by_what_routes_slow_statements_were_looked_for_is_told() -> None:
    sampled = gauges(connections=9, slowest_active_s=3.0, slow_active=1)
    text = told(page(stood=sampled), "Statements of 1 s or more")
    assert text.startswith(
        "1 or more | looked for in sessions sampled each second; some may have been missed: "
    )


def test_slow_statements_that_the_log_counts_are_a_number_with_the_text_of_the_longest() -> None:
    ended = np.where(MOMENTS == 35, 1500.0, np.nan)
    looks = {("postgres", name): np.full(SECONDS + 1, value) for name, value in LOG.items()}
    sampled = gauges(slowest_active_s=0.1, connections=9)
    logged = {("postgres", "logged_statement_ms", "7"): ended, **looks, **sampled}
    texts = (Statement(queryid="7", text="SELECT pg_sleep(?)"),)
    text = told(page(stood=logged, texts=texts), "Statements of 1 s or more")
    counted = "1 | counted one by one in the server's log"
    assert text == f"{counted}; the longest took 1.5{THIN}s: SELECT pg_sleep(?)"


def test_statements_lead_by_rows_blocks_temporary_blocks_and_log_too() -> None:
    grew = {}
    for number in range(12):
        grew |= counters("postgres", str(number), statement_calls=1, statement_exec_ms=100 - number)
    grew |= counters("postgres", "11", statement_wal_bytes=1024)
    grew |= counters("postgres", "10", statement_rows=7)
    texts = tuple(Statement(queryid=str(number), text=f"SELECT {number}") for number in range(12))
    text = page(grew=grew, texts=texts)
    shown = [number for number in range(12) if f">SELECT {number}</code>" in text]
    assert shown == list(range(12))
    assert f">{59}{THIN}KiB</td>" in text
    few = page(grew={key: grew[key] for key in grew if key[1].endswith(("calls", "exec_ms"))})
    assert few.count(">text not collected<") == 10


def test_who_held_up_whom_is_told_whether_or_not_anybody_suffered() -> None:
    front = Session(pid=7, application="forgetful", state="idle in transaction", state_s=4.0)
    edges = tuple(
        BlockingEdge(
            at_s=ORIGIN_S + 30,
            waiting=Session(pid=pid, queryid="1"),
            blocker=front,
            waited_s=3.0,
            lock_kind="transactionid",
            relation="hotel.guests",
        )
        for pid in (8, 9)
    )
    text = page(edges=edges, texts=(Statement(queryid="1", text="UPDATE hotel.guests"),))
    assert figures(text, f"forgetful (7), idle in transaction for 4{THIN}s") == ["2", f"3{THIN}s"]
    assert "transactionid of hotel.guests; waiting: UPDATE hotel.guests</span>" in text


def test_tables_and_costing_indexes_are_told() -> None:
    stood = {
        ("postgres", "table_live_rows", "hotel.rooms"): np.full(SECONDS, 5e4),
        ("postgres", "table_dead_rows", "hotel.rooms"): np.full(SECONDS, 2e4),
        ("postgres", "table_dead_rows_allowed", "hotel.rooms"): np.full(SECONDS, 1e4),
    }
    grew = counters("postgres", "hotel.rooms", table_seq_scans=1, table_seq_rows=5e4)
    unused = Index(
        at_s=ORIGIN_S,
        name="hotel.old",
        table="hotel.rooms",
        scans=0,
        is_valid=True,
        enforces=False,
        size_bytes=2**20,
    )
    used = unused.model_copy(update={"name": "hotel.used", "scans": 5})
    text = page(stood=stood, grew=grew, costing=(unused, used))
    assert "may lack an index; autovacuum is due from 10\u202f000 dead rows on, and never came" in text
    assert "hotel.old</code>" in text
    assert "unused since scans are counted" in text
    assert "hotel.used" not in text


def test_what_fills_redis_and_what_keeps_it_busy_is_told() -> None:
    group = KeyGroup(
        at_s=ORIGIN_S,
        pattern="room:{id}",
        sampled=10,
        keys=1000,
        bytes=2**20,
        bytes_low=2**19,
        bytes_high=2**21,
        largest_bytes=4096,
        complete=False,
    )
    grew = counters("redis", "hgetall", command_calls=10, command_us=5000)
    text = page(grew=grew | counters("redis", keyspace_hits=1, keyspace_misses=1), kinds=(group,))
    assert "hgetall</code>" in text
    assert "room:{id}</code>" in text
    assert f"512{THIN}KiB to 2{THIN}MiB" in text


def test_pools_machines_and_queries_are_told_by_name() -> None:
    stood = {
        ("pgbouncer", "clients_waiting", "hotel/app"): np.where(MOMENTS == 30, 12.0, 0.0),
        ("host", "cpu", "db"): np.where(MOMENTS == 30, 0.97, 0.5),
        ("prometheus", "db_cpu", "instance=db:9100"): np.full(SECONDS, 0.25),
    }
    text = page(stood=stood)
    assert figures(text, "hotel/app")[0] == "12!"
    assert figures(text, "db")[1] == f"97{THIN}%!"
    assert "instance=db:9100</span>" in text
