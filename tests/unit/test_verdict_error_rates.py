"""How often a verdict is wrong where the truth is known; benchmarks/error_rates.py has the whole table."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest

from preseason.simulated import autoregressive, lognormal_ms
from preseason.slo.reading import parse_slo
from preseason.testing import Traffic, arrivals_table, synthetic_run
from preseason.verdict.judging import judge
from preseason.verdict.model import Outcome

if TYPE_CHECKING:
    import pyarrow as pa

SECONDS, PER_SECOND = 300, 50
LOAD = f"load: {{model: open, rate: {PER_SECOND}/s, duration: {SECONDS}s, warmup: 0s}}\n"
SLO = parse_slo(f"{LOAD}objectives:\n  - p95 < 200 ms\n", "slo.yaml")


@cache
def journeys() -> pa.Table:
    return arrivals_table([PER_SECOND] * SECONDS)


@cache
def shares(p95_ms: float, sigma: float, phi: float, runs: int) -> Counter[Outcome]:
    """The outcomes of five minutes at 50/s on a platform with this true p95, in shares of the runs."""
    outcomes: Counter[Outcome] = Counter()
    for seed in range(runs):
        normal = autoregressive(phi, SECONDS * PER_SECOND, np.random.default_rng([seed, 21]))
        traffic = Traffic.steady(SECONDS, PER_SECOND, lognormal_ms(normal, p95_ms, sigma))
        outcomes[
            judge(synthetic_run(SECONDS, [traffic], arrivals=journeys()), SLO).objectives[0].outcome
        ] += 1
    return Counter({outcome: count / runs for outcome, count in outcomes.items()})


def at_most(share: float, runs: int) -> float:
    """What may come out in so many runs: three standard errors more."""
    return share + 3 * float(np.sqrt(share * (1 - share) / runs))


@pytest.mark.parametrize("phi", [0.0, 0.9, 0.97])
def test_at_the_limit_itself_neither_verdict_is_given_more_often_than_its_confidence_allows(
    phi: float,
) -> None:
    """The hardest platform: on either side of the limit, the verdict that would be false is rarer."""
    runs = 90
    found = shares(200, 0.5, phi, runs)

    assert max(found[Outcome.PASS], found[Outcome.FAIL]) <= at_most(0.05, runs)


@pytest.mark.parametrize("phi", [0.0, 0.9])
def test_a_platform_well_on_either_side_of_its_limit_is_judged_right(phi: float) -> None:
    assert shares(160, 0.5, phi, 25)[Outcome.PASS] == 1
    assert shares(250, 0.5, phi, 25)[Outcome.FAIL] == 1
