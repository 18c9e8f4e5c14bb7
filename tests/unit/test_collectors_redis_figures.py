"""What INFO says of one node and of several, what commands cost, and how many were slow."""

from __future__ import annotations

from typing import Any

import pytest

from preseason.collectors.redis.commands import CommandLog, costs
from preseason.collectors.redis.connection import source
from preseason.collectors.redis.figures import figures, together
from preseason.collectors.redis.key_space import OTHERS, Sampled, groups
from preseason.collectors.redis.limits import sentinel
from preseason.collectors.redis.slow_log import SlowLog

MIB = 2**20


def info(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - as redis-py parses it
    plain = {
        "connected_clients": 4,
        "used_memory": 50 * MIB,
        "used_memory_rss": 90 * MIB,
        "maxmemory": 100 * MIB,
        "keyspace_hits": 70,
        "role": "master",
        "errorstat_OOM": {"count": 3},
        "db0": {"keys": 10, "expires": 4, "avg_ttl": 0},
        "db3": {"keys": 5, "expires": 0, "avg_ttl": 0},
    }
    return plain | changes


def test_keys_are_those_of_all_databases_and_clients_are_without_ourselves() -> None:
    told = figures(info())

    assert (told.gauges["keys"], told.gauges["keys_expiring"], told.gauges["clients"]) == (15, 4, 3)
    assert told.errors == {"OOM": 3.0}
    assert "keyspace_misses" not in told.counters


def test_fragmentation_of_a_small_server_says_nothing_and_of_a_large_one_is_a_ratio() -> None:
    small, large = figures(info()), figures(info(used_memory=400 * MIB, used_memory_rss=600 * MIB))
    swapped = figures(info(used_memory=400 * MIB, used_memory_rss=200 * MIB))

    assert "fragmentation" not in small.gauges
    assert large.gauges["fragmentation"] == 1.5
    assert swapped.gauges["fragmentation"] == 0.5


def test_processor_time_is_that_of_system_and_user_together() -> None:
    told = figures(info(used_cpu_sys=1.5, used_cpu_user=2.0, used_cpu_sys_main_thread=1.0))

    assert told.counters["cpu_s"] == 3.5
    assert "main_thread_cpu_s" not in told.counters


def test_a_replica_tells_whether_it_hears_from_its_primary() -> None:
    assert figures(info(role="slave", master_link_status="down")).gauges["primary_link"] == 0.0
    assert "primary_link" not in figures(info()).gauges


def test_a_cluster_has_the_sums_of_its_nodes_and_the_worst_of_what_has_no_sum() -> None:
    one, other = figures(info(loading=0)), figures(info(keyspace_hits=30, loading=1, used_memory=20 * MIB))

    told = together([one, other])

    assert told.counters == {"keyspace_hits": 100.0}
    assert told.gauges["memory_bytes"] == 70 * MIB
    assert told.gauges["memory_limit_bytes"] == 200 * MIB
    assert told.gauges["loading"] == 1.0
    assert told.errors == {"OOM": 6.0}


def test_a_cluster_with_one_node_without_a_limit_has_none() -> None:
    assert together([figures(info()), figures(info(maxmemory=0))]).gauges["memory_limit_bytes"] == 0.0


def test_a_valkey_is_named_by_its_own_version() -> None:
    valkey = {"server_name": "valkey", "redis_version": "7.2.4", "valkey_version": "8.0.1"}

    assert source("redis://:sekret@127.0.0.1:6379/0", valkey).version == "valkey 8.0.1"
    assert source("redis://127.0.0.1:6379/0", {"redis_version": "7.0.15"}).version == "7.0.15"


def test_a_sentinel_is_told_by_the_servers_that_it_watches() -> None:
    told = sentinel({"master0": {"name": "cache", "status": "ok", "address": "10.0.0.1:6379"}, "masters": 1})

    assert "cache at 10.0.0.1:6379" in told


def commandstats(**calls: int) -> dict[str, Any]:
    return {
        f"cmdstat_{name}": {"calls": count, "usec": 10 * count, "failed_calls": 1, "rejected_calls": 2}
        for name, count in calls.items()
    }


def test_commands_of_all_nodes_are_added_up() -> None:
    counted = costs([commandstats(get=3), commandstats(get=4, set=1)])

    assert counted["get"] == (7, 70, 6)
    assert counted["set"] == (1, 10, 3)


def test_a_command_has_samples_only_around_the_looks_between_which_it_ran() -> None:
    log = CommandLog()
    looks = [{"get": 5}, {"get": 5}, {"get": 9, "set": 2}, {"get": 9, "set": 2}]

    samples = [
        (sample.label, sample.time_s, sample.value)
        for second, calls in enumerate(looks)
        for sample in log.grow(float(second), "a", costs([commandstats(**calls)]))
        if sample.metric == "command_calls"
    ]

    assert samples == [("get", 1.0, 5.0), ("get", 2.0, 9.0), ("set", 1.0, 0.0), ("set", 2.0, 2.0)]


def test_no_growth_of_a_command_spans_two_lives_of_the_server() -> None:
    log = CommandLog()

    assert list(log.grow(0.0, "a", costs([commandstats(get=5)]))) == []
    assert list(log.grow(1.0, "b", costs([commandstats(get=9)]))) == []
    assert list(log.grow(2.0, "b", costs([commandstats(get=10)]))) != []


@pytest.mark.parametrize(
    ("seen", "entries"),
    [
        ([(2, 7), (2, 7)], 0),
        ([(2, 7), (4, 9)], 2),
        ([(128, 200), (128, 205)], 5),
        ([(0, None), (3, 57)], 3),
        ([(2, 7), (0, None), (1, 8)], 1),
        ([(2, 7), (1, 0)], 1),
    ],
    ids=["nothing new", "two", "a full log", "empty before", "reset by somebody", "another process"],
)
def test_slow_commands_are_counted_by_the_ids_of_their_log(
    seen: list[tuple[int, int | None]], entries: int
) -> None:
    log = SlowLog()
    for length, newest in seen:
        log.see(length, newest)

    assert log.entries == entries


def test_a_part_of_the_keys_stands_for_all_of_them_within_an_interval() -> None:
    sizes = {f"league:{n}:data": 100 + n % 100 for n in range(800)} | {f"week:{n}": 1000 for n in range(200)}

    league, week = sorted(groups(0.0, Sampled(sizes, 10_000, complete=False)), key=lambda it: it.pattern)

    assert (league.pattern, league.keys, week.keys) == ("league:{id}:data", 8000, 2000)
    assert week.bytes == pytest.approx(2_000_000)
    assert 1_700_000 < week.bytes_low < week.bytes < week.bytes_high < 2_300_000
    assert (week.sampled, week.largest_bytes) == (200, 1000)


def test_all_of_the_keys_are_no_estimate() -> None:
    (only,) = groups(0.0, Sampled({f"a:{n}": 70 for n in range(5)}, 5, complete=True))

    assert (only.keys, only.bytes_low, only.bytes, only.bytes_high) == (5, 350, 350, 350)
    assert groups(0.0, Sampled({}, 0, complete=True)) == ()


def test_beyond_so_many_kinds_the_smallest_are_one() -> None:
    sizes = {
        f"{chr(97 + a)}{chr(97 + b)}:{n}": 10 + a for a in range(26) for b in range(3) for n in range(30)
    }

    found = groups(0.0, Sampled(sizes, len(sizes), complete=True))

    assert len(found) == 50
    assert found[-1].pattern == OTHERS
    assert sum(group.bytes for group in found) == sum(sizes.values())
