"""A gate names what slowed somebody else's platform: done by SQL and signals, and nobody told the gate.

One run suffers three things one after the other; the same load without them must not be explained at all.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from commandline import CommandLine, Said, clean_environment
from gated import load_began, unless_held_up

from preseason.embedded import servers
from preseason.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from preseason.embedded.servers import Running

    Misdeed = Callable[[Running], None]

pytestmark = pytest.mark.gate

#: Somebody's file, which has never heard of preseason.
BIDDERS = """
    import random

    from locust import HttpUser, task

    class Bidder(HttpUser):
        @task
        def count(self):
            self.client.get(f"/bids/{random.randrange(100)}", name="/bids/{bidder}")

        @task
        def bid(self):
            self.client.post(f"/lots/{random.randrange(20) + 1}", name="/lots/{lot}")
"""
OBJECTIVES = """
    load:
      model: open
      stages: [{{hold: {seconds}s, rate: 16/s}}]
      warmup: 3s
      max_in_flight: 150
    objectives: [p95 < 250 ms, errors < 5 %]
"""
COUNT, BID = "GET /bids/{bidder}", "POST /lots/{lot}"
#: What only an incident may bring.
TOLD_OF_INCIDENTS = {
    "episode",
    "unexplained",
    "lock_waits",
    "moved_statement",
    "slow_ping",
    "long_transaction",
    "slow_answer",
    "slow_statement",
    "slow_commands",
    "redis_refused",
    "keys_lost",
    "sessions_busy",
    "sessions_ended",
}


@dataclass(frozen=True)
class Gated:
    """A run with what it said, and when (UTC epoch seconds) each misdeed was done to the servers."""

    folder: Path
    said: Said
    findings: list[dict[str, Any]]
    done: dict[str, tuple[float, float]]

    def of_kind(self, kind: str) -> list[dict[str, Any]]:
        return [finding for finding in self.findings if finding["kind"] == kind]

    def during(self, misdeed: str, kind: str) -> list[dict[str, Any]]:
        """Findings that share time with a misdeed."""
        began_s, ended_s = self.done[misdeed]
        return [
            finding
            for finding in self.of_kind(kind)
            if finding["at_s"] < ended_s + 1 and finding["until_s"] > began_s - 1
        ]


def hold_rows(running: Running) -> None:
    """Lock every lot and think about something else."""
    with psycopg.connect(running.postgres_dsn, application_name="forgetful") as connection:
        connection.execute("SELECT * FROM auction.lots FOR UPDATE")
        time.sleep(4)


def stop_cache(running: Running) -> None:
    os.kill(running.redis_pid, signal.SIGSTOP)
    time.sleep(4)
    os.kill(running.redis_pid, signal.SIGCONT)


def drop_index(running: Running) -> None:
    with psycopg.connect(running.postgres_dsn, autocommit=True) as connection:
        connection.execute("DROP INDEX auction.bids_bidder")
    time.sleep(6)


@contextmanager
def auction_house(running: Running) -> Iterator[str]:
    """The platform in a process of its own, and its address."""
    script = Path(__file__).parent / "auction.py"
    process = subprocess.Popen(
        [sys.executable, str(script), running.postgres_dsn, running.redis_url],
        env=clean_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.communicate(timeout=60)


def gate(folder: Path, seconds: int, misdeeds: dict[float, Misdeed]) -> Gated:
    """Gate the auction house for so long, and do each misdeed so many seconds after the load began."""
    scenario, slo = folder / "bidders.py", folder / "auction.yaml"
    scenario.write_text(textwrap.dedent(BIDDERS))
    slo.write_text(textwrap.dedent(OBJECTIVES.format(seconds=seconds)))
    preseason, done = CommandLine(folder), {}
    with servers.start() as running, auction_house(running) as url:
        options = ["--target", url, "--postgres", running.postgres_dsn, "--redis", running.redis_url]
        with preseason.started("gate", *options, "--locustfile", scenario, "--slo", slo) as process:
            _, began_s = load_began(preseason, process)
            for after_s, misdeed in misdeeds.items():
                time.sleep(max(0.0, began_s + after_s - time.time()))
                at_s = time.time()
                misdeed(running)
                done[misdeed.__name__] = (at_s, time.time())
            output, errors = process.communicate(timeout=300)
    (run,) = preseason.runs()
    findings = json.loads((run / "verdict.json").read_text())["findings"]
    assert (run / "report.html").stat().st_size > 0
    return Gated(folder, Said(process.returncode, output, errors, 0.0), findings, done)


@pytest.fixture(scope="module")
def afflicted(tmp_path_factory: pytest.TempPathFactory) -> Gated:
    misdeeds: dict[float, Misdeed] = {8: hold_rows, 17: stop_cache, 29: drop_index}
    return unless_held_up(
        lambda: gate(tmp_path_factory.mktemp("afflicted"), 36, misdeeds), lambda it: it.folder
    )


def test_rows_held_by_an_idle_transaction_are_named_with_their_table_and_holder(afflicted: Gated) -> None:
    (locks,) = afflicted.during("hold_rows", "lock_waits")

    assert locks["subject"] == "auction.lots"
    assert (
        "waited for a row lock of auction.lots, behind a session of forgetful that was idle in transaction"
        in locks["title"]
    )
    assert locks["evidence"]["blocker_application"] == "forgetful"
    assert locks["evidence"]["sessions_waited"] >= 5
    assert BID in locks["coincides_with"]
    assert COUNT not in locks["coincides_with"]


def test_the_episode_of_the_endpoint_that_waited_is_told_with_its_window(afflicted: Gated) -> None:
    (episode,) = [one for one in afflicted.during("hold_rows", "episode") if one["subject"] == BID]

    began_s, ended_s = afflicted.done["hold_rows"]
    assert episode["at_s"] == pytest.approx(began_s, abs=1.5)
    assert episode["until_s"] == pytest.approx(ended_s, abs=2.5)
    assert "auction.lots" in episode["title"]
    assert episode["title"] in afflicted.said.output


def test_a_cache_that_stands_still_is_named(afflicted: Gated) -> None:
    (episode,) = [one for one in afflicted.during("stop_cache", "episode") if one["subject"] == COUNT]

    assert "at the same time" in episode["title"]
    seen = [*afflicted.during("stop_cache", "gap"), *afflicted.during("stop_cache", "slow_ping")]
    assert any(one["subject"] == "redis" and COUNT in one["coincides_with"] for one in seen)
    assert afflicted.during("stop_cache", "lock_waits") == []


def test_a_dropped_index_is_told_by_the_statement_that_missed_it(afflicted: Gated) -> None:
    (episode,) = [one for one in afflicted.during("drop_index", "episode") if one["subject"] == COUNT]
    moved = afflicted.during("drop_index", "moved_statement")

    assert any("auction.bids AS mine" in one["title"] for one in moved)
    assert all(one["evidence"]["mean_ms"] > 2 * one["evidence"]["usual_mean_ms"] for one in moved)
    assert "; at the same time " in episode["title"]


def test_the_same_load_without_a_cause_is_not_explained(tmp_path_factory: pytest.TempPathFactory) -> None:
    quiet = unless_held_up(lambda: gate(tmp_path_factory.mktemp("quiet"), 20, {}), lambda it: it.folder)

    assert quiet.said.exit_code in {ExitCode.PASS, ExitCode.UNDECIDED}, quiet.said.all
    assert [one for one in quiet.findings if one["kind"] in TOLD_OF_INCIDENTS or one["coincides_with"]] == []
