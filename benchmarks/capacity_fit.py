"""A fit with 1 000 bootstrap samples: how long it takes on the published data sets."""

from __future__ import annotations

import time
from statistics import median

import numpy as np

from benchmarks.support import machine
from preseason.planning.scalability.assessing import assess
from preseason.planning.scalability.points import Points
from preseason.planning.scalability.usl import Usl

ROUNDS, SAMPLES = 5, 1000
SPECSDM91 = Points.of([1, 18, 36, 72, 108, 144, 216], [64.9, 995.9, 1652.4, 1853.2, 1828.9, 1775.0, 1702.2])
RAYTRACER = Points.of(
    [1, 4, 8, 12, 16, 20, 24, 28, 32, 48, 64], [20, 78, 130, 170, 190, 200, 210, 230, 260, 280, 310]
)


def main() -> None:
    print(f"\nFit with {SAMPLES} bootstrap samples, median of {ROUNDS}; {machine.description()}\n")
    print("| data | points | s |\n|---|---|---|")
    for name, points in (("specsdm91", SPECSDM91), ("raytracer", RAYTRACER), ("noisy", _noisy())):
        print(f"| {name} | {len(points)} | {median(_seconds(points) for _ in range(ROUNDS)):.2f} |")


def _noisy() -> Points:
    """As many rows as two weeks of five-minute means with gaps: any concurrency, 5 % scatter."""
    random = np.random.default_rng(1)
    n = np.sort(random.uniform(1, 200, 360))
    return Points.of(n, Usl(100, 0.02, 1e-4).throughput(n) * (1 + random.normal(0, 0.05, len(n))))


def _seconds(points: Points) -> float:
    began_s = time.perf_counter()
    assess(points, samples=SAMPLES)
    return time.perf_counter() - began_s


if __name__ == "__main__":
    main()
