from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preseason.planning.search.demand import demand
from preseason.planning.search.recovery import recovered_after_s
from preseason.planning.search.resources import Span, Use, unmeasured, uses
from preseason.testing import ORIGIN_S, Traffic, samples_table, synthetic_run

if TYPE_CHECKING:
    from preseason.run.samples import Samples

SECONDS = 60
SPAN = Span(ORIGIN_S, ORIGIN_S + SECONDS)


def sampled(gauges: dict[tuple[str, ...], float], rates: dict[tuple[str, ...], float]) -> Samples:
    """Constant gauges, and counters that grow by so much a second."""
    second = np.arange(SECONDS, dtype=np.float64)
    tables = [
        samples_table({key: np.full(SECONDS, value) for key, value in gauges.items()}),  # type: ignore[misc]
        samples_table({key: 100 + value * second for key, value in rates.items()}, epoch="one"),  # type: ignore[misc]
    ]
    return synthetic_run(SECONDS, samples=tables).samples


def test_every_resource_is_told_with_what_there_is_of_it() -> None:
    samples = sampled(
        {
            ("host", "process_cpu", "platform"): 0.5,
            ("host", "process_cpu", "postgres"): 0.25,
            ("host", "process_cpu", "generator"): 0.9,
            ("host", "cpu", "db"): 0.4,
            ("host", "memory", "db"): 0.6,
            ("host", "cpu"): 0.8,
            ("postgres", "connections"): 25.0,
            ("postgres", "connections_limit"): 97.0,
            ("pgbouncer", "pool_use"): 0.3,
            ("redis", "memory_bytes"): 1e6,
            ("redis", "memory_limit_bytes"): 0.0,
            ("prometheus", "db_io", "instance=db"): 0.7,
            ("prometheus", "queue", "instance=db"): 12.0,
        },
        {
            ("host", "disk_busy_s", "db:sda"): 0.2,
            ("postgres", "active_ms"): 1500.0,
            ("redis", "main_thread_cpu_s"): 0.1,
        },
    )
    assert uses(samples, SPAN, {"platform": 1.0, "postgres": 2.0}) == {
        "application CPU": Use(0.5, 1.0, "cores", shared=False),
        "database CPU": Use(0.25, 2.0, "cores"),
        "machine db CPU": Use(pytest.approx(0.4), 1.0, "share"),
        "machine db memory": Use(pytest.approx(0.6), 1.0, "share", kept=True),
        "machine db disk sda": Use(pytest.approx(0.2), 1.0, "share"),
        "database connections": Use(25.0, 97.0, "connections"),
        "busy database connections": Use(pytest.approx(1.5), 97.0, "connections"),
        "connection pool": Use(pytest.approx(0.3), 1.0, "share"),
        "Redis CPU": Use(pytest.approx(0.1), 1.0, "cores"),
        "Redis memory": Use(1e6, None, "bytes", kept=True),
        "prometheus.db_io": Use(pytest.approx(0.7), 1.0, "share"),
    }


def test_this_machine_is_told_where_nothing_else_is() -> None:
    found = uses(sampled({("host", "cpu"): 0.8}, {}), SPAN, {})
    assert list(found) == ["machine (with the load generator) CPU"]


def test_what_was_not_sampled_is_named_with_its_cure() -> None:
    assert [resource for resource, _ in unmeasured({"application CPU", "machine db CPU"})] == [
        "database connections",
        "connection pool",
        "Redis CPU",
        "Redis memory",
    ]
    assert len(unmeasured(set())) == 7


def test_the_interval_of_where_a_resource_is_used_up_covers_the_truth() -> None:
    random, x, covered = np.random.default_rng(5), np.array([5, 10, 20, 40, 60, 80.0]), 0
    for _ in range(300):
        found = demand("cpu", list(x), list(0.1 + 0.01 * x + random.normal(0, 0.03, len(x))), limit=1)
        assert found is not None
        low, high = found.saturation_bounds
        covered += low <= 90 <= high
    assert covered >= 0.92 * 300


def test_a_resource_that_requests_do_not_need_has_no_end() -> None:
    random = np.random.default_rng(6)
    found = demand("disk", [10, 20, 30, 40], list(0.2 + random.normal(0, 0.01, 4)), limit=1)
    assert found is not None
    assert found.saturation_bounds == (40, math.inf)
    assert not found.limits


@given(st.floats(0.01, 1e6), st.lists(st.floats(1, 1e4), min_size=3, max_size=9, unique=True))
def test_what_stands_still_but_for_rounding_is_not_needed(used: float, throughput: list[float]) -> None:
    rounded = [used * (1 + (-1) ** step * 1e-15) for step in range(len(throughput))]

    found = demand("open connections", throughput, rounded, 97)

    assert found is None or not found.shown
    assert found is None or math.isinf(found.saturation_rate)


def test_recovery_is_the_time_until_responses_are_good_again() -> None:
    times_ms = np.where(np.arange(300) < 80, 900.0, 50.0)  # ten a second: slow for eight seconds
    run = synthetic_run(30, [Traffic.of(np.repeat(np.arange(30), 10), times_ms)])
    assert recovered_after_s(run, ORIGIN_S - 12, 200) == 20
    assert recovered_after_s(run, ORIGIN_S - 12, None) == 12
    slow = synthetic_run(30, [Traffic.steady(30, 10, 900.0)])
    assert recovered_after_s(slow, ORIGIN_S, 200) is None
    assert recovered_after_s(synthetic_run(30), ORIGIN_S, 200) is None
