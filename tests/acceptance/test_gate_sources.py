"""What a gate is told of servers to sample: refused before anything is loaded, or sampled from end to end."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import redis
from commandline import CommandLine

from preseason.embedded import servers
from preseason.lifeline import Lifeline
from preseason.run.reading import read_run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.gate

#: So long that a look at Redis that a stall of this machine costs is less than a tenth of the judged time.
QUESTION = """
load: {model: closed, users: 3, duration: 16s, warmup: 1s}
objectives: [redis.hit_rate > 50 %, redis.evicted_keys == 0]
"""
VISITOR = """
from locust import HttpUser, constant, task


class Visitor(HttpUser):
    wait_time = constant(0.05)

    @task
    def players(self):
        self.client.get("/api/players")
"""


def test_a_wrong_pooler_and_a_wrong_header_are_told_together_and_no_secret_is(tmp_path: Path) -> None:
    gate = CommandLine(tmp_path)
    pooler = "postgresql://stats:sekret@127.0.0.1:99999/pgbouncer"

    said = gate("gate", "--target", "http://127.0.0.1:1", "--pgbouncer", pooler, "--cache-header", "X Cache")

    assert said.exit_code == 2, said.all
    assert "--pgbouncer" in said.errors
    assert "--cache-header" in said.errors
    assert "sekret" not in said.all
    assert gate.runs() == []


@contextmanager
def somebody_else(url: str) -> Iterator[None]:
    """Another tenant of the same Redis, who asks for what is not there."""
    over = threading.Event()

    def ask() -> None:
        with redis.Redis.from_url(url) as client:
            while not over.wait(0.02):
                client.get("nothing")

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        yield
    finally:
        over.set()
        asking.join()


def test_look_ups_of_others_are_taken_off_and_the_kinds_of_keys_are_in_the_run(tmp_path: Path) -> None:
    (tmp_path / "slo.yaml").write_text(QUESTION)
    (tmp_path / "visitor.py").write_text(VISITOR)
    command = CommandLine(tmp_path)
    with Lifeline() as lifeline, servers.start(lifeline) as running:
        addresses = {"PRESEASON_POSTGRES": running.postgres_dsn, "PRESEASON_REDIS": running.redis_url}
        with (
            somebody_else(running.redis_url),
            command.started("platform", "--port", "0", "--leagues", "1", **addresses) as platform,
        ):
            url = json.loads(platform.stdout.readline())["url"]
            said = CommandLine(tmp_path)(
                *("gate", "--target", url, "--slo", "slo.yaml", "--locustfile", "visitor.py"),
                **addresses,
            )
            platform.terminate()

    assert said.exit_code == 0, said.all
    (folder,) = command.runs()
    verdict = json.loads((folder / "verdict.json").read_text())
    hit_rate = verdict["objectives"][0]
    assert "misses a second that were there before the load" in hit_rate["reason"]
    (finding,) = (it for it in verdict["findings"] if "misses_taken_off_per_s" in it["evidence"])
    assert finding["evidence"]["misses_taken_off_per_s"] > 10
    assert finding["evidence"]["hit_rate_of_all"] < hit_rate["point"]
    assert any(group.pattern.startswith("astral:{id}:") for group in read_run(folder).key_space)
    secret = running.redis_url.partition("//:")[2].partition("@")[0]
    written = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert secret
    assert secret.encode() not in written
