"""An autoscaled platform against Erlang's table, and its triggers against those of a recorded run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from preseason.planning.triggers.autoscaling import Simulated, Step, simulate
from preseason.planning.triggers.backtest import backtest, rehearsal_of
from preseason.planning.triggers.theory import against_theory
from preseason.slo.ahead.autoscaling import parse_autoscaling
from preseason.slo.alerts.grammar import parse_alert
from preseason.slo.alerts.model import AlertLevel
from preseason.slo.reading import parse_slo
from preseason.testing import Traffic, samples_table, synthetic_run

RISING = "{model: open, stages: [{hold: 5m, rate: 40/s}, {ramp: 5m, to: 150/s}, {hold: 10m}], seed: 3}"


def simulated(
    load: str = RISING,
    *,
    scaling: str = "cpu > 70 % over 1m",
    down: str = "",
    platform: str = "service: 100 ms, servers: 4",
    instances: str = "least: 2, most: 10, arrive_after: 90s",
) -> Simulated:
    text = (
        f"load: {load}\nlimit: 500 ms\nplatform: {{{platform}}}\ninstances: {{{instances}}}\n"
        f"scaling: ['{scaling}']\n" + (f"scaling_down: ['{down}']\n" if down else "")
    )
    return simulate(parse_autoscaling(text, "platform.yaml"))


def fixed(servers: int, offered: float, seconds: int = 600) -> Simulated:
    """As many servers throughout, each request a tenth of a second on average."""
    return simulated(
        f"{{model: open, rate: {offered / 0.1}/s, duration: {seconds}s, seed: 5}}",
        platform=f"service: 100 ms, servers: {servers}",
        instances="least: 1, most: 1, arrive_after: 0s",
    )


@pytest.mark.parametrize(
    ("servers", "offered", "waits", "mean_wait"),
    [
        (1, 0.8, 0.8, 4.0),
        (2, 1.6, 0.711111, 1.777778),
        (10, 8, 0.409180, 0.204590),
        (14, 10, 0.174132, 0.043533),
    ],
)
def test_without_scaling_it_is_the_queue_of_erlangs_table(
    servers: int, offered: float, waits: float, mean_wait: float
) -> None:
    found = fixed(servers, offered, seconds=round(6000 / offered) + 600)
    (stretch,) = against_theory(found)
    by_name = {figure.figure: figure for figure in stretch.figures}
    assert by_name["share that waits"].theory == pytest.approx(waits, abs=1e-6)
    assert by_name["mean wait, in services"].theory == pytest.approx(mean_wait, abs=1e-6)
    assert by_name["share that waits longer than a service"].theory == pytest.approx(
        waits * np.exp(-(servers - offered)), rel=1e-5
    )
    assert all(figure.agrees for figure in stretch.figures)
    assert found.waited_s.mean() / 0.1 == pytest.approx(mean_wait, rel=0.2)


def test_instances_come_as_long_after_the_order_as_they_take_and_the_delay_costs_requests() -> None:
    soon, late = (
        simulated(instances=f"least: 2, most: 10, arrive_after: {delay}s, rest: 60s") for delay in (0, 240)
    )
    orders = [one for one in late.changes if one.step is Step.ORDERED]
    served = [one for one in late.changes if one.step is Step.SERVES]
    assert [one.at_s + 240 for one in orders][: len(served)] == [one.at_s for one in served]
    assert late.beyond.sum() > 10 * max(1, soon.beyond.sum())


def test_never_more_instances_than_the_most_nor_fewer_than_the_least() -> None:
    busy = simulated(instances="least: 1, most: 3, arrive_after: 10s, add: 2")
    assert busy.instances.max() == 3
    idle = simulated(
        "{model: open, rate: 4/s, duration: 30m}",
        down="cpu < 35 % over 1m",
        instances="least: 1, most: 9, first: 9, arrive_after: 60s, remove: 3",
    )
    taken = [one for one in idle.changes if one.step is Step.TAKEN]
    assert [one.instances for one in taken] == [6, 3, 1]
    assert idle.instances.min() == 1
    assert [one.at_s for one in taken] == [60, 120, 180]


def test_instance_seconds_count_from_the_order_on() -> None:
    alone = fixed(4, 1.0, seconds=600)
    assert alone.paid_s == 600
    grown = simulated(instances="least: 2, most: 3, arrive_after: 90s")
    (order,) = [one for one in grown.changes if one.step is Step.ORDERED]
    assert grown.paid_s == 2 * 1200 + (1200 - order.at_s)


def test_everybody_is_answered_or_gives_up_and_the_same_seed_gives_the_same() -> None:
    overloaded = simulated(
        instances="least: 1, most: 1, arrive_after: 0s", platform="service: 100 ms, servers: 4, gives_up: 2s"
    )
    assert overloaded.gave_up > 1000
    assert overloaded.waited_s[np.isfinite(overloaded.waited_s)].max() <= 2
    again = simulate(overloaded.of)
    assert np.array_equal(again.took_s, overloaded.took_s)
    patient = simulate(replace(overloaded.of, gives_up_s=None))
    assert patient.gave_up == 0
    assert np.isfinite(patient.took_s).all()


@pytest.mark.parametrize(
    "rule",
    [
        "cpu > 90 % lasting 20s",
        "cpu > 70 % over 1m",
        "mean > 1 s over 30s lasting 10s",
        "errors > 5 % over 1m",
    ],
)
def test_a_simulated_trigger_fires_when_a_recorded_run_of_the_same_would_have_it(rule: str) -> None:
    """The simulation asks as it goes along; the back-test asks the finished series."""
    found = simulated(
        scaling=rule,
        platform="service: 100 ms, servers: 4, gives_up: 3s",
        instances="least: 2, most: 3, arrive_after: 1h",
    )
    ends = found.arrived_s + np.where(np.isinf(found.took_s), 3.0, found.took_s)
    ended = ends < found.length_s
    run = synthetic_run(
        found.length_s,
        [
            Traffic.of(
                ends[ended].astype(np.int64),
                1000 * np.minimum(found.took_s[ended], 3.0),
                np.isfinite(found.took_s[ended]),
            )
        ],
        samples=[samples_table({("host", "cpu"): np.concatenate(([np.nan], found.cpu))})],
    )
    rehearsal = rehearsal_of(
        run,
        parse_slo(
            "load: {model: open, rate: 9/s, duration: 9s, warmup: 0s}\nobjectives: [p95 < 500 ms]\n", "s"
        ),
    )
    assert rehearsal is not None
    recorded = backtest(parse_alert(rule, AlertLevel.SCALING), rehearsal, 0)
    (order,) = [one for one in found.changes if one.step is Step.ORDERED]
    assert order.at_s == recorded.fired_s


def test_theory_is_asked_only_where_it_exists() -> None:
    even = "{model: open, spacing: uniform, rate: 16/s, duration: 10m}"
    full = "{model: open, rate: 90/s, duration: 10m}"
    one = "least: 1, most: 1, arrive_after: 0s"
    assert against_theory(simulated(even, platform="service: 100 ms, servers: 2", instances=one)) == ()
    assert against_theory(simulated(full, platform="service: 100 ms, servers: 8", instances=one)) == ()
    impatient = "service: 100 ms, servers: 2, gives_up: 200 ms"
    assert (
        against_theory(
            simulated("{model: open, rate: 16/s, duration: 10m}", platform=impatient, instances=one)
        )
        == ()
    )
