from __future__ import annotations

import numpy as np
import pyarrow as pa

from preseason.run.samples import Metric, Samples, Series
from preseason.run.tables import SCHEMAS, Table
from preseason.testing import ORIGIN_S, samples_table


def series(values: list[float], epochs: str) -> Series:
    return Series(np.arange(len(values), dtype=float), np.array(values), np.array(list(epochs)))


def test_samples_are_found_by_source_metric_and_label_in_the_order_of_time() -> None:
    table = samples_table({("redis", "hits"): [1, 2, 3], ("generator", "cpu", "2"): [0.5]})
    samples = Samples.of(pa.concat_tables([table.slice(2), table.slice(0, 2)]))

    assert samples.get("redis", "hits").value.tolist() == [1.0, 2.0, 3.0]
    assert samples.get("redis", "hits").time_s.tolist() == [ORIGIN_S, ORIGIN_S + 1, ORIGIN_S + 2]
    assert list(samples.labelled("generator", "cpu")) == ["2"]
    assert list(samples.series) == [Metric("generator", "cpu", "2"), Metric("redis", "hits")]


def test_a_metric_that_nobody_sampled_is_an_empty_series() -> None:
    samples = Samples.of(SCHEMAS[Table.SAMPLES].empty_table())

    assert len(samples.get("redis", "hits")) == 0
    assert samples.labelled("generator", "cpu") == {}
    assert samples.get("redis", "hits").deltas().total == 0.0


def test_growth_is_counted_between_neighbouring_samples() -> None:
    deltas = series([5, 7, 7, 12], "aaaa").deltas()

    assert deltas.growth.tolist() == [2.0, 0.0, 5.0]
    assert deltas.total == 7.0


def test_growth_is_never_counted_across_a_reset() -> None:
    """The server restarted between the second and the third sample, and counted past the old value."""
    deltas = series([5, 7, 100, 101], "aabb").deltas()

    assert deltas.valid.tolist() == [True, False, True]
    assert np.isnan(deltas.growth[1])
    assert deltas.total == 3.0


def test_a_counter_that_went_back_is_a_gap_even_within_one_epoch() -> None:
    assert series([5, 3, 4], "aaa").deltas().valid.tolist() == [False, True]


def test_a_ratio_of_two_gauges_is_taken_where_both_were_sampled() -> None:
    limits = Series(np.array([1.0, 2.0, 3.0]), np.array([10.0, 0.0, 20.0]), np.array(["", "", ""]))

    ratio = series([1, 2, 3, 4], "    ").divided_by(limits)

    assert ratio.time_s.tolist() == [1.0, 3.0]
    assert ratio.value.tolist() == [0.2, 0.2]
