"""How often a verdict on a share is wrong where events are few, come in bursts, or in states that last.

Each row is a platform that lies exactly on its promise, so that PASS and FAIL are both false; its share is
computed, not measured. ``python -m benchmarks odd_traffic`` prints what docs/reference/error-rates.md quotes.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import betaincinv, ndtr

from benchmarks.support import machine
from preseason.simulated import autoregressive
from preseason.verdict.model import Outcome
from preseason.verdict.shares import Share, judge_share

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    #: The chance that an event is good, by second.
    Chances = Callable[[np.random.Generator], NDArray[np.float64]]

RUNS, CONFIDENCE = 1000, 0.95
MOST_WRONG = 0.05 + 3 * float(np.sqrt(0.05 * 0.95 / RUNS))


@dataclass(frozen=True, slots=True)
class Traffic:
    """Events at a rate, good by chances that change from second to second around the ``promised`` share."""

    name: str
    rate: float
    promised: float
    chances: Chances

    def outcome(self, seed: int) -> Outcome:
        draw = np.random.default_rng([seed, 31])
        chances = self.chances(draw)
        total = draw.poisson(self.rate, len(chances))
        good = draw.binomial(total, chances).astype(np.float64)
        if not total.any():
            return Outcome.NO_DATA
        return judge_share(Share(good, good, total.astype(np.float64)), self.promised, CONFIDENCE).outcome


def main() -> None:
    print(f"\n{RUNS} runs a row, {machine.description()}.\n")
    print("| traffic on its limit | PASS | FAIL |\n|---|---|---|")
    for traffic in all_traffic():
        counts = Counter(traffic.outcome(seed) for seed in range(RUNS))
        cells = [_told(counts[outcome] / RUNS) for outcome in (Outcome.PASS, Outcome.FAIL)]
        print(f"| {traffic.name} | {' | '.join(cells)} |")


def _told(share: float) -> str:
    return f"**{100 * share:.1f} %**" if share > MOST_WRONG else f"{100 * share:.1f} %"


def all_traffic() -> Iterator[Traffic]:
    for rate, seconds, share in ((50, 300, 0.99), (50, 20, 0.99), (1, 300, 0.95), (0.2, 300, 0.95)):
        name = f"independent, {rate:g}/s for {seconds} s, {1 - share:.0%} bad"
        yield Traffic(name, rate, share, constant(share, seconds))
    for state_s, seconds in ((5, 300), (20, 300), (60, 300), (60, 1200)):
        name = f"9 % and 1 % bad in turn, each about {state_s} s, for {seconds} s"
        yield Traffic(name, 50, 0.95, two_states(0.91, 0.99, state_s, seconds))
    for phi in (0.0, 0.9, 0.97):
        name = f"overdispersed look-ups, autocorrelation {phi:g}, for 300 s"
        yield Traffic(name, 200, 0.9, overdispersed(0.9, phi, 300))
    for every_s, burst_s, seconds in (
        (20, 2, 300),
        (60, 3, 1200),
        (60, 3, 300),
        (300, 5, 1200),
        (300, 5, 300),
    ):
        name = f"all bad only in bursts of {burst_s} s, one in {every_s} s, for {seconds} s"
        yield Traffic(name, 50, 1 - burst_s / (every_s + burst_s), bursts(every_s, burst_s, seconds))


def constant(share: float, seconds: int) -> Chances:
    return lambda _: np.full(seconds, share)


def two_states(worse: float, better: float, state_s: int, seconds: int) -> Chances:
    def chances(draw: np.random.Generator) -> NDArray[np.float64]:
        changes = np.cumsum(draw.random(seconds) < 1 / state_s) + draw.integers(2)
        return np.where(changes % 2, worse, better)

    return chances


def overdispersed(mean: float, phi: float, seconds: int) -> Chances:
    """Beta-distributed chances with a standard deviation of an eighth, joined by a Gaussian copula."""

    def chances(draw: np.random.Generator) -> NDArray[np.float64]:
        normal = autoregressive(phi, seconds, draw)
        return np.asarray(betaincinv(5 * mean, 5 * (1 - mean), ndtr(normal)), dtype=np.float64)

    return chances


def bursts(every_s: int, burst_s: int, seconds: int) -> Chances:
    """A stationary chain of two states; in the bad one everything fails."""

    def chances(draw: np.random.Generator) -> NDArray[np.float64]:
        bad = draw.random() < burst_s / (every_s + burst_s)
        found = np.empty(seconds)
        for second, chance in enumerate(draw.random(seconds)):
            found[second] = 0.0 if bad else 1.0
            bad = chance >= 1 / burst_s if bad else chance < 1 / every_s
        return found

    return chances


if __name__ == "__main__":
    main()
