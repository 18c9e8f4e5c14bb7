r"""When journeys begin: a pure function of the stages, the spacing and the seed.

The rate is piecewise linear in time, so the expected number of arrivals is piecewise quadratic and inverts in
closed form::

    rate r(t)     ____             expected arrivals up to t:  L(t) = integral of r
                 /    \__         arrival k is at  L^-1(S_k)
            ____/        \___         uniform: S_k = k
                                      Poisson: S_k = sum of k unit exponentials (time change, Cinlar 1975)

Whoever asks gets the same arrivals: a run split among n workers is one schedule dealt out in turn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from preseason.run.manifest import Stage

_CHUNK = 4096


@dataclass(frozen=True, slots=True)
class Rate:
    """Arrivals a second over time, as stages that follow one another from 0; shapes ``(stages,)``."""

    start_s: NDArray[np.float64]
    end_s: NDArray[np.float64]
    begin: NDArray[np.float64]
    end: NDArray[np.float64]

    @classmethod
    def of(cls, stages: Sequence[Stage]) -> Self:
        columns = zip(*((s.start_s, s.end_s, s.begin, s.end) for s in stages), strict=True)
        return cls(*(np.array(column, dtype=np.float64) for column in columns))

    def rate_at(self, elapsed_s: float) -> float:
        """Arrivals a second ``elapsed_s`` after the start; 0 before the first and after the last stage."""
        if not self.start_s[0] <= elapsed_s < self.end_s[-1]:
            return 0.0
        stage = int(np.searchsorted(self.end_s, elapsed_s, side="right"))
        share = (elapsed_s - self.start_s[stage]) / (self.end_s[stage] - self.start_s[stage])
        return float(self.begin[stage] + share * (self.end[stage] - self.begin[stage]))

    @property
    def peak(self) -> float:
        return float(max(self.begin.max(), self.end.max()))

    @property
    def cumulative(self) -> NDArray[np.float64]:
        """Expected arrivals by the end of each stage."""
        cumulative: NDArray[np.float64] = np.cumsum((self.begin + self.end) / 2 * (self.end_s - self.start_s))
        return cumulative

    def times_of(self, expected: NDArray[np.float64]) -> NDArray[np.float64]:
        """Seconds after the start at which so many arrivals are expected; shape as given.

        Solves ``begin t + slope t^2 / 2 = rest`` within a stage, in the form that stays exact where the
        slope vanishes. Values beyond the last arrival must not be asked for.
        """
        cumulative = self.cumulative
        stage = np.searchsorted(cumulative, expected, side="right").clip(max=len(cumulative) - 1)
        rest = expected - np.concatenate(([0.0], cumulative))[stage]
        slope = ((self.end - self.begin) / (self.end_s - self.start_s))[stage]
        begin = self.begin[stage]
        root = np.sqrt(np.maximum(begin**2 + 2 * slope * rest, 0.0))
        offset = np.divide(2 * rest, begin + root, out=np.zeros_like(rest), where=rest > 0)
        times_s: NDArray[np.float64] = np.minimum(self.start_s[stage] + offset, self.end_s[stage])
        return times_s


@dataclass(frozen=True, slots=True)
class Arrivals:
    """A stretch of the schedule: intended starts (seconds after the load's start) and who comes.

    ``who`` indexes the weights that :func:`schedule` was given. Both have the shape ``(arrivals,)``.
    """

    time_s: NDArray[np.float64]
    who: NDArray[np.int64]

    def since(self, elapsed_s: float) -> Self:
        """Those that are due ``elapsed_s`` after the load's start, or later."""
        first = int(np.searchsorted(self.time_s, elapsed_s))
        return type(self)(self.time_s[first:], self.who[first:]) if first else self


def schedule(
    rate: Rate,
    *,
    poisson: bool,
    weights: Sequence[float],
    seed: int,
    share: tuple[int, int] = (0, 1),
) -> Iterator[Arrivals]:
    """All arrivals in order of time, in chunks, so that a night of them needs no memory.

    ``share`` = (index, of) deals arrivals out in turn: the union over all indices is the whole schedule.
    """
    spacing_seed, who_seed = np.random.SeedSequence(seed).spawn(2)
    spacing, choice = np.random.default_rng(spacing_seed), np.random.default_rng(who_seed)
    chances = np.asarray(weights, dtype=np.float64) / sum(weights)
    total, expected, count = float(rate.cumulative[-1]), 0.0, 0
    index, of = share
    while expected < total:
        steps = spacing.exponential(size=_CHUNK) if poisson else np.ones(_CHUNK)
        positions = expected + np.cumsum(steps) - (0.0 if poisson else 1.0)
        who = choice.choice(len(chances), size=_CHUNK, p=chances)
        expected += float(steps.sum())
        mine = (np.arange(count, count + _CHUNK) % of == index) & (positions < total)
        count += _CHUNK
        yield Arrivals(rate.times_of(positions[mine]), who[mine])
