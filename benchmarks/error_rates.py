"""How often a verdict is wrong: PASS, FAIL and UNDECIDED on simulated platforms whose true p95 is known.

Every run is a real ``Run`` and goes through the real ``judge``. Beside it stand the rules of k6 and Locust,
from the same response times. ``python -m benchmarks error_rates`` prints what docs/reference/error-rates.md
quotes.
"""

from __future__ import annotations

import itertools
import os
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from benchmarks.support import machine
from benchmarks.support.peers import k6_passes, locust_passes
from preseason.simulated import autoregressive, lognormal_ms
from preseason.slo.reading import parse_slo
from preseason.testing import Traffic, arrivals_table, synthetic_run
from preseason.verdict.judging import judge
from preseason.verdict.model import Outcome
from preseason.verdict.statistics.intervals import ratio_bounds

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa

    from preseason.slo.model import Slo

RUNS = 400
LIMIT_MS, CONFIDENCE = 200.0, 0.95
TRUE_P95_MS = (160, 180, 190, 195, 200, 205, 210, 220, 250)
SIGMAS = (0.5, 1.0)
#: 0.97 is the hard case: 66 requests, more than a second of them, share their fate.
PHIS = (0.0, 0.5, 0.9, 0.97)
SECONDS, PER_SECOND = 300, 50
#: What a share that should be ``1 - CONFIDENCE`` may come out as in so many runs: three standard errors more.
MOST_WRONG = 1 - CONFIDENCE + 3 * float(np.sqrt(CONFIDENCE * (1 - CONFIDENCE) / RUNS))
COVERAGE_RUNS, COVERAGE_SECONDS = 1500, 120
#: At 0.99, a run of two minutes holds the worth of 30 independent requests: shown where the promise ends.
COVERAGE_PHIS = (*PHIS, 0.99)

RULES = ("preseason", "k6", "Locust")


@dataclass(frozen=True, slots=True)
class Platform:
    """One simulated platform: its true p95, how its response times spread, and how they hang together."""

    p95_ms: float
    sigma: float
    phi: float

    def wrong(self, outcome: str) -> bool:
        """Whether a verdict contradicts the truth; at the limit itself, any verdict is as good."""
        false = Outcome.FAIL if self.p95_ms < LIMIT_MS else Outcome.PASS
        return outcome == false


Tally = dict[tuple[Platform, str], Counter[str]]


def main() -> None:
    tally = tallies(RUNS)
    print(f"\n## Verdicts\n\n{RUNS} runs a cell, {machine.description()}.")
    for phi, sigma in itertools.product(PHIS, SIGMAS):
        print(f"\n### Autocorrelation {phi}, sigma {sigma}\n")
        print_table(tally, phi, sigma)
    print_coverage()


def tallies(runs: int) -> Tally:
    """The outcomes of every rule on every platform, over so many runs of each."""
    totals: Tally = {}
    tasks = [(phi, seed) for phi in PHIS for seed in range(runs)]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for found in pool.map(_one_run_of_each, *zip(*tasks, strict=True), chunksize=10):
            for key, outcome in found:
                totals.setdefault(key, Counter())[outcome] += 1
    return totals


def _one_run_of_each(phi: float, seed: int) -> list[tuple[tuple[Platform, str], str]]:
    """The platforms share the draw, so that they differ by nothing but what tells them apart."""
    normal = autoregressive(phi, SECONDS * PER_SECOND, np.random.default_rng([seed, round(1000 * phi)]))
    found = []
    for p95_ms, sigma in itertools.product(TRUE_P95_MS, SIGMAS):
        platform, times_ms = Platform(p95_ms, sigma, phi), lognormal_ms(normal, p95_ms, sigma)
        found += [((platform, rule), outcome) for rule, outcome in _verdicts(times_ms)]
    return found


def _verdicts(times_ms: np.ndarray) -> Iterable[tuple[str, str]]:
    traffic = Traffic.steady(SECONDS, PER_SECOND, times_ms)
    run = synthetic_run(SECONDS, [traffic], limits_ms=[LIMIT_MS], arrivals=_arrivals())
    yield "preseason", judge(run, _slo()).objectives[0].outcome
    yield "k6", Outcome.PASS if k6_passes(times_ms, 0.95, LIMIT_MS) else Outcome.FAIL
    yield "Locust", Outcome.PASS if locust_passes(times_ms, 0.95, LIMIT_MS) else Outcome.FAIL


@cache
def _arrivals() -> pa.Table:
    """All journeys began in time: the generator is not what is measured here."""
    return arrivals_table([PER_SECOND] * SECONDS)


@cache
def _slo() -> Slo:
    load = f"{{model: open, rate: {PER_SECOND}/s, duration: {SECONDS}s, warmup: 0s}}"
    return parse_slo(f"load: {load}\nobjectives:\n  - p95 < {LIMIT_MS:g} ms\n", "error-rates.yaml")


def print_table(tally: Tally, phi: float, sigma: float) -> None:
    print("| true p95 | PASS | FAIL | undecided | k6 PASS | k6 FAIL | Locust PASS | Locust FAIL |")
    print("|---|---|---|---|---|---|---|---|")
    for p95_ms in TRUE_P95_MS:
        platform = Platform(p95_ms, sigma, phi)
        ours, k6, locust = (tally[platform, rule] for rule in RULES)
        undecided = sum(ours.values()) - ours[Outcome.PASS] - ours[Outcome.FAIL]
        cells = [_share(platform, ours, outcome) for outcome in (Outcome.PASS, Outcome.FAIL)]
        cells += [f"{100 * undecided / sum(ours.values()):.1f} %"]
        cells += [_share(platform, other, o) for other in (k6, locust) for o in (Outcome.PASS, Outcome.FAIL)]
        print(f"| {p95_ms} ms | {' | '.join(cells)} |")


def _share(platform: Platform, counts: Counter[str], outcome: Outcome) -> str:
    """In bold where it is wrong more often than was promised."""
    share = counts[outcome] / sum(counts.values())
    broken = (platform.wrong(outcome) or platform.p95_ms == LIMIT_MS) and share > MOST_WRONG
    return f"**{100 * share:.1f} %**" if broken else f"{100 * share:.1f} %"


def print_coverage() -> None:
    print(f"\n## Coverage\n\n{COVERAGE_RUNS} runs of {COVERAGE_SECONDS * PER_SECOND} requests.\n")
    print("| autocorrelation | 95 % interval covers | lower bound too high | upper bound too low |")
    print("|---|---|---|---|")
    for phi in COVERAGE_PHIS:
        low, high = coverage(phi)
        print(f"| {phi} | {100 * (1 - low - high):.1f} % | {100 * low:.1f} % | {100 * high:.1f} % |")


def coverage(phi: float, runs: int = COVERAGE_RUNS) -> tuple[float, float]:
    """How often either bound of a two-sided 95 % interval of a share of 95 % is on the wrong side of it."""
    total = np.full(COVERAGE_SECONDS, float(PER_SECOND))
    too_high = too_low = 0
    for seed in range(runs):
        normal = autoregressive(phi, COVERAGE_SECONDS * PER_SECOND, np.random.default_rng([seed, 7]))
        good = (normal <= ndtri(0.95)).reshape(COVERAGE_SECONDS, PER_SECOND).sum(axis=1)
        bounds = ratio_bounds(good.astype(np.float64), total, 0.975)
        too_high += bounds.low > 0.95
        too_low += bounds.high < 0.95
    return too_high / runs, too_low / runs


if __name__ == "__main__":
    main()
