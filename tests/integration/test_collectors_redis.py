"""What the collectors see of a real Redis, and that looking changes nothing."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import redis
from collecting import collecting
from patience import eventually

from preseason.collectors.redis.slow_log import SlowLog, length_and_newest
from preseason.embedded import servers
from preseason.lifeline import Lifeline
from preseason.run.key_space import read_key_space

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preseason.embedded.server import Server

#: The wheel's Redis, and the system's where it is installed: they are several versions apart.
SYSTEM = shutil.which("redis-server")
VERSIONS = [None, *([Path(SYSTEM).parent] if SYSTEM else [])]


def busy(for_ms: int) -> str:
    """A script that takes so long by the server's own clock, however fast it counts."""
    return f"""
        local function now_us() local t = redis.call('TIME') return t[1] * 1000000 + t[2] end
        local due_us = now_us() + {1000 * for_ms}
        while now_us() < due_us do end
    """


TWENTY_MS = busy(20)
#: Longer than a command takes that is quick and has to wait for a processor.
LONG, QUICKER_US = busy(300), 150_000


@pytest.fixture(scope="module", params=VERSIONS, ids=lambda binaries: "system" if binaries else "wheel")
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with Lifeline() as lifeline:
        yield servers.start_redis(lifeline, binaries=request.param)


@pytest.fixture
def client(server: Server) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(server.url, decode_responses=True) as connected:
        connected.flushall()
        yield connected


def tell(client: redis.Redis, *words: object) -> None:
    client.execute_command(*words)  # type: ignore[no-untyped-call]


def test_looking_adds_no_hit_and_no_miss(server: Server, client: redis.Redis, tmp_path: Path) -> None:
    client.set("key", "value")
    client.hset("team:1", mapping={"a": "1"})
    client.rpush("queue", *range(300))
    client.zadd("scores", {str(number): number for number in range(300)})
    client.set("short", "lived", px=1)
    before = client.info("stats")
    with collecting(tmp_path, redis_url=server.url, interval_s=0.05) as run:
        run.see_more_of("redis", "keyspace_hits", 20)
        assert run.finish() == 0
    after = client.info("stats")
    assert after["total_commands_processed"] > before["total_commands_processed"] + 40
    assert after["keyspace_hits"] == before["keyspace_hits"]
    assert after["keyspace_misses"] == before["keyspace_misses"]
    assert after["total_error_replies"] == before["total_error_replies"]
    assert {group.pattern for group in read_key_space(tmp_path)} == {"key", "team:{id}", "queue", "scores"}


def test_hits_misses_and_evictions_grow_by_what_was_asked(
    server: Server, client: redis.Redis, tmp_path: Path
) -> None:
    client.set("key", "value")
    with collecting(tmp_path, redis_url=server.url) as run:
        run.see_more_of("redis", "keyspace_hits")
        with client.pipeline() as together:
            for key in [*["key"] * 9, "no such key"]:
                together.get(key)
            together.execute()
        eventually(lambda: any(it.get("hit_rate") == pytest.approx(0.9) for it in run.said))
        assert run.finish() == 0
    samples = run.samples
    assert samples.get("redis", "keyspace_hits").deltas().total == 9
    assert samples.get("redis", "keyspace_misses").deltas().total == 1
    assert samples.get("redis", "evicted_keys").deltas().total == 0
    assert run.gaps("redis") == []


def test_what_commands_cost_is_counted_by_their_names(
    server: Server, client: redis.Redis, tmp_path: Path
) -> None:
    with collecting(tmp_path, redis_url=server.url) as run:
        run.see_more_of("redis", "keyspace_hits", 5)  # so that the first look at commands is over
        for _ in range(9):
            client.get("no such key")
        with pytest.raises(redis.ResponseError):
            tell(client, "INCRBY", "key", "x")
        run.see_more_of("redis", "keyspace_hits", 5)
        assert run.finish() == 0
    samples = run.samples
    assert samples.get("redis", "command_calls", "get").deltas().total == 9
    assert samples.get("redis", "command_us", "get").deltas().total > 0
    assert samples.get("redis", "command_failures", "incrby").deltas().total == 1
    assert samples.get("redis", "error_replies", "ERR").deltas().total == 1
    assert samples.get("redis", "main_thread_cpu_s").deltas().valid.all()


def test_slow_commands_are_counted_and_what_they_were_given_is_not_kept(
    server: Server, client: redis.Redis, tmp_path: Path
) -> None:
    client.config_set("slowlog-log-slower-than", 5000)
    client.slowlog_reset()
    with collecting(tmp_path, redis_url=server.url, interval_s=0.05) as run:
        run.see_more_of("redis", "slow_log_entries")
        for _ in range(20):  # so many that looks come in between
            client.eval(TWENTY_MS, 0, "sekret")
        eventually(lambda: run.samples.get("redis", "slow_log_entries").value[-1] >= 20)
        assert run.finish() == 0
    assert all(b"sekret" not in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


class Overtaken(redis.Redis):
    """A client before whose next question, once, another client's slow command comes in."""

    other: redis.Redis | None = None

    def slowlog_len(self, **options: object) -> int:
        length: int = super().slowlog_len(**options)  # type: ignore[no-untyped-call]
        if self.other is not None:
            self.other.eval(LONG, 0)
            self.other = None
        return length


def test_a_command_that_becomes_slow_between_two_questions_is_counted_once(
    server: Server, client: redis.Redis
) -> None:
    client.config_set("slowlog-log-slower-than", QUICKER_US)
    client.slowlog_reset()
    log = SlowLog()
    with Overtaken.from_url(server.url) as asking:
        log.see(*length_and_newest(asking))
        client.eval(LONG, 0)
        asking.other = client
        log.see(*length_and_newest(asking))
        log.see(*length_and_newest(asking))
    assert log.entries == 2


def test_the_keys_are_sampled_by_kind_once_the_load_is_over(
    server: Server, client: redis.Redis, tmp_path: Path
) -> None:
    # A slow machine weighs few in its time, as what a step took is rested from; these are two or three steps.
    with client.pipeline(transaction=False) as pipeline:
        for number in range(75):
            pipeline.set(f"league:{number}:data", "x" * 100)
            pipeline.hset(f"session:{number:032x}", mapping={"user": "ann"})
        pipeline.execute()
    with collecting(tmp_path, redis_url=server.url) as run:
        run.see_more_of("redis", "keys")
        assert read_key_space(tmp_path) == ()
        assert run.finish() == 0
    found = {group.pattern: group for group in read_key_space(tmp_path)}
    assert set(found) == {"league:{id}:data", "session:{id}"}
    assert all((group.keys, group.sampled, group.complete) == (75, 75, True) for group in found.values())
    assert found["league:{id}:data"].bytes > 75 * 100
    assert run.samples.get("redis", "keys").value[-1] == 150


def test_a_policy_that_somebody_changes_is_told(server: Server, client: redis.Redis, tmp_path: Path) -> None:
    client.config_set("maxmemory-policy", "noeviction")
    with collecting(tmp_path, redis_url=server.url) as run:
        (known,) = (it for it in run.said[0]["sources"] if it["name"] == "redis")
        client.config_set("maxmemory-policy", "allkeys-lfu")
        eventually(lambda: bool(run.notes("redis")))
        assert run.finish() == 0
    assert known["facts"]["maxmemory_policy"] == "noeviction"
    assert run.notes("redis")[0].text.endswith("from noeviction to allkeys-lfu")


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
    tell(client, "ACL", "SETUSER", "observer", "on", ">sekret", "+info", "+ping")
    observer = f"redis://observer:sekret@{server.url.rpartition('@')[2]}"
    with collecting(tmp_path, redis_url=observer) as run:
        run.see_more_of("redis", "keyspace_hits")
        assert run.finish() == 0
    assert run.gaps("redis") == []
    assert [note.text.partition(":")[0] for note in run.notes("redis")] == [
        "the slow log cannot be read",
        "the keys cannot be sampled",
    ]
    assert "sekret" not in str(run.said)


def test_the_documented_rights_are_enough_for_all_that_is_sampled(
    server: Server, client: redis.Redis, tmp_path: Path
) -> None:
    client.set("key", "value")
    rights = "+info +ping +client|setname +slowlog|len +slowlog|get +scan +dbsize +memory|usage ~*"
    tell(client, "ACL", "SETUSER", "reader", "on", ">sekret", "-@all", *rights.split())
    refused = client.info("stats")["total_error_replies"]
    reader = f"redis://reader:sekret@{server.url.rpartition('@')[2]}"
    with collecting(tmp_path, redis_url=reader) as run:
        run.see_more_of("redis", "slow_log_entries")
        assert run.finish() == 0
    assert run.notes("redis") == []
    assert [group.pattern for group in read_key_space(tmp_path)] == ["key"]
    assert client.info("stats")["total_error_replies"] == refused


def test_a_refused_password_is_a_reason_without_the_password(server: Server, tmp_path: Path) -> None:
    wrong = f"redis://:sekret@{server.url.rpartition('@')[2]}"
    with collecting(tmp_path, redis_url=wrong) as run:
        (absent,) = (it["absent"] for it in run.said[0]["sources"] if it["name"] == "redis")
        assert run.finish() == 0
    assert "password" in absent
    assert "sekret" not in absent
