from __future__ import annotations

import pytest

from preseason.campaign.capacity.conducting import step_slo
from preseason.campaign.guardrails import Guardrail, GuardrailError
from preseason.campaign.observer import Progress
from preseason.planning.search.next_step import Planned, Purpose
from preseason.planning.search.resources import Use
from preseason.planning.search.steps import Measured, demands, landmarks, measured, scalability
from preseason.slo.reading import parse_slo
from preseason.testing import Traffic, samples_table, synthetic_run
from preseason.verdict.judging import judge

SLO = parse_slo(
    """version: 1
name: capacity
load:
  model: open
  spacing: uniform
  seed: 7
  stages: [{ramp: 10s, to: 5/s}, {hold: 60s, rate: 5/s}]
  mix: {lineup: 1, trade: 3}
objectives: [p95 < 200 ms, errors < 1 %]
""",
    "slo.yaml",
)


def seen(
    offered: float, succeeded: float, p95_ms: float = 20, errors: float = 0.0, cpu: float = 0.1
) -> Measured:
    used = {"application CPU": Use(cpu, 1.0, "cores", shared=False)}
    concurrency = succeeded * p95_ms / 2000
    return Measured(offered, succeeded, errors, p95_ms, concurrency, valid=True, uses=used)


def test_a_step_asks_the_same_objectives_under_one_constant_load() -> None:
    slo = step_slo(SLO, Planned(12.5, Purpose.BISECT), settle_s=10, length_s=40)
    assert slo.objectives == SLO.objectives
    (stage,) = slo.load.stages
    assert (stage.begin, stage.end, stage.end_s) == (12.5, 12.5, 40)
    assert (slo.load.warmup_s, slo.load.seed, dict(slo.load.mix or {})) == (10, 7, {"lineup": 1, "trade": 3})
    assert slo.load.spacing is SLO.load.spacing
    assert slo.load.max_in_flight == 150


def test_a_step_is_measured_from_its_judged_time() -> None:
    run = synthetic_run(
        60,
        [Traffic.steady(60, 10, 50.0)],
        samples=(samples_table({("host", "process_cpu", "platform"): [0.5] * 60}),),
    )
    slo = parse_slo(
        "load: {model: open, rate: 5/s, duration: 60s, warmup: 10s}\nobjectives: [p95 < 200 ms]\n", "s"
    )
    found = measured(run, judge(run, slo), 5.0, {"platform": 1.0})
    assert found is not None
    assert found.succeeded == pytest.approx(10)
    assert found.concurrency == pytest.approx(0.5)
    assert found.p95_ms == pytest.approx(50, rel=0.01)
    assert found.uses == {"application CPU": Use(pytest.approx(0.5), 1.0, "cores", shared=False)}
    assert found.bytes_each == 1000


def test_four_numbers_come_from_the_steps() -> None:
    steps = [
        seen(10, 50),
        seen(20, 99),
        seen(40, 150, p95_ms=90),
        seen(60, 160, p95_ms=900),
        seen(80, 120, 3000),
    ]
    found = landmarks(steps)
    assert (found.knee, found.peak, found.peak_at, found.collapse) == (40, 160, 60, 80)


def test_what_was_not_reached_is_not_told() -> None:
    assert landmarks([]).peak is None
    found = landmarks([seen(10, 50), seen(20, 100)])
    assert (found.knee, found.collapse) == (None, None)


def test_errors_that_come_fast_are_no_throughput_of_the_law() -> None:
    steps = [seen(n, 10 * n, p95_ms=20) for n in (1, 2, 4, 8, 16, 32)]
    assert scalability(steps[:2]) is None
    law = scalability([*steps, seen(64, 5000, errors=0.5)])
    assert law is not None
    assert law.at_least == 320


def test_the_core_that_is_used_up_first_is_named() -> None:
    steps = [seen(rate, 5 * rate, cpu=0.05 + 0.01 * rate) for rate in (10, 20, 30, 40)]
    (found,) = demands(steps)
    assert found.each == pytest.approx(0.002)
    assert found.saturation_rate == pytest.approx(475)


class _Silent:
    def step(self, text: str) -> None:
        pass

    def progress(self, progress: Progress) -> None:
        pass


def looks(guardrail: Guardrail, count: int, **facts: float) -> None:
    for _ in range(count):
        guardrail.progress(Progress(phase="load", elapsed_s=30, requests_rate=50, **facts))


def test_a_step_that_does_harm_is_stopped_after_some_seconds() -> None:
    guardrail = Guardrail(_Silent(), settle_s=10, limit_ms=200)
    looks(guardrail, 7, p95_ms=1500)
    looks(guardrail, 1, p95_ms=100)
    looks(guardrail, 7, p95_ms=1500)
    with pytest.raises(GuardrailError, match="5 times the limit of 200 ms"):
        looks(guardrail, 1, p95_ms=1500)
    with pytest.raises(GuardrailError, match="failed"):
        looks(Guardrail(_Silent(), settle_s=10, limit_ms=None), 8, errors_rate=10)


def test_warm_up_and_few_requests_stop_nothing() -> None:
    guardrail = Guardrail(_Silent(), settle_s=40, limit_ms=200)
    looks(guardrail, 20, p95_ms=1500)
    assert guardrail.loading
    quiet = Guardrail(_Silent(), settle_s=0, limit_ms=200)
    for _ in range(20):
        quiet.progress(Progress(phase="draining", elapsed_s=30, requests_rate=2, p95_ms=9000))
    assert not quiet.loading
