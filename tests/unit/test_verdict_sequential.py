"""Stopping a run when it is decided: how often that is wrong, and what it saves."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from preseason.run.manifest import Looks
from preseason.simulated import autoregressive, lognormal_ms
from preseason.slo.reading import parse_slo
from preseason.testing import Traffic, arrivals_table, synthetic_run
from preseason.verdict.evidence import evidence_of
from preseason.verdict.model import Outcome
from preseason.verdict.objectives import judge_objective
from preseason.verdict.statistics.sequential import Standing, broken_guardrail, look, share_spent
from preseason.verdict.statistics.steady import Span

if TYPE_CHECKING:
    from preseason.slo.model import Objective
    from preseason.verdict.evidence import Evidence

SECONDS, PER_SECOND = 300, 40
LOAD = f"load: {{model: open, rate: 40/s, duration: {SECONDS}s, warmup: 0s}}\n"
LOOKS = Looks(decide_s=tuple(range(30, SECONDS + 1, 30)))


def objectives(*sentences: str) -> tuple[Objective, ...]:
    listed = "".join(f"  - {sentence}\n" for sentence in sentences)
    return parse_slo(f"{LOAD}objectives:\n{listed}", "slo.yaml").objectives


P95 = objectives("p95 < 200 ms")


@cache
def journeys() -> Any:  # noqa: ANN401 - a table of Arrow
    return arrivals_table([40] * SECONDS)


def run_with(p95_ms: float, seed: int, phi: float = 0.5, errors: float = 0.0) -> Evidence:
    draw = np.random.default_rng([seed, 8])
    times_ms = lognormal_ms(autoregressive(phi, SECONDS * PER_SECOND, draw), p95_ms, 0.5)
    ok = draw.random(len(times_ms)) >= errors
    traffic = Traffic.steady(SECONDS, PER_SECOND, times_ms, ok=ok)
    found = evidence_of(synthetic_run(SECONDS, [traffic], arrivals=journeys()), 0.0)
    assert found is not None
    return found


def until_decided(asked: tuple[Objective, ...], evidence: Evidence) -> tuple[Standing, int]:
    """The standing at the look that ended the run, and how many looks there were."""
    standing = Standing()
    for number in range(len(LOOKS.decide_s)):
        standing = look(asked, evidence, LOOKS, number, standing)
        if standing.over:
            return standing, number + 1
    return standing, len(LOOKS.decide_s)


def outcomes(standing: Standing) -> dict[str, Outcome]:
    return {name: one.result.outcome for name, one in standing.decided.items()}


def peeked(evidence: Evidence) -> Outcome:
    """What looking ten times at the plain confidence says, stopping at the first verdict."""
    start_s = evidence.judged.start_s
    for at_s in LOOKS.decide_s:
        outcome = judge_objective(P95[0], evidence.during(Span(start_s, start_s + int(at_s)))).outcome
        if outcome in {Outcome.PASS, Outcome.FAIL}:
            return outcome
    return Outcome.UNDECIDED


def spent(looks: Looks) -> list[float]:
    """The shares of an error."""
    return [share_spent(looks, number) for number in range(len(looks.decide_s))]


def test_what_is_spent_is_what_was_asked_for_and_most_of_it_at_the_end() -> None:
    assert sum(spent(LOOKS)) == pytest.approx(1)
    assert spent(LOOKS)[0] == pytest.approx(0.001)
    assert spent(LOOKS) == sorted(spent(LOOKS))


@pytest.mark.parametrize(("share", "expected"), [(0.2, 0.008), (0.5, 0.125), (0.8, 0.512)])
def test_the_spending_is_that_of_kim_and_demets(share: float, expected: float) -> None:
    """With rho = 3, near the bounds of O'Brien and Fleming (Jennison and Turnbull 2000, 7.2.2)."""
    assert spent(Looks(decide_s=(share, 1.0))) == pytest.approx([expected, 1 - expected])


def test_shares_of_the_longest_run_count_from_where_judging_begins() -> None:
    late = Looks(from_s=600, decide_s=(650, 700))

    assert spent(late) == pytest.approx(spent(Looks(decide_s=(50, 100))))


def test_stopping_early_is_wrong_no_more_often_than_promised_and_peeking_is() -> None:
    """True p95 at the limit itself, ten looks, 60 runs: each verdict in at most 5 % and three errors."""
    runs = 60
    ours: Counter[Outcome] = Counter()
    peeking: Counter[Outcome] = Counter()
    for seed in range(runs):
        evidence = run_with(200, seed)
        standing, _ = until_decided(P95, evidence)
        ours[outcomes(standing).get(P95[0].name, Outcome.UNDECIDED)] += 1
        peeking[peeked(evidence)] += 1

    most = runs * (0.05 + 3 * np.sqrt(0.05 * 0.95 / runs))
    assert max(ours[Outcome.PASS], ours[Outcome.FAIL]) <= most
    # Two chances of 5 % would be 10 %; who peeks takes half as many again.
    assert runs - peeking[Outcome.UNDECIDED] >= 0.15 * runs > runs - ours[Outcome.UNDECIDED]


@pytest.mark.parametrize(("p95_ms", "outcome"), [(140, Outcome.PASS), (290, Outcome.FAIL)])
def test_a_clear_run_is_over_in_half_the_time_in_either_direction(p95_ms: float, outcome: Outcome) -> None:
    for seed in range(5):
        standing, looks = until_decided(P95, run_with(p95_ms, seed))

        assert outcomes(standing) == {P95[0].name: outcome}
        assert looks <= 5


def test_a_run_goes_on_until_its_last_objective_is_decided() -> None:
    asked = objectives("p95 < 200 ms", "p95 < 105 ms", "{objective: p95 < 101 ms, required: false}")

    standing, looks = until_decided(asked, run_with(100, 1))

    _, alone = until_decided(asked[:1], run_with(100, 1))
    assert looks > alone
    assert outcomes(standing)[asked[0].name] is Outcome.PASS


def test_a_guardrail_ends_the_run_at_once_and_only_by_failing() -> None:
    asked = objectives("mean < 100 ms", "{objective: errors < 1 %, guardrail: true}")
    looks = Looks(guard_s=tuple(range(10, SECONDS + 1, 10)))

    broken = broken_guardrail(asked, run_with(200, 1, errors=0.3), looks, 0)

    assert broken is not None
    assert broken.result.name == asked[1].name
    assert broken_guardrail(asked, run_with(200, 1), looks, 29) is None
    assert broken_guardrail(asked[:1], run_with(200, 1, errors=0.3), looks, 0) is None


def test_a_pass_gives_way_to_a_later_failure_but_not_to_doubt() -> None:
    """Fast for two minutes, then slow for good."""
    fast, slow = np.full(120 * PER_SECOND, 20.0), np.full(180 * PER_SECOND, 900.0)
    evidence = evidence_of(
        synthetic_run(
            SECONDS,
            [Traffic.steady(SECONDS, PER_SECOND, np.concatenate([fast, slow]))],
            arrivals=journeys(),
        ),
        0.0,
    )
    assert evidence is not None
    at_two_minutes = look(P95, evidence, LOOKS, 3, Standing())

    then = look(P95, evidence, LOOKS, 9, at_two_minutes)

    assert outcomes(at_two_minutes) == {P95[0].name: Outcome.PASS}
    assert outcomes(then) == {P95[0].name: Outcome.FAIL}


def test_nothing_is_over_before_there_is_anything_to_judge() -> None:
    assert not Standing().over
    empty = evidence_of(synthetic_run(SECONDS, arrivals=journeys()), 0.0)
    assert empty is not None
    assert not look(P95, empty, LOOKS, 9, Standing()).over
