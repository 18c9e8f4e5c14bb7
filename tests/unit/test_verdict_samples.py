"""Objectives about servers, judged on synthetic samples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from preseason.run.manifest import Source
from preseason.run.timeline import Event, EventKind
from preseason.slo.reading import parse_slo
from preseason.testing import ORIGIN_S, Traffic, samples_table, synthetic_run
from preseason.verdict.judging import judge
from preseason.verdict.model import Outcome

if TYPE_CHECKING:
    import pyarrow as pa

    from preseason.verdict.model import ObjectiveResult

LOAD = "load: {model: open, rate: 20/s, duration: 60s, warmup: 0s}\n"


def judged(
    objective: str, *samples: pa.Table, timeline: tuple[Event, ...] = (), sources: tuple[Source, ...] = ()
) -> ObjectiveResult:
    slo = parse_slo(f"{LOAD}objectives:\n  - {objective}\n", "slo.yaml")
    run = synthetic_run(
        60, [Traffic.steady(60, 5, 10.0)], samples=samples, timeline=timeline, sources=sources
    )
    return judge(run, slo).objectives[0]


def cache(hits: np.ndarray, misses: np.ndarray, epoch: str = "a") -> pa.Table:
    """Counters of a cache that begins with a history, by growth a second."""
    counters = {"keyspace_hits": 7000 + np.cumsum(hits), "keyspace_misses": 50 + np.cumsum(misses)}
    return samples_table({("redis", name): values for name, values in counters.items()}, epoch)


def looked_up(rate: float, per_second: int = 100, seed: int = 1) -> pa.Table:
    hits = np.random.default_rng(seed).binomial(per_second, rate, 61)
    return cache(hits, per_second - hits)


def gap(source: str, start_s: int, end_s: int) -> Event:
    return Event(
        at_s=ORIGIN_S + start_s, until_s=ORIGIN_S + end_s, kind=EventKind.GAP, source=source, text="no answer"
    )


@pytest.mark.parametrize(
    ("rate", "outcome"),
    [(0.97, Outcome.PASS), (0.6, Outcome.FAIL), (0.0, Outcome.FAIL), (0.9, Outcome.UNDECIDED)],
)
def test_a_hit_rate_is_judged_by_growth_of_the_counters(rate: float, outcome: Outcome) -> None:
    found = judged("redis.hit_rate > 90 %", looked_up(rate))

    assert found.outcome is outcome
    assert found.point == pytest.approx(rate, abs=0.02)
    assert found.total == 6000


def test_a_hit_rate_that_swings_is_known_less_well_than_its_look_ups_promise() -> None:
    """Expiries come together: whole seconds miss. 93 % over a minute proves nothing."""
    hits = np.where(np.arange(61) % 15 == 0, 0, 100)

    assert judged("redis.hit_rate > 90 %", cache(hits, 100 - hits)).outcome is Outcome.UNDECIDED


def test_a_handful_of_look_ups_decides_nothing() -> None:
    hits = np.zeros(61, dtype=int)
    hits[5:25] = 1

    found = judged("redis.hit_rate > 90 %", cache(hits, 0 * hits))

    assert found.outcome is Outcome.UNDECIDED
    assert "look-ups" in found.needs


def test_a_cache_that_nobody_asked_has_no_hit_rate() -> None:
    nothing = np.zeros(61)

    assert judged("redis.hit_rate > 90 %", cache(nothing, nothing)).outcome is Outcome.NO_DATA


def test_a_source_that_was_not_sampled_is_no_data_and_names_the_option_that_brings_it() -> None:
    for objective, option in [
        ("redis.hit_rate > 90 %", "--redis URL"),
        ("postgres.connections < 80 %", "--postgres DSN"),
    ]:
        found = judged(objective)
        assert found.outcome is Outcome.NO_DATA
        assert option in found.reason


def test_the_reason_why_a_source_is_absent_is_passed_on() -> None:
    found = judged("redis.hit_rate > 90 %", sources=(Source(name="redis", absent="it did not answer"),))

    assert "it did not answer" in found.reason


def test_a_restart_of_the_cache_costs_one_second_and_not_the_verdict() -> None:
    hits = np.random.default_rng(1).binomial(100, 0.97, 61)
    table = cache(hits, 100 - hits).to_pandas()
    later = table["time"] >= ORIGIN_S + 30
    table.loc[later, "epoch"] = "b"
    restarted = cache(hits, 100 - hits).from_pandas(table, schema=cache(hits, hits).schema)

    found = judged("redis.hit_rate > 90 %", restarted)

    assert found.outcome is Outcome.PASS
    assert found.total == 5900


def test_too_little_of_a_source_leaves_its_objective_undecided() -> None:
    hits = np.full(61, 97.0)
    hits[40:] = np.nan

    found = judged("redis.hit_rate > 90 %", cache(hits, 100 - hits))

    assert found.outcome is Outcome.UNDECIDED
    assert "sampled for" in found.reason


def at_rest(seconds: int, hits: np.ndarray, misses: np.ndarray) -> pa.Table:
    """A cache that others ask at rest, for so many seconds before a load of 60 s, and on during it."""
    table = cache(hits, misses).to_pandas()
    table["time"] -= seconds
    return cache(hits, misses).from_pandas(table, schema=cache(hits, misses).schema)


def shared_cache(ours: float, others: float, seconds: int = 10, seed: int = 3) -> pa.Table:
    """100 look-ups a second of the load, which hit with ``ours``; always 20 of others with ``others``."""
    random = np.random.default_rng(seed)
    loaded = np.arange(seconds + 61) > seconds
    hits = random.binomial(100, ours, len(loaded)) * loaded
    idle = random.poisson(20, len(loaded))
    idle_hits = random.binomial(idle, others)
    return at_rest(seconds, hits + idle_hits, 100 * loaded - hits + idle - idle_hits)


PREPARING = Event(at_s=float(ORIGIN_S), kind=EventKind.PREPARING, text="users are being created")


def test_misses_of_others_are_taken_off_and_the_reason_says_so() -> None:
    found = judged("redis.hit_rate > 90 %", shared_cache(0.97, 0.0), timeline=(PREPARING,))
    as_counted = judged("redis.hit_rate > 90 %", shared_cache(0.97, 0.0))

    assert as_counted.outcome is Outcome.FAIL
    assert found.outcome is Outcome.PASS
    assert found.point == pytest.approx(0.97, abs=0.01)
    assert "misses a second that were there before the load" in found.reason


def test_hits_of_others_pass_nothing() -> None:
    found = judged("redis.hit_rate > 90 %", shared_cache(0.88, 1.0), timeline=(PREPARING,))
    as_counted = judged("redis.hit_rate > 89 %", shared_cache(0.88, 1.0))

    assert as_counted.outcome is Outcome.PASS
    assert found.outcome is not Outcome.PASS
    assert found.point == pytest.approx(0.88, abs=0.02)


def test_what_is_taken_off_widens_the_interval_by_what_is_not_known_of_it() -> None:
    corrected = judged("redis.hit_rate > 90 %", shared_cache(0.97, 0.5), timeline=(PREPARING,))
    longer = judged("redis.hit_rate > 90 %", shared_cache(0.97, 0.5, seconds=90), timeline=(PREPARING,))

    assert corrected.low < 0.97 < corrected.high
    assert longer.high - longer.low < corrected.high - corrected.low


def test_a_cache_that_others_ask_more_than_the_load_is_undecided() -> None:
    constant = np.full(71, 50)

    found = judged("redis.hit_rate > 90 %", at_rest(10, constant, constant), timeline=(PREPARING,))

    assert found.outcome is Outcome.UNDECIDED
    assert "before the load" in found.reason


def test_nothing_is_taken_off_where_nobody_asked_before_or_the_rest_was_short() -> None:
    alone = judged("redis.hit_rate > 90 %", at_rest(10, *_rested(10)), timeline=(PREPARING,))
    short = judged("redis.hit_rate > 90 %", shared_cache(0.97, 0.0, seconds=3), timeline=(PREPARING,))

    assert alone.outcome is Outcome.PASS
    assert alone.total == 6000
    assert short.outcome is Outcome.FAIL
    assert "before the load" not in alone.reason + short.reason


def _rested(seconds: int) -> tuple[np.ndarray, np.ndarray]:
    loaded = np.arange(seconds + 61) > seconds
    hits = np.random.default_rng(1).binomial(100, 0.97, len(loaded)) * loaded
    return hits, 100 * loaded - hits


def test_what_was_taken_off_is_a_finding_with_the_rate_of_all() -> None:
    slo = parse_slo(f"{LOAD}objectives:\n  - redis.hit_rate > 90 %\n", "slo.yaml")
    run = synthetic_run(
        60, [Traffic.steady(60, 5, 10.0)], samples=(shared_cache(0.97, 0.0),), timeline=(PREPARING,)
    )

    (finding,) = (it for it in judge(run, slo).findings if "hits_taken_off_per_s" in it.evidence)

    assert finding.evidence["misses_taken_off_per_s"] == pytest.approx(20, abs=5)
    assert finding.evidence["hit_rate_of_all"] == pytest.approx(0.81, abs=0.01)
    assert finding.title.startswith("the redis hit rate is 96.2 % instead of 80.6 %")


def test_every_node_of_a_cluster_must_keep_to_its_own_limit() -> None:
    memory = {("redis", "memory_bytes", node): np.full(60, used) for node, used in (("a", 90.0), ("b", 10.0))}
    limits = {("redis", "memory_limit_bytes", node): np.full(60, 100.0) for node in ("a", "b")}
    sums = {"memory_bytes": 100.0, "memory_limit_bytes": 200.0}
    whole = {("redis", metric): np.full(60, value) for metric, value in sums.items()}

    assert judged("redis.memory_bytes < 80 %", samples_table(memory | limits | whole)).outcome is Outcome.FAIL
    assert judged("redis.memory_bytes < 80 %", samples_table(whole)).outcome is Outcome.PASS


def connections(most: float) -> pa.Table:
    used = np.full(60, 20.0)
    used[30] = most
    return samples_table(
        {("postgres", "connections"): used, ("postgres", "connections_limit"): np.full(60, 100.0)}
    )


@pytest.mark.parametrize(
    ("most", "outcome"), [(79.0, Outcome.PASS), (80.0, Outcome.FAIL), (95.0, Outcome.FAIL)]
)
def test_every_sample_of_a_gauge_must_hold(most: float, outcome: Outcome) -> None:
    found = judged("postgres.connections < 80 %", connections(most))

    assert found.outcome is outcome
    assert (found.point, found.limit, found.unit) == (most / 100, 0.8, "ratio")


def test_a_gauge_over_a_window_holds_if_its_mean_does() -> None:
    assert judged("postgres.connections < 80 % over 20s", connections(95.0)).outcome is Outcome.PASS
    assert judged("postgres.connections < 21 % over 20s", connections(95.0)).outcome is Outcome.FAIL


def test_a_gauge_may_be_asked_as_a_plain_number() -> None:
    found = judged("postgres.connections < 80", connections(79.0))

    assert (found.outcome, found.point, found.unit) == (Outcome.PASS, 79.0, "count")


def test_of_a_gauge_with_labels_every_one_must_hold() -> None:
    busy = samples_table(
        {("generator", "cpu", "1"): np.full(60, 0.2), ("generator", "cpu", "2"): np.full(60, 0.85)}
    )

    assert judged("generator.cpu < 80 %", busy).outcome is Outcome.FAIL
    assert judged("generator.cpu < 90 %", busy).outcome is Outcome.PASS


def test_a_gap_that_is_too_long_keeps_a_gauge_from_passing_but_not_from_failing() -> None:
    silent = (gap("postgres", 10, 30),)

    assert (
        judged("postgres.connections < 80 %", connections(79.0), timeline=silent).outcome is Outcome.UNDECIDED
    )
    assert judged("postgres.connections < 80 %", connections(95.0), timeline=silent).outcome is Outcome.FAIL


def test_a_short_gap_is_judged_around() -> None:
    silent = (gap("postgres", 10, 14),)

    assert judged("postgres.connections < 80 %", connections(79.0), timeline=silent).outcome is Outcome.PASS


def test_samples_that_stopped_are_a_gap_without_being_told() -> None:
    half = np.full(60, 20.0)
    half[30:] = np.nan
    table = samples_table({("host", "cpu"): half / 100})

    assert judged("cpu < 80 %", table).outcome is Outcome.UNDECIDED


def test_the_growth_of_a_counter_is_what_an_objective_about_it_means() -> None:
    deadlocks = samples_table({("postgres", "deadlocks"): [3.0] * 30 + [5.0] * 31}, epoch="a")

    assert judged("postgres.deadlocks == 0", deadlocks).outcome is Outcome.FAIL
    found = judged("postgres.deadlocks <= 2", deadlocks)
    assert (found.outcome, found.point) == (Outcome.PASS, 2.0)


def test_a_count_over_the_whole_run_does_not_pass_with_a_hole_in_it() -> None:
    values = np.full(61, 3.0)
    values[35:] = np.nan

    assert judged(
        "postgres.deadlocks == 0", samples_table({("postgres", "deadlocks"): values}, "a")
    ).outcome is (Outcome.UNDECIDED)


def waits(wait_ms: float, seed: int = 1, **more: np.ndarray) -> pa.Table:
    """A pooler whose clients wait this long on average: 50 transactions a second."""
    waited_us = np.random.default_rng(seed).exponential(1000 * wait_ms, (61, 50)).sum(axis=1)
    counters = {"wait_us": 9e6 + np.cumsum(waited_us), "transactions": 400 + 50.0 * np.arange(61), **more}
    return samples_table({("pgbouncer", name): values for name, values in counters.items()}, "a")


def test_the_mean_wait_for_a_pool_is_the_growth_of_all_waits_over_that_of_transactions() -> None:
    assert judged("pgbouncer.mean_wait_ms < 20 ms", waits(10.0)).outcome is Outcome.PASS
    found = judged("pgbouncer.mean_wait_ms < 5 ms", waits(10.0))
    assert found.outcome is Outcome.FAIL
    assert found.point == pytest.approx(10.0, rel=0.05)
    assert found.low < found.point < found.high
    assert found.total == 3000


def test_a_pooler_that_counts_who_was_given_a_server_is_judged_by_those() -> None:
    given = waits(10.0, server_assignments=25.0 * np.arange(61))

    assert judged("pgbouncer.mean_wait_ms < 5 ms", given).point == pytest.approx(20.0, rel=0.05)


def test_a_pool_that_nobody_asked_or_nobody_sampled_has_no_mean_wait() -> None:
    idle = samples_table(
        {("pgbouncer", "wait_us"): np.zeros(61), ("pgbouncer", "transactions"): np.zeros(61)}, "a"
    )

    assert judged("pgbouncer.mean_wait_ms < 5 ms", idle).outcome is Outcome.NO_DATA
    found = judged("pgbouncer.mean_wait_ms < 5 ms")
    assert found.outcome is Outcome.NO_DATA
    assert "--pgbouncer DSN" in found.reason


def test_a_source_that_was_lost_is_not_asked_for_by_its_option() -> None:
    asked, lost = Source(name="redis"), gap("redis", 0, 60)

    found = judged("redis.hit_rate > 90 %", timeline=(lost,), sources=(asked,))

    assert found.outcome is Outcome.NO_DATA
    assert found.reason == "redis hits and misses was not sampled in the judged time: no answer"


def test_a_source_that_was_never_there_is_asked_for_by_its_option() -> None:
    assert judged("redis.hit_rate > 90 %").reason.endswith("it takes --redis URL")
