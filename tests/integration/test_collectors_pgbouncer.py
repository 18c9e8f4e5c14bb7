"""What the collectors see of a real PgBouncer: who waits, for how long, and what they may not see."""

from __future__ import annotations

import socket
import threading
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import numpy as np
import psycopg
import pytest
from collecting import collecting, start_again
from patience import eventually
from pooler import needed, start_pooler

from preseason.collectors.preflight import check_pgbouncer
from preseason.errors import BadInputError, UnreachableError
from preseason.lifeline import Lifeline

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from collecting import Collecting
    from pooler import Pooler


@pytest.fixture(scope="module")
def lifeline() -> Iterator[Lifeline]:
    with Lifeline() as opened:
        yield opened


@pytest.fixture(scope="module")
def pooler(lifeline: Lifeline, postgres_dsn: str) -> Pooler:
    needed()
    return start_pooler(lifeline, postgres_dsn)


@contextmanager
def crowded(pooler: Pooler) -> Iterator[threading.Event]:
    """Both servers of the pool are held by open transactions, and a third client waits for one.

    It is served, and ends, once the event is set.
    """
    release = threading.Event()

    def wait() -> None:
        with psycopg.connect(pooler.url, prepare_threshold=None) as third:
            third.execute("SELECT 1")

    waiting = threading.Thread(target=wait)
    with ExitStack() as holders:
        for _ in range(2):
            holder = holders.enter_context(psycopg.connect(pooler.url, prepare_threshold=None))
            holder.execute("SELECT 1")
        waiting.start()
        try:
            yield release
        finally:
            release.set()
    waiting.join()


def latest(run: Collecting, metric: str, label: str = "") -> float:
    values = run.samples.get("pgbouncer", metric, label).value
    return float(values[-1]) if len(values) else np.nan


def test_a_pool_that_is_too_small_shows_who_waits_and_for_how_long(pooler: Pooler, tmp_path: Path) -> None:
    label = f"app/{psycopg.conninfo.conninfo_to_dict(pooler.url)['user']}"
    with collecting(tmp_path, pgbouncer_dsn=pooler.as_user("observer")) as run:
        run.see_more_of("pgbouncer", "clients_waiting")
        with crowded(pooler):
            eventually(lambda: latest(run, "max_wait_ms") > 300)
            assert latest(run, "clients") == 3
        eventually(lambda: latest(run, "clients_waiting") == 0)
        run.see_more_of("pgbouncer", "wait_us")
        assert run.finish() == 0
    samples = run.samples
    assert samples.get("pgbouncer", "clients_waiting").value.max() == 1
    assert samples.get("pgbouncer", "clients_waiting", label).value.max() == 1
    assert samples.get("pgbouncer", "pool_use", label).value.max() == 1
    assert samples.get("pgbouncer", "pool_use").value[-1] == 0
    assert samples.get("pgbouncer", "servers").value.max() == 2
    assert samples.get("pgbouncer", "clients_limit").value[-1] == 50
    assert samples.get("pgbouncer", "transactions").deltas().total == 3
    waited_ms = samples.get("pgbouncer", "wait_us", "app").deltas().total / 1000
    assert waited_ms >= samples.get("pgbouncer", "max_wait_ms").value.max()
    assert run.gaps("pgbouncer") == []


def test_a_database_that_is_paused_is_told_with_what_resumes_it(pooler: Pooler, tmp_path: Path) -> None:
    with psycopg.connect(pooler.url) as client:  # until a client came, there is no database to pause
        client.execute("SELECT 1")
    with collecting(tmp_path, pgbouncer_dsn=pooler.as_user("observer")) as run:
        pooler.command("PAUSE app")
        eventually(lambda: latest(run, "databases_stopped") == 1)
        pooler.command("RESUME app")
        eventually(lambda: latest(run, "databases_stopped") == 0)
        assert run.finish() == 0
    (note,) = run.notes("pgbouncer")
    assert note.text.startswith("the database app is paused")
    assert "RESUME" in str(note.facts["cure"])


def test_a_restart_is_a_gap_and_its_counters_begin_another_epoch(
    lifeline: Lifeline, pooler: Pooler, tmp_path: Path
) -> None:
    with collecting(tmp_path, pgbouncer_dsn=pooler.as_user("observer")) as run:
        run.see_more_of("pgbouncer", "clients")
        start_again(lifeline, pooler.child)
        gap = run.see_gap("pgbouncer")
        run.see_more_of("pgbouncer", "transactions")
        assert run.finish() == 0
    counted = run.samples.get("pgbouncer", "transactions")
    assert "restarted" in gap.text
    assert np.count_nonzero(~counted.deltas().valid) == 1
    assert len(np.unique(counted.epoch)) == 2
    assert run.gaps("host") == []


@pytest.mark.parametrize("user", ["stranger", "nobody"])
def test_a_user_whom_the_console_refuses_is_told_the_cure(pooler: Pooler, tmp_path: Path, user: str) -> None:
    with collecting(tmp_path, pgbouncer_dsn=pooler.as_user(user)) as run:
        (absent,) = (it["absent"] for it in run.said[0]["sources"] if it["name"] == "pgbouncer")
        assert run.finish() == 0
    assert "stats_users" in absent
    assert pooler.password not in absent
    with pytest.raises(BadInputError, match="stats_users"):
        check_pgbouncer(pooler.as_user(user))


def test_the_console_is_found_whatever_database_is_named(pooler: Pooler) -> None:
    found = check_pgbouncer(pooler.as_user("observer", "app"))
    assert found.address.endswith("/pgbouncer")
    assert found.version.startswith("1.")
    assert pooler.password not in str(found)


def test_a_postgres_is_no_pooler(postgres_dsn: str) -> None:
    with pytest.raises(BadInputError, match="the address that PgBouncer listens on"):
        check_pgbouncer(postgres_dsn)


def test_a_pooler_that_is_not_there_or_never_answers_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        with pytest.raises(UnreachableError) as error:
            check_pgbouncer(f"postgresql://observer:sekret@127.0.0.1:{port}/pgbouncer")
    assert str(error.value).startswith(f"--pgbouncer 127.0.0.1:{port}: ")
    assert "sekret" not in str(error.value)
    with pytest.raises(UnreachableError):
        check_pgbouncer(f"postgresql://observer@127.0.0.1:{port}/pgbouncer")
