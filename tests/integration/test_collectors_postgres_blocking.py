"""Who holds up whom, on a schema of nobody's in particular."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING

import psycopg
import pytest
from collecting import collecting
from patience import eventually
from postgres_sessions import as_role, session

from preseason.run.blocking import Session, read_blocking
from preseason.verdict.blocking import holds_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from collecting import Collecting

    from preseason.run.blocking import BlockingEdge

UPDATE = b"UPDATE shop.stock SET left_over = left_over - 1 WHERE item = 1"
OURS = b"SELECT queryid::text FROM pg_stat_statements WHERE strpos(query, '/* preseason */') > 0"


@pytest.fixture
def dsn(any_postgres: str) -> Iterator[str]:
    with session(any_postgres) as connection:
        connection.execute("CREATE SCHEMA shop")
        connection.execute("CREATE TABLE shop.stock (item int PRIMARY KEY, left_over int)")
        connection.execute("INSERT INTO shop.stock SELECT i, 9 FROM generate_series(1, 9) i")
        try:
            yield any_postgres
        finally:
            connection.execute("DROP SCHEMA shop CASCADE")


def latest(folder: Path) -> list[BlockingEdge]:
    """The edges of the last look at which somebody waited."""
    edges = read_blocking(folder)
    return [edge for edge in edges if edge.at_s == edges[-1].at_s]


def explained(folder: Path, count: int = 1) -> list[BlockingEdge]:
    """So many edges of the last look, once it is known what each is about; else none.

    Who waits is listed a moment before what for, and a look may come in between.
    """
    edges = latest(folder)
    return edges if len(edges) == count and all(edge.relation for edge in edges) else []


def test_a_chain_of_three_has_two_edges_and_an_innocent_fourth_none(dsn: str, tmp_path: Path) -> None:
    with ExitStack() as opened, ThreadPoolExecutor() as pool:
        first, second, third, innocent = (
            opened.enter_context(psycopg.connect(dsn, application_name=name))
            for name in ("first", "second of me@example.com", "third", "innocent")
        )
        head, behind, tail = (connection.info.backend_pid for connection in (first, second, third))
        run: Collecting = opened.enter_context(collecting(tmp_path, postgres_dsn=dsn))
        first.execute(UPDATE)
        innocent.execute("UPDATE shop.stock SET left_over = 0 WHERE item = 2")
        waiting = [pool.submit(second.execute, UPDATE)]
        eventually(lambda: len(latest(tmp_path)) == 1)
        waiting.append(pool.submit(third.execute, UPDATE))
        found = eventually(lambda: explained(tmp_path, 2))
        eventually(lambda: 2 in run.samples.get("postgres", "blocked").value)
        first.rollback()
        waiting[0].result()
        second.rollback()
        waiting[1].result()
        third.rollback()
        eventually(lambda: run.samples.get("postgres", "blocked").value[-1] == 0)
        run.see_more_of("postgres", "statements")
        assert run.finish() == 0
        ours = {queryid for (queryid,) in innocent.execute(OURS)}
    edges = {(edge.waiting.pid, edge.blocker.pid): edge for edge in found}
    assert edges.keys() == {(behind, head), (tail, behind)}
    direct = edges[behind, head]
    assert (direct.waiting.application, direct.blocker.application) == ("second of …", "first")
    assert (direct.blocker.state, direct.lock_kind) == ("idle in transaction", "transactionid")
    assert {edge.relation for edge in found} == {"shop.stock"}
    assert direct.waiting.queryid
    assert direct.waited_s is not None
    assert (direct.blocker.transaction_s or 0) > 0
    on = run.samples.labelled("postgres", "waits_on")
    assert on["Lock:transactionid"].value.max() >= 1
    assert not ours & run.samples.labelled("postgres", "statement_calls").keys()
    assert run.gaps("postgres") == []


def test_a_wait_for_a_whole_table_names_it_and_nobody_there_is_a_look_without_edges(
    dsn: str, tmp_path: Path
) -> None:
    with ExitStack() as opened, ThreadPoolExecutor() as pool:
        holder, waiter = (opened.enter_context(psycopg.connect(dsn)) for _ in range(2))
        run: Collecting = opened.enter_context(collecting(tmp_path, postgres_dsn=dsn))
        run.see_more_of("postgres", "blocked")
        assert not read_blocking(tmp_path)
        holder.execute("LOCK TABLE shop.stock")
        waiting = pool.submit(waiter.execute, UPDATE)
        (edge,) = eventually(lambda: explained(tmp_path))
        holder.rollback()
        waiting.result()
        assert run.finish() == 0
    assert (edge.lock_kind, edge.lock_mode, edge.relation) == ("relation", "RowExclusiveLock", "shop.stock")


def test_the_table_is_told_for_rows_that_are_inserted_twice(dsn: str, tmp_path: Path) -> None:
    """Who waits for the writer of an equal key queues for no row of his own."""
    insert = b"INSERT INTO shop.stock VALUES (77, 1)"
    with ExitStack() as opened, ThreadPoolExecutor() as pool:
        holder, waiter = (opened.enter_context(psycopg.connect(dsn)) for _ in range(2))
        run: Collecting = opened.enter_context(collecting(tmp_path, postgres_dsn=dsn))
        holder.execute(insert)
        waiting = pool.submit(waiter.execute, insert)
        (edge,) = eventually(lambda: explained(tmp_path))
        holder.rollback()
        waiting.result()
        assert run.finish() == 0
    assert edge.relation == "shop.stock"


def test_sessions_that_wait_for_each_other_are_a_cycle(dsn: str, tmp_path: Path) -> None:
    other = b"UPDATE shop.stock SET left_over = 0 WHERE item = 2"
    with ExitStack() as opened, ThreadPoolExecutor() as pool:
        one, two = (opened.enter_context(psycopg.connect(dsn)) for _ in range(2))
        run: Collecting = opened.enter_context(collecting(tmp_path, postgres_dsn=dsn))
        for connection, update in ((one, UPDATE), (two, other)):
            connection.execute("SET deadlock_timeout = '1h'")
            connection.execute(update)
        waiting = [pool.submit(one.execute, other), pool.submit(two.execute, UPDATE)]
        eventually(lambda: len(latest(tmp_path)) == 2)
        one.cancel()
        with pytest.raises(psycopg.errors.QueryCanceled):
            waiting[0].result()
        one.rollback()
        waiting[1].result()
        assert run.finish() == 0
        pids = {one.info.backend_pid, two.info.backend_pid}
    edges = [edge for edge in read_blocking(tmp_path) if {edge.waiting.pid, edge.blocker.pid} == pids]
    assert any(hold.is_cycle and hold.most_behind == 2 for hold in holds_of(edges))


def test_a_prepared_transaction_that_nobody_ends_is_in_front_without_a_session(
    dsn: str, tmp_path: Path
) -> None:
    with session(dsn) as connection, psycopg.connect(dsn) as waiter, ThreadPoolExecutor() as pool:
        connection.execute("BEGIN")
        connection.execute(UPDATE)
        connection.execute("PREPARE TRANSACTION 'left behind'")
        with collecting(tmp_path, postgres_dsn=dsn) as run:
            waiting = pool.submit(waiter.execute, UPDATE)
            (edge,) = eventually(lambda: explained(tmp_path))
            connection.execute("ROLLBACK PREPARED 'left behind'")
            waiting.result()
            assert run.finish() == 0
    assert edge.blocker == Session(pid=0)
    assert edge.relation == "shop.stock"
    assert run.samples.get("postgres", "prepared_transactions").value.max() == 1
    assert run.samples.get("postgres", "oldest_prepared_s").value.max() > 0


def test_a_snapshot_that_is_held_grows_older_with_every_transaction(dsn: str, tmp_path: Path) -> None:
    with session(dsn) as connection, psycopg.connect(dsn) as holder:
        holder.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        holder.execute("SELECT 1")
        for _ in range(7):
            connection.execute(UPDATE)
        with collecting(tmp_path, postgres_dsn=dsn) as run:
            run.see_more_of("postgres", "oldest_snapshot_age")
            assert run.finish() == 0
    assert run.samples.get("postgres", "oldest_snapshot_age").value.max() >= 7


def test_a_role_that_may_not_see_others_does_not_say_that_nobody_is_blocked(dsn: str, tmp_path: Path) -> None:
    weak = as_role(dsn, "short_sighted")
    with collecting(tmp_path, postgres_dsn=weak) as run:
        run.see_more_of("postgres", "connections")
        assert run.finish() == 0
    assert len(run.samples.get("postgres", "blocked")) == 0
    assert len(run.samples.get("postgres", "slow_active")) == 0


def test_a_statement_that_goes_on_for_over_a_second_is_counted_while_it_runs(
    dsn: str, tmp_path: Path
) -> None:
    with (
        ThreadPoolExecutor() as pool,
        session(dsn) as connection,
        collecting(tmp_path, postgres_dsn=dsn) as run,
    ):
        run.see_more_of("postgres", "slow_active", 1)
        began_s = time.monotonic()
        sleeping = pool.submit(connection.execute, "SELECT pg_sleep(60)")
        eventually(lambda: 1 in run.samples.get("postgres", "slow_active").value)
        connection.cancel()
        with pytest.raises(psycopg.errors.QueryCanceled):
            sleeping.result()
        ran_s = time.monotonic() - began_s
        run.see_more_of("postgres", "slow_active", 2)
        assert run.finish() == 0
    slow = run.samples.get("postgres", "slow_active").value
    longest = run.samples.get("postgres", "slowest_active_s").value
    assert (slow[0], slow.max(), slow[-1]) == (0, 1, 0)
    assert 1 < longest.max() < ran_s
