"""What must last, sample by sample: coverage, holes, edges, several machines."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preseason.run.tables import SCHEMAS, Table
from preseason.slo.alerts.grammar import parse_alert
from preseason.slo.alerts.model import AlertLevel, AlertPolicy
from preseason.testing import ORIGIN_S, Traffic, synthetic_run
from preseason.verdict.alerts import alerts_of
from preseason.verdict.evidence import evidence_of
from preseason.verdict.model import AlertResult, AlertState

FIRED, QUIET, NOT_EVALUABLE = AlertState


def sampled(
    seconds: int, moments: dict[str, np.ndarray], values: dict[str, np.ndarray], rule: str
) -> AlertResult:
    """``rule`` asked of a run whose CPU was sampled at these moments, by machine."""
    rows = [
        {
            "time": ORIGIN_S + float(moment),
            "source": "host",
            "metric": "cpu",
            "label": label,
            "value": float(value),
            "epoch": "",
        }
        for label in moments
        for moment, value in zip(moments[label], values[label], strict=True)
    ]
    table = pa.Table.from_pylist(rows, schema=SCHEMAS[Table.SAMPLES])
    run = synthetic_run(seconds, [Traffic.steady(seconds, 10, 10.0)], samples=[table])
    policy = AlertPolicy("", (parse_alert(rule, AlertLevel.SCALING),), "")
    (result,) = alerts_of(policy, evidence_of(run, 0.0), ())
    return result


def alone(seconds: int, moments: np.ndarray, values: np.ndarray, rule: str) -> AlertResult:
    return sampled(seconds, {"": moments}, {"": values}, rule)


def fired_s(result: AlertResult) -> float | None:
    return result.firings[0].start_s - ORIGIN_S if result.firings else None


def test_a_load_exactly_as_long_as_the_window_can_fire() -> None:
    every = np.arange(300) + 0.4
    assert fired_s(alone(300, every, np.full(300, 0.81), "cpu > 80 % lasting 5m")) == 300
    assert alone(299, every[:299], np.full(299, 0.81), "cpu > 80 % lasting 5m").state is NOT_EVALUABLE


def test_it_fires_as_long_after_the_crossing_as_it_must_last() -> None:
    every = np.arange(600.0)
    ramp = np.where(every < 240, 0.8, 0.8001)  # equal is not above
    assert fired_s(alone(600, every, ramp, "cpu > 80 % lasting 5m")) == 540


@pytest.mark.parametrize(
    ("missing", "state"),
    [
        ([100], FIRED),  # a hole of two intervals
        ([100, 101], NOT_EVALUABLE),  # of three
        (list(range(30, 270, 20)), FIRED),  # 12 of 300: 96 % are there
        (list(range(2, 298, 8)), NOT_EVALUABLE),  # 37 of 300: 87.7 %
    ],
)
def test_a_window_needs_nine_tenths_of_its_samples_and_no_hole(missing: list[int], state: AlertState) -> None:
    every = np.setdiff1d(np.arange(300), missing).astype(float)
    assert alone(300, every, np.full(len(every), 0.9), "cpu > 80 % lasting 5m").state is state


def test_one_good_sample_is_known_not_to_be_bad_throughout_whatever_is_missing() -> None:
    every = np.concatenate((np.arange(100.0), np.arange(160.0, 300.0)))
    values = np.where((every == 99) | (every == 170), 0.5, 0.9)
    assert alone(300, every, values, "cpu > 80 % lasting 200s").state is QUIET


def test_four_samples_or_more_make_a_window() -> None:
    minutes = np.arange(0.0, 900.0, 60.0)
    busy = np.full(len(minutes), 0.9)
    assert fired_s(alone(900, minutes, busy, "cpu > 80 % lasting 5m")) == 300
    refused = alone(900, minutes, busy, "cpu > 80 % lasting 2m")
    assert refused.state is NOT_EVALUABLE
    assert "sampled every 60 s" in refused.reason


def test_two_machines_that_take_turns_have_not_lasted_and_one_is_enough() -> None:
    every, first = np.arange(300.0), np.arange(300) < 150
    moments = {"a": every, "b": every}
    turns = {"a": np.where(first, 0.9, 0.1), "b": np.where(first, 0.1, 0.9)}
    assert sampled(300, moments, turns, "cpu > 80 % lasting 200s").state is QUIET
    busy = {"a": np.full(300, 0.9), "b": np.full(300, 0.1)}
    assert sampled(300, moments, busy, "cpu > 80 % lasting 200s").state is FIRED


def test_what_is_bad_when_low_lasts_as_well() -> None:
    every = np.arange(120.0)
    assert fired_s(alone(120, every, np.full(120, 0.1), "cpu < 20 % lasting 1m")) == 60


@given(st.lists(st.sampled_from([0.5, 0.9, 0.9, 0.9, None]), min_size=6, max_size=60), st.integers(4, 12))
def test_windows_are_those_that_a_look_at_each_finds(levels: list[float | None], lasting_s: int) -> None:
    every = np.array([at for at, level in enumerate(levels) if level is not None], dtype=float)
    values = np.array([level for level in levels if level is not None])
    if len(every) < 3 or np.median(np.diff(every)) != 1:
        return
    result = alone(len(levels), every, values, f"cpu > 80 % lasting {lasting_s}s")

    firing = set()
    for end in range(lasting_s, len(levels) + 1):
        inside = (every >= end - lasting_s) & (every <= end)
        edges = np.concatenate(([end - lasting_s], every[inside], [end]))
        enough = inside.sum() >= max(4, 0.9 * lasting_s) and np.diff(edges).max() <= 2
        if enough and (values[inside] > 0.8).all():
            firing.add(end)
    found = {
        second
        for one in result.firings
        for second in range(
            int(one.start_s) - ORIGIN_S,
            len(levels) + 1 if one.end_s is None else int(one.end_s) - ORIGIN_S,
        )
    }
    assert found == firing
