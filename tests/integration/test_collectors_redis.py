"""What the collectors see of a real Redis, and that looking changes nothing."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import redis
from collecting import collecting, eventually

from preseason.embedded import servers
from preseason.lifeline import Lifeline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preseason.embedded.server import Server

#: The wheel's Redis, and the system's where it is installed: they are several versions apart.
SYSTEM = shutil.which("redis-server")
VERSIONS = [None, *([Path(SYSTEM).parent] if SYSTEM else [])]


@pytest.fixture(scope="module", params=VERSIONS, ids=lambda binaries: "system" if binaries else "wheel")
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with Lifeline() as lifeline:
        yield servers.start_redis(lifeline, binaries=request.param)


@pytest.fixture
def client(server: Server) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(server.url, decode_responses=True) as connected:
        connected.flushall()
        yield connected


def test_looking_adds_no_hit_and_no_miss(server: Server, client: redis.Redis, tmp_path: Path) -> None:
    client.set("key", "value")
    before = client.info("stats")
    with collecting(tmp_path, redis_url=server.url, interval_s=0.05) as run:
        run.see_more_of("redis", "keyspace_hits", 20)
        assert run.finish() == 0
    after = client.info("stats")
    assert after["total_commands_processed"] > before["total_commands_processed"] + 40
    assert after["keyspace_hits"] == before["keyspace_hits"]
    assert after["keyspace_misses"] == before["keyspace_misses"]


def test_hits_misses_and_evictions_grow_by_what_was_asked(
    server: Server, client: redis.Redis, tmp_path: Path
) -> None:
    client.set("key", "value")
    with collecting(tmp_path, redis_url=server.url) as run:
        run.see_more_of("redis", "keyspace_hits")
        for _ in range(9):
            client.get("key")
        client.get("no such key")
        eventually(lambda: run.said[-1].get("hit_rate") == pytest.approx(0.9))
        assert run.finish() == 0
    samples = run.samples
    assert samples.get("redis", "keyspace_hits").deltas().total == 9
    assert samples.get("redis", "keyspace_misses").deltas().total == 1
    assert samples.get("redis", "evicted_keys").deltas().total == 0
    assert run.gaps("redis") == []


def test_evictions_are_counted_when_memory_is_full(
    server: Server, client: redis.Redis, tmp_path: Path
) -> None:
    client.config_set("maxmemory-policy", "allkeys-lru")
    client.config_set("maxmemory", "3mb")
    with collecting(tmp_path, redis_url=server.url) as run:
        run.see_more_of("redis", "evicted_keys")
        for number in range(4000):
            client.set(f"key-{number}", "x" * 1000)
        run.see_more_of("redis", "evicted_keys")
        assert run.finish() == 0
    client.config_set("maxmemory", "0")
    assert run.samples.get("redis", "evicted_keys").deltas().total > 500
    assert run.samples.get("redis", "memory_limit_bytes").value[-1] == 3 * 2**20


def test_clients_are_counted_without_us(server: Server, client: redis.Redis, tmp_path: Path) -> None:
    client.ping()
    with collecting(tmp_path, redis_url=server.url) as run:
        run.see_more_of("redis", "clients")
        assert "preseason-collector" in [each["name"] for each in client.client_list()]
        assert run.finish() == 0
    assert run.samples.get("redis", "clients").value[-1] == 1
    assert run.samples.get("redis", "clients_limit").value[-1] == 10_000
    assert run.samples.get("redis", "memory_bytes").value[-1] > 100_000


def test_a_user_who_may_only_ask_info_and_ping_is_enough(
    server: Server, client: redis.Redis, tmp_path: Path
) -> None:
    client.execute_command("ACL", "SETUSER", "observer", "on", ">sekret", "+info", "+ping")
    observer = f"redis://observer:sekret@{server.url.rpartition('@')[2]}"
    with collecting(tmp_path, redis_url=observer) as run:
        run.see_more_of("redis", "keyspace_hits")
        assert run.finish() == 0
    assert run.gaps("redis") == []
    assert "sekret" not in str(run.said)


def test_a_refused_password_is_a_reason_without_the_password(server: Server, tmp_path: Path) -> None:
    wrong = f"redis://:sekret@{server.url.rpartition('@')[2]}"
    with collecting(tmp_path, redis_url=wrong) as run:
        (absent,) = (it["absent"] for it in run.said[0]["sources"] if it["name"] == "redis")
        assert run.finish() == 0
    assert "password" in absent
    assert "sekret" not in absent
