"""Many objectives at once, and promises that no single run can decide."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scipy.stats import binom

from preseason.errors import ExitCode
from preseason.run.requests import Endpoint
from preseason.slo.reading import parse_slo
from preseason.testing import SyntheticRun, Traffic, arrivals_table, samples_table, synthetic_run
from preseason.verdict.judging import judge
from preseason.verdict.model import Outcome, Verdict

LOAD = "load: {model: open, rate: 20/s, duration: 60s, warmup: 0s}\n"
ENDPOINTS = [Endpoint(f"/api/{number}", "GET") for number in range(20)]


def verdict_on(run: SyntheticRun, *objectives: str) -> Verdict:
    listed = "".join(f"  - {objective}\n" for objective in objectives)
    return judge(run, parse_slo(f"{LOAD}objectives:\n{listed}", "slo.yaml"))


def with_errors(endpoint: Endpoint, errors: int, requests: int = 1200) -> Traffic:
    """Spread evenly over a minute, so that every request counts."""
    ok = np.ones(requests, dtype=bool)
    ok[np.linspace(0, requests - 1, errors, dtype=int)] = False
    return Traffic.of(np.arange(requests) * 60 // requests, 10.0, ok, endpoint=endpoint)


def failures_claimed(errors: list[int]) -> int:
    endpoints = ENDPOINTS[: len(errors)]
    run = synthetic_run(60, [with_errors(*pair) for pair in zip(endpoints, errors, strict=True)])
    verdict = verdict_on(run, *(f"errors < 1 % for {endpoint}" for endpoint in endpoints))
    return sum(result.outcome is Outcome.FAIL for result in verdict.objectives)


def test_one_weak_failure_among_many_objectives_is_left_open() -> None:
    """20 errors of 1 200 against 1 %: p = 0.02, too likely among 20 endpoints."""
    assert binom.sf(19, 1200, 0.01) == pytest.approx(0.02, abs=0.003)

    assert failures_claimed([20]) == 1
    assert failures_claimed([20] + [0] * 19) == 0


def test_a_clear_failure_stands_among_however_many() -> None:
    assert failures_claimed([60] + [0] * 19) == 1


def test_a_clear_failure_makes_room_for_a_weaker_one() -> None:
    """Holm: after the clearer of two is claimed, the other is judged as if it stood alone."""
    assert failures_claimed([20, 0]) == 0
    assert failures_claimed([20, 60]) == 2
    assert failures_claimed([20, 60, 0]) == 1


def test_what_is_left_open_says_why_and_keeps_its_interval() -> None:
    run = synthetic_run(60, [with_errors(endpoint, 20 * (not n)) for n, endpoint in enumerate(ENDPOINTS)])
    verdict = verdict_on(run, *(f"errors < 1 % for {endpoint}" for endpoint in ENDPOINTS))

    found = verdict.objectives[0]
    assert found.outcome is Outcome.UNDECIDED
    assert "one of 20" in found.reason
    assert "more requests" in found.needs
    assert found.low is not None
    assert found.low > 0.01
    assert verdict.exit_code is ExitCode.UNDECIDED


def test_a_window_that_misses_by_chance_is_told_of_once_in_a_family() -> None:
    """Its second window fails if it is the only objective, and not as one of two windows of one of two."""
    ok = np.ones(2400, dtype=bool)
    ok[np.linspace(1200, 2399, 22, dtype=int)] = False
    traffic = Traffic.of(np.arange(2400) * 120 // 2400, 10.0, ok, endpoint=ENDPOINTS[0])
    steady = with_errors(ENDPOINTS[1], 0)
    asked = f"errors < 1 % over 1m for {ENDPOINTS[0]}"
    alone = verdict_on(synthetic_run(120, [traffic]), asked).objectives[0]
    found = verdict_on(synthetic_run(120, [traffic, steady]), asked, f"errors < 1 % for {ENDPOINTS[1]}")

    reason = found.objectives[0].reason
    assert (alone.outcome, found.objectives[0].outcome) == (Outcome.FAIL, Outcome.UNDECIDED)
    assert reason.count("chance miss") == 1, reason
    assert "the objective, too, is one of 2" in reason


def test_that_all_hold_needs_no_correction() -> None:
    """15 errors of 2 400 pass alone, and twenty of that pass together."""
    run = synthetic_run(60, [with_errors(endpoint, 15, requests=2400) for endpoint in ENDPOINTS])
    verdict = verdict_on(run, *(f"errors < 1 % for {endpoint}" for endpoint in ENDPOINTS))

    assert {result.outcome for result in verdict.objectives} == {Outcome.PASS}


def test_what_chance_has_no_part_in_is_not_counted() -> None:
    """A gauge over its limit and a hundred advisory objectives take nothing from a required one."""
    gauge = samples_table({("host", "cpu"): np.full(60, 0.9)})
    run = synthetic_run(60, [with_errors(ENDPOINTS[0], 20)], samples=[gauge])
    advisory = [f"{{objective: errors < {50 + n} %, required: false}}" for n in range(20)]

    verdict = verdict_on(run, f"errors < 1 % for {ENDPOINTS[0]}", "cpu < 80 %", *advisory)

    assert [result.outcome for result in verdict.objectives[:2]] == [Outcome.FAIL, Outcome.FAIL]


@cache
def journeys() -> object:
    return arrivals_table([20] * 60)


def test_false_failures_among_twenty_objectives_are_as_rare_as_of_one() -> None:
    """Twenty endpoints at their limit of 5 % errors, 40 runs: without Holm, most runs claim a failure."""
    objectives = "".join(f"  - errors < 5 % for {endpoint}\n" for endpoint in ENDPOINTS)
    slo = parse_slo(f"{LOAD}objectives:\n{objectives}", "slo.yaml")
    claimed = 0
    for seed in range(40):
        generator = np.random.default_rng(seed)
        traffic = [
            Traffic.of(np.arange(600) // 10, 10.0, generator.random(600) >= 0.05, endpoint=endpoint)
            for endpoint in ENDPOINTS
        ]
        run = synthetic_run(60, traffic, arrivals=journeys())
        claimed += any(result.outcome is Outcome.FAIL for result in judge(run, slo).objectives)

    assert claimed / 40 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 40)


def test_three_nines_are_advisory_in_a_short_run_and_say_how_many_probes_they_take() -> None:
    run = synthetic_run(60, [Traffic.steady(60, 20, 10.0)])

    verdict = verdict_on(run, "availability >= 99.9 %", "errors < 1 %")

    long_run, errors = verdict.objectives
    assert (long_run.outcome, long_run.required) == (Outcome.UNDECIDED, False)
    assert "2\u202f995 independent probes" in long_run.needs
    assert "1\u202f200 requests" in long_run.reason
    assert (errors.outcome, verdict.exit_code) == (Outcome.PASS, ExitCode.PASS)


def test_three_nines_are_judged_where_a_run_can_decide_them() -> None:
    perfect = synthetic_run(60, [Traffic.steady(60, 50, 10.0)])
    broken = synthetic_run(60, [with_errors(ENDPOINTS[0], 60)])

    assert verdict_on(perfect, "availability >= 99.9 %").exit_code is ExitCode.PASS
    assert verdict_on(broken, "availability >= 99.9 %").exit_code is ExitCode.FAILED


def test_a_run_of_nothing_but_a_long_promise_is_undecided() -> None:
    run = synthetic_run(60, [Traffic.steady(60, 20, 10.0)])

    assert verdict_on(run, "availability >= 99.9 %").exit_code is ExitCode.UNDECIDED


def test_hit_rates_that_scatter_more_than_chance_are_judged_by_batches() -> None:
    """92.5 % of 6 000 look-ups were hits: clear if each counted, open if half minutes share their fate."""
    rates = np.where(np.arange(60) // 15 % 2 == 0, 1.0, 0.85)
    hits, misses = np.cumsum(100 * rates), np.cumsum(100 * (1 - rates))

    def outcome(hit: np.ndarray, missed: np.ndarray) -> Outcome:
        counters = {("redis", "keyspace_hits"): hit, ("redis", "keyspace_misses"): missed}
        run = synthetic_run(60, [Traffic.steady(60, 20, 10.0)], samples=[samples_table(counters, epoch="a")])
        return verdict_on(run, "redis.hit_rate > 90 %").objectives[0].outcome

    assert outcome(hits, misses) is Outcome.UNDECIDED
    assert outcome(np.arange(60) * 92.5, np.arange(60) * 7.5) is Outcome.PASS


def test_a_rate_is_never_told_to_be_negative() -> None:
    burst = Traffic.of(np.repeat([5, 40], 200), 10.0)

    found = verdict_on(synthetic_run(60, [burst]), "rate > 1/s").objectives[0]

    assert found.low == 0
    assert "between 0/s and" in found.reason
    assert found.outcome is Outcome.UNDECIDED


def test_a_rate_that_may_be_nothing_does_not_pass_for_being_more_than_nothing() -> None:
    burst = Traffic.of(np.repeat([5, 40], 200), 10.0)
    slo = parse_slo(f"{LOAD}objectives:\n  - rate > 1/s\n", "slo.yaml")
    slo = replace(slo, objectives=(replace(slo.objectives[0], limit=0.0),))

    assert judge(synthetic_run(60, [burst]), slo).objectives[0].outcome is Outcome.UNDECIDED
