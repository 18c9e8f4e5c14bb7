from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from preseason.run.histogram import BUCKETS, RELATIVE_WIDTH, Histogram, bucket_of, lower_edge_ms

LATENCIES = st.floats(min_value=0.001, max_value=1e8)


@given(LATENCIES)
def test_a_latency_lies_between_the_edges_of_its_bucket_which_are_close(latency_ms: float) -> None:
    bucket = bucket_of(np.array([latency_ms]))
    lower, upper = lower_edge_ms(np.array([bucket[0], bucket[0] + 1]))

    assert lower <= latency_ms < upper
    assert upper - lower <= RELATIVE_WIDTH * lower * (1 + 1e-9)


@given(st.lists(LATENCIES, min_size=1), st.lists(LATENCIES))
def test_merging_loses_nothing(one: list[float], other: list[float]) -> None:
    merged = Histogram.of(np.array(one)) + Histogram.of(np.array(other))

    assert np.array_equal(merged.counts, Histogram.of(np.array(one + other)).counts)


@given(st.lists(LATENCIES, min_size=1, max_size=50), st.floats(min_value=0.01, max_value=1.0))
def test_a_quantile_is_within_half_a_bucket_of_the_value_of_its_rank(values: list[float], q: float) -> None:
    exact = sorted(values)[max(1, int(np.ceil(q * len(values)))) - 1]

    found = Histogram.of(np.array(values)).quantile_ms(q)

    assert found is not None
    assert abs(found - exact) <= exact * RELATIVE_WIDTH


def test_the_edges_of_all_buckets_rise() -> None:
    edges = lower_edge_ms(np.arange(128, BUCKETS))

    assert (np.diff(edges) > 0).all()


def test_values_outside_the_range_share_the_outermost_buckets() -> None:
    assert bucket_of(np.array([-5.0, 0.0, 0.0005])).tolist() == [0, 0, 0]
    assert bucket_of(np.array([1e15])).tolist() == [BUCKETS - 1]


def test_an_empty_histogram_has_no_quantile() -> None:
    assert Histogram.empty().quantile_ms(0.5) is None


def test_a_limit_that_cuts_a_bucket_leaves_it_open_on_which_side_its_values_lie() -> None:
    histogram = Histogram.of(np.array([100.0, 199.99, 200.01, 300.0]))

    within = histogram.within(200.0)

    assert within.at_least <= 2 <= within.at_most
    assert (histogram.within(250.0).at_least, histogram.within(250.0).at_most) == (3, 3)


def test_ten_thousand_fast_requests_and_a_stall_of_a_hundred_seconds() -> None:
    """The raw half of HdrHistogram's known answers: coordinated omission hides the stall until p99.99."""
    raw = Histogram.of(np.array([1.0] * 10_000 + [100_000.0]))

    assert raw.total == 10_001
    for q, expected_ms in [(0.3, 1.0), (0.5, 1.0), (0.99, 1.0), (0.9999, 1.0), (0.99999, 100_000.0)]:
        found = raw.quantile_ms(q)
        assert found is not None
        assert abs(found - expected_ms) <= expected_ms * RELATIVE_WIDTH


def test_the_stall_shows_when_latency_counts_from_the_intended_start() -> None:
    """The corrected half: what 10 ms arrivals during the stall would have waited."""
    waited = np.arange(100_000.0, 0.0, -10.0)
    corrected = Histogram.of(np.concatenate([np.full(10_000, 1.0), waited]))

    assert corrected.total == 20_000
    for q, expected_ms in [(0.3, 1.0), (0.5, 1.0), (0.75, 50_000.0), (0.9, 80_000.0), (0.99, 98_000.0)]:
        found = corrected.quantile_ms(q)
        assert found is not None
        assert abs(found - expected_ms) <= expected_ms * RELATIVE_WIDTH
