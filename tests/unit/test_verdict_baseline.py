"""Runs against their baseline: what is refused, and how often a change is called wrongly."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from preseason.report import comparison as told
from preseason.run.manifest import Status
from preseason.simulated import autoregressive, lognormal_ms
from preseason.slo.reading import parse_slo
from preseason.testing import LEAGUE, LINEUP, Traffic, arrivals_table, synthetic_run
from preseason.verdict.baseline import differences, unfit
from preseason.verdict.comparison import Margins, compare
from preseason.verdict.evidence import Baseline, evidence_of
from preseason.verdict.judging import judge
from preseason.verdict.model import Decision, Outcome
from preseason.verdict.regression import judge_against
from preseason.verdict.statistics.resampling import blocks_of

if TYPE_CHECKING:
    from preseason.testing import SyntheticRun
    from preseason.verdict.evidence import Evidence
    from preseason.verdict.model import ObjectiveResult

SECONDS, PER_SECOND = 120, 40
LOAD = f"load: {{model: open, rate: 20/s, duration: {SECONDS}s, warmup: 0s}}\n"


@cache
def journeys() -> Any:  # noqa: ANN401 - a table of Arrow
    return arrivals_table([20] * SECONDS)


def traffic(p95_ms: float, seed: int = 1, phi: float = 0.5, errors: float = 0.0, **of: Any) -> Traffic:  # noqa: ANN401 - passed on
    draw = np.random.default_rng([seed, 5])
    times_ms = lognormal_ms(autoregressive(phi, SECONDS * PER_SECOND, draw), p95_ms, 0.5)
    return Traffic.steady(SECONDS, PER_SECOND, times_ms, ok=draw.random(len(times_ms)) >= errors, **of)


def run_of(*parts: Traffic, **changes: Any) -> SyntheticRun:  # noqa: ANN401 - passed on
    return synthetic_run(SECONDS, parts, arrivals=journeys(), **changes)


def evidence(*parts: Traffic) -> Evidence:
    found = evidence_of(run_of(*parts), 0.0)
    assert found is not None
    return found


def judged(run: SyntheticRun, objective: str, *baseline: SyntheticRun) -> ObjectiveResult:
    slo = parse_slo(f"{LOAD}objectives:\n  - {objective}\n", "slo.yaml")
    return judge(run, slo, baseline=Baseline(baseline)).objectives[0]


def test_a_slower_run_fails_against_its_baseline_and_an_equal_one_passes() -> None:
    base, same, slower = run_of(traffic(100)), run_of(traffic(100, seed=2)), run_of(traffic(150, seed=3))

    passed, failed = (judged(run, "p95 < 120 % of baseline", base) for run in (same, slower))

    assert (passed.outcome, failed.outcome) == (Outcome.PASS, Outcome.FAIL)
    assert (failed.unit, failed.limit) == ("ratio", 1.2)
    assert failed.point == pytest.approx(1.5, rel=0.1)
    assert failed.low is not None
    assert failed.high is not None
    assert 1.2 < failed.low < failed.point < failed.high


@pytest.mark.parametrize(
    ("objective", "outcome"),
    [
        ("mean < 110 % of baseline", Outcome.FAIL),
        ("mean < 200 % of baseline", Outcome.PASS),
        ("errors < 110 % of baseline", Outcome.FAIL),
        ("rate > 90 % of baseline", Outcome.PASS),
        ("rate > 120 % of baseline", Outcome.FAIL),
    ],
)
def test_every_figure_that_may_be_compared_is(objective: str, outcome: Outcome) -> None:
    base, worse = run_of(traffic(100, errors=0.02)), run_of(traffic(140, seed=2, errors=0.08))

    assert judged(worse, objective, base).outcome is outcome


def test_a_ratio_to_nothing_is_undecided() -> None:
    found = judged(run_of(traffic(100)), "errors < 110 % of baseline", run_of(traffic(100, seed=2)))

    assert found.outcome is Outcome.UNDECIDED
    assert "nothing to take a ratio of" in found.reason


def test_a_percentile_among_failures_has_no_ratio() -> None:
    found = judged(run_of(traffic(100, errors=0.2)), "p95 < 110 % of baseline", run_of(traffic(100, seed=2)))

    assert found.outcome is not Outcome.PASS
    assert (found.point, found.high) == (None, None)


def test_the_same_runs_always_give_the_same_answer() -> None:
    base, run = run_of(traffic(100)), run_of(traffic(103, seed=2))

    first, second = (judged(run, "p95 < 105 % of baseline", base) for _ in range(2))

    assert first == second


def test_a_run_of_seconds_is_too_short_to_be_compared() -> None:
    short = synthetic_run(4, [Traffic.steady(4, 50, 10.0)])

    found = judged(short, "p95 < 110 % of baseline", run_of(traffic(100)))

    assert found.outcome is Outcome.UNDECIDED
    assert "too short" in found.reason


@pytest.mark.parametrize("phi", [0.0, 0.9])
def test_at_the_margin_itself_neither_verdict_is_given_too_often(phi: float) -> None:
    """p95 exactly a tenth up, 80 pairs of two minutes: PASS and FAIL are each rarer than promised."""
    slo = parse_slo(f"{LOAD}objectives:\n  - p95 < 110 % of baseline\n", "slo.yaml")
    pairs, outcomes = 80, Counter[Outcome]()
    for seed in range(pairs):
        base, run = evidence(traffic(100, 2 * seed, phi)), evidence(traffic(110, 2 * seed + 1, phi))
        outcomes[judge_against(slo.objectives[0], run, [base]).outcome] += 1

    most = 0.05 + 3 * np.sqrt(0.05 * 0.95 / pairs)
    assert max(outcomes[Outcome.PASS], outcomes[Outcome.FAIL]) / pairs <= most


def test_the_endpoint_that_became_slower_is_named() -> None:
    before = evidence(traffic(100), traffic(80, seed=2, endpoint=LINEUP))
    after = evidence(traffic(100, seed=3), traffic(130, seed=4, endpoint=LINEUP))

    found = compare([before], after, Margins(p95=0.15, errors=0.01))

    league, lineup = found.endpoints
    assert (league.endpoint, lineup.endpoint) == (str(LEAGUE), str(LINEUP))
    assert (league.p95_ms.outcome, lineup.p95_ms.outcome) == (Outcome.PASS, Outcome.FAIL)
    assert lineup.errors.outcome is Outcome.PASS
    assert found.decision is Decision.FAIL
    assert told.rows(found)[0].endpoint == str(LINEUP)
    assert "single run" in told.sentence(found)


def test_more_failures_are_found_however_fast_they_are() -> None:
    before, after = evidence(traffic(100)), evidence(traffic(100, seed=2, errors=0.04))

    (change,) = compare([before], after).endpoints

    assert change.errors.outcome is Outcome.FAIL
    assert change.errors.change == pytest.approx(0.04, abs=0.01)


def test_two_runs_without_failures_are_not_taken_for_proof_that_there_are_none() -> None:
    few = [evidence(Traffic.of(np.arange(SECONDS), 10.0)) for _ in range(2)]

    (change,) = compare(few[:1], few[1]).endpoints

    assert change.errors.outcome is Outcome.UNDECIDED
    assert change.errors.high is not None
    assert change.errors.high > 0.02


def test_an_endpoint_that_only_one_side_asked_leaves_the_comparison_open() -> None:
    before, after = evidence(traffic(100)), evidence(traffic(100, seed=2), traffic(9, endpoint=LINEUP))

    found = compare([before], after, Margins(p95=0.3))

    assert found.endpoints[1].p95_ms.outcome is Outcome.NO_DATA
    assert found.decision is Decision.UNDECIDED


def test_an_endpoint_asked_only_in_what_the_blocks_leave_over_leaves_the_comparison_open() -> None:
    """Blocks of ten seconds and more do not make up 117: what is left over lies at the beginning."""
    rare = Traffic.of([3, 3, 4], 9.0, endpoint=LINEUP)
    runs = [run_of(traffic(100, seed), rare) for seed in (1, 2)]
    before, after = (evidence_of(run, 3.0) for run in runs)
    assert before is not None
    assert after is not None

    found = compare([before], after, Margins(p95=0.3))

    assert found.endpoints[1].endpoint == "POST /api/teams/lineup"
    assert found.endpoints[1].errors.outcome is Outcome.NO_DATA
    assert found.decision is Decision.UNDECIDED


def test_a_run_shorter_than_the_blocks_of_its_side_tells_nothing() -> None:
    """Slow and fast minutes share more than a short run lasts."""
    minutes = np.repeat([50.0, 400.0] * 5, 60)
    long = synthetic_run(600, [Traffic.of(np.arange(600), minutes)], arrivals=arrivals_table([1] * 600))
    short = synthetic_run(12, [Traffic.steady(12, 10, 50.0)], arrivals=arrivals_table([20] * 12))
    sides = [evidence_of(run, 0.0) for run in (long, short, long)]
    parts = [(side.requests, side.judged) for side in sides if side is not None]

    blocks = blocks_of(parts)

    assert blocks.seconds[0] > 12
    assert blocks.runs == 2
    assert blocks.weights(np.random.default_rng(1)).shape == (2000, len(blocks.total))


def test_five_runs_show_what_differs_from_run_to_run() -> None:
    """Each run has a p95 of its own, between 80 and 120 ms: the pool is less sure than one of its runs."""
    pool = [evidence(traffic(level, seed)) for seed, level in enumerate((80, 90, 100, 110, 120))]
    alike = [evidence(traffic(100, seed)) for seed in range(5)]
    after = evidence(traffic(100, seed=9))

    (of_pool,), (of_alike,) = (compare(side, after).endpoints for side in (pool, alike))

    def width(change: Any) -> float:  # noqa: ANN401 - a change of an endpoint
        return float(change.p95_ms.high - change.p95_ms.low)

    assert width(of_pool) > 2 * width(of_alike)
    assert compare(pool, after).repeated


def test_blocks_grow_with_what_requests_share_but_stay_enough() -> None:
    loose, tight = (evidence(traffic(100, phi=phi)) for phi in (0.0, 0.999))
    few, many = (blocks_of([(one.requests, one.judged)]) for one in (tight, loose))

    assert len(many.total) == SECONDS // 10
    assert 6 <= len(few.total) < len(many.total)


GENERATOR = run_of().manifest.generator


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"workload_hash": "1" * 64}, "its workload is not that of"),
        ({"generator": GENERATOR.model_copy(update={"cores": 8})}, "another machine"),
        ({"generator": GENERATOR.model_copy(update={"version": "0.0.9"})}, "another version"),
        ({"target": run_of().manifest.target.model_copy(update={"kind": "remote"})}, "its target was"),
    ],
)
def test_what_differs_beside_the_platform_is_refused_with_a_way_out(
    changes: dict[str, Any], cause: str
) -> None:
    (problem,) = differences(run_of(**changes).manifest, run_of().manifest)

    assert cause in problem.cause
    assert problem.remedy
    assert differences(run_of().manifest, run_of().manifest) == ()


def test_only_runs_that_were_finished_and_passed_may_serve() -> None:
    run = run_of(traffic(100))
    slo = parse_slo(f"{LOAD}objectives: [p95 < 200 ms]\n", "slo.yaml")
    passed = judge(run, slo)
    failed = judge(run, parse_slo(f"{LOAD}objectives: [p95 < 20 ms]\n", "slo.yaml"))
    interrupted = run.changed(status=Status.INTERRUPTED)

    assert unfit(run.manifest, passed) is None
    for manifest, verdict in (
        (run.manifest, None),
        (run.manifest, failed),
        (interrupted.manifest, passed),
    ):
        problem = unfit(manifest, verdict)
        assert problem is not None
        assert problem.remedy


def test_why_there_is_no_baseline_is_the_reason() -> None:
    slo = parse_slo(f"{LOAD}objectives: [p95 < 110 % of baseline]\n", "slo.yaml")

    found = judge(run_of(traffic(100)), slo, baseline=Baseline(absent="the one chosen failed"))

    assert (found.objectives[0].outcome, found.objectives[0].reason) == (
        Outcome.NO_DATA,
        "the one chosen failed",
    )
    assert found.comparison is None


def test_a_verdict_with_a_baseline_says_what_changed() -> None:
    slo = parse_slo(f"{LOAD}objectives: [p95 < 200 ms]\n", "slo.yaml")

    found = judge(run_of(traffic(150, seed=2)), slo, baseline=Baseline((run_of(traffic(100)),)))

    assert found.comparison is not None
    assert found.comparison.decision is Decision.FAIL
    assert found.verdict is Decision.PASS
