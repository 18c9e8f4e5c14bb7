"""How well a capacity search finds what is known: 100 seeded searches on simulated M/M/c platforms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.support import machine
from preseason.planning.search.next_step import Purpose, Settings, Step, next_step
from preseason.planning.search.slo_capacity import capacity
from preseason.planning.triggers.queues import Queue
from preseason.planning.triggers.simulation import observe
from preseason.verdict.model import Decision
from preseason.verdict.statistics.intervals import ratio_bounds

SEARCHES, LIMIT_S, SHARE = 100, 0.2, 0.95
PLATFORMS = (Queue(1, 0.02), Queue(4, 0.05), Queue(8, 0.05))
LONGER = {Purpose.EXTEND: 4, Purpose.CONFIRM: 4}
#: Warm-up and judged time of a step: half a default, and what ``preseason capacity run`` takes.
HALF, DEFAULT = (30, 120), (60, 300)


@dataclass(frozen=True, slots=True)
class Found:
    """One search: both ends relative to the truth, and how many steps it took."""

    low: float
    high: float
    steps: int


def main() -> None:
    print(f"\n{SEARCHES} searches each, p95 within {LIMIT_S:g} s; {machine.description()}\n")
    print("| servers | true load | step s | found within 10 % | truth in bracket | median width | steps |")
    print("|---|---|---|---|---|---|---|")
    for queue in PLATFORMS:
        load = queue.utilisation(queue.rate_within(LIMIT_S, SHARE))
        for warmup_s, measure_s in (HALF, DEFAULT):
            found = [search(queue, seed, warmup_s, measure_s) for seed in range(SEARCHES)]
            near = np.mean([abs(one.low - 1) <= 0.1 for one in found])
            covered = np.mean([one.low <= 1 <= one.high for one in found])
            width = np.median([one.high / one.low - 1 for one in found])
            steps = np.mean([one.steps for one in found])
            figures = f"{near:.0%} | {covered:.0%} | {width:.0%} | {steps:.1f}"
            length = f"{warmup_s} + {measure_s}{', the default' if measure_s == DEFAULT[1] else ''}"
            print(f"| {queue.servers} | {load:.0%} | {length} | {figures} |")


def search(queue: Queue, seed: int, warmup_s: int, measure_s: int) -> Found:
    random, truth, steps = np.random.default_rng(seed), queue.rate_within(LIMIT_S, SHARE), list[Step]()
    start = truth * random.uniform(0.1, 0.4)
    settings = Settings(start_rate=start, least_rate=start / 10, most_rate=10 * truth)
    while (planned := next_step(settings, steps)) is not None:
        length_s = measure_s * LONGER.get(planned.purpose, 1)
        seen = observe(
            queue, planned.rate, limit_s=LIMIT_S, warmup_s=warmup_s, measure_s=length_s, random=random
        )
        bounds = ratio_bounds(seen.good, seen.total, 0.95)
        failed = Decision.FAIL if bounds.high < SHARE else Decision.UNDECIDED
        outcome = Decision.PASS if bounds.low >= SHARE else failed
        steps.append(Step(planned.rate, planned.purpose, outcome))
    found = capacity(settings, steps)
    return Found((found.rate or 0.0) / truth, (found.below or np.inf) / truth, len(steps))


if __name__ == "__main__":
    main()
