"""What real servers suffered, done by SQL and commands, is told of the requests that were slow meanwhile.

The collectors sample for real; the requests are made up, slow while one misdeed lasted and quick otherwise.
"""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import psycopg
import pyarrow as pa
import pytest
import redis
from collecting import collecting

from preseason.embedded import servers
from preseason.run.segments import read_segments
from preseason.run.tables import Table
from preseason.slo.reading import parse_slo
from preseason.testing import LINEUP, ORIGIN_S, Traffic, synthetic_run
from preseason.verdict.judging import judge
from preseason.verdict.model import Finding, FindingKind

if TYPE_CHECKING:
    from collecting import Collecting

    from preseason.embedded.servers import Running

pytestmark = pytest.mark.gate

#: From one misdeed to the next, and how long nothing is done in between at the least; then at the end.
APART_S, QUIET_S, END_S = 4, 2, 5
PACE = {"interval_s": 0.5, "statements_interval_s": 1.0, "server_counters_interval_s": 1.0}
QUESTION = """
load: {{model: open, rate: 10/s, duration: {seconds}s, warmup: 0s}}
objectives: [p95 < 200 ms]
"""
KEYS = 500


def end_sessions(running: Running) -> None:
    with psycopg.connect(running.postgres_dsn, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'platform'"
        )


def flush(running: Running) -> None:
    with redis.Redis.from_url(running.redis_url) as client:
        client.flushall()


def refuse_writes(running: Running) -> None:
    with redis.Redis.from_url(running.redis_url) as client:
        client.config_set("maxmemory", 1000)
        for number in range(20):
            with suppress(redis.OutOfMemoryError):
                client.set(f"refused:{number}", 1)
        client.config_set("maxmemory", 0)


def run_on(running: Running) -> None:
    """Two seconds in a script, in which nobody else is answered."""
    spin = "local t = redis.call('TIME') local e = t[1] * 1e6 + t[2] + 2e6 repeat t = redis.call('TIME')"
    with redis.Redis.from_url(running.redis_url) as client:
        client.eval(f"{spin} until t[1] * 1e6 + t[2] > e return 1", 0)


def sleep_long(running: Running) -> None:
    with psycopg.connect(running.postgres_dsn) as connection:
        connection.execute("SELECT pg_sleep(5)")


MISDEEDS = (end_sessions, flush, refuse_writes, run_on, sleep_long)


@dataclass(frozen=True)
class Suffered:
    """The samples of one run of the collectors, and from when to when each misdeed lasted, in its seconds."""

    samples: pa.Table
    done: dict[str, tuple[float, float]]

    def findings(self, misdeed: str) -> list[Finding]:
        """Those about requests that were all slow while it lasted, and for a second after."""
        began, ended = self.done[misdeed]
        seconds = int(max(last for _, last in self.done.values())) + END_S
        due = np.repeat(np.arange(seconds), 10)
        slow = (due >= int(began)) & (due <= ended + 1)
        traffic = Traffic.of(due, np.where(slow, 900.0, 10.0), endpoint=LINEUP)
        run = synthetic_run(seconds, [traffic], samples=[self.samples])
        question = parse_slo(QUESTION.format(seconds=seconds), "slo.yaml")
        return [one for one in judge(run, question).findings if one.coincides_with]


@pytest.fixture(scope="module")
def suffered(tmp_path_factory: pytest.TempPathFactory) -> Suffered:
    folder = tmp_path_factory.mktemp("suffered")
    done = {}
    with ExitStack() as opened:
        running = opened.enter_context(servers.start())
        opened.enter_context(PlatformAtWork(running))
        addresses = {"postgres_dsn": running.postgres_dsn, "redis_url": running.redis_url}
        run: Collecting = opened.enter_context(collecting(folder, **addresses, **PACE))
        run.see_more_of("redis", "keys")
        origin_s = ended_s = time.time()
        for number, misdeed in enumerate(MISDEEDS):
            due_s = max(ended_s, origin_s + number * APART_S) + QUIET_S
            time.sleep(max(0.0, due_s - time.time()))
            began_s = time.time()
            misdeed(running)
            ended_s = time.time()
            done[misdeed.__name__] = (began_s - origin_s, ended_s - origin_s)
        time.sleep(1.5)
        assert run.finish() == 0
    samples = read_segments(folder, Table.SAMPLES)
    column = samples.schema.get_field_index("time")
    shifted = pa.array(samples["time"].to_numpy() - origin_s + ORIGIN_S)
    return Suffered(samples.set_column(column, samples.schema.field(column), shifted), done)


class PlatformAtWork:
    """Three sessions that are used now and then and opened again, and keys that nobody asks for."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self._ended = threading.Event()
        self._workers = [threading.Thread(target=self._work) for _ in range(3)]

    def __enter__(self) -> None:
        with redis.Redis.from_url(self._running.redis_url) as client:
            client.mset({f"key:{number}": 1 for number in range(KEYS)})
        for worker in self._workers:
            worker.start()

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for worker in self._workers:
            worker.join()

    def _work(self) -> None:
        while not self._ended.is_set():
            with suppress(psycopg.Error):
                self._ask_until_it_ends()

    def _ask_until_it_ends(self) -> None:
        with psycopg.connect(self._running.postgres_dsn, application_name="platform") as connection:
            while not self._ended.wait(0.3):
                connection.execute("SELECT 1")
                connection.commit()


@pytest.mark.parametrize(
    ("misdeed", "kind", "words"),
    [
        ("end_sessions", FindingKind.SESSIONS_ENDED, "somebody ended"),
        ("flush", FindingKind.KEYS_LOST, "Redis was emptied once by FLUSHALL"),
        ("refuse_writes", FindingKind.REDIS_REFUSED, "commands with OOM"),
        ("run_on", FindingKind.SLOW_COMMANDS, "in EVAL"),
        ("sleep_long", FindingKind.SLOW_STATEMENT, "a statement had been running for up to"),
    ],
)
def test_what_was_done_to_a_server_is_told_with_the_requests_that_were_slow_meanwhile(
    suffered: Suffered, misdeed: str, kind: FindingKind, words: str
) -> None:
    findings = suffered.findings(misdeed)
    (cause,) = [one for one in findings if one.kind is kind]
    assert words in cause.title
    others = {
        FindingKind.SESSIONS_ENDED,
        FindingKind.KEYS_LOST,
        FindingKind.REDIS_REFUSED,
        FindingKind.SLOW_COMMANDS,
        FindingKind.SLOW_STATEMENT,
    } - {kind}
    assert [one.title for one in findings if one.kind in others] == []
