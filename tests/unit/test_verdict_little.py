"""Little's law, against simulated generators whose accounts are known to be right or wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest

from preseason.slo.reading import parse_slo
from preseason.testing import SyntheticRun, Traffic, arrivals_table, samples_table, synthetic_run
from preseason.verdict.judging import judge
from preseason.verdict.model import Decision
from preseason.verdict.statistics.little import balance_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

LOOKS_A_SECOND = 10
SLO = parse_slo(
    "load: {model: open, rate: 20/s, duration: 60s, warmup: 0s}\nobjectives: [p95 < 200 ms]\n", "slo.yaml"
)


@dataclass(frozen=True)
class Journeys:
    """When each began and ended, in seconds of the load."""

    begin_s: NDArray[np.float64]
    end_s: NDArray[np.float64]

    @property
    def seconds(self) -> int:
        """Until nothing is in flight, and one more look was taken."""
        return int(self.end_s.max(initial=0.0)) + 2

    def in_flight(self, seconds: int) -> NDArray[np.float64]:
        """The mean of what was seen in flight in each second, told when it was over; nothing at first."""
        looks_s = np.arange(1, seconds * LOOKS_A_SECOND + 1) / LOOKS_A_SECOND
        begun, ended = (np.searchsorted(np.sort(one), looks_s, "right") for one in (self.begin_s, self.end_s))
        seen = begun - ended
        means = np.reshape(seen, (seconds, LOOKS_A_SECOND)).mean(axis=1)
        return np.concatenate(([0.0], means))

    def but(self, lost: NDArray[np.bool_]) -> Journeys:
        return Journeys(self.begin_s[~lost], self.end_s[~lost])


def open_load(seed: int, rate: float, mean_s: float, length_s: int) -> Journeys:
    """An M/M/∞ queue: Poisson arrivals, exponential lengths, nobody waits."""
    random = np.random.default_rng(seed)
    begin_s = np.sort(random.uniform(0, length_s, random.poisson(rate * length_s)))
    return Journeys(begin_s, begin_s + random.exponential(mean_s, len(begin_s)))


def closed_load(seed: int, users: int, mean_s: float, length_s: int) -> Journeys:
    """Users who do something, think as long, and do something again."""
    random = np.random.default_rng(seed)
    steps = random.exponential(mean_s, (users, 2 * int(4 * length_s / mean_s)))
    moments = np.cumsum(steps, axis=1)
    begin_s, end_s = moments[:, 0:-1:2].ravel(), moments[:, 1::2].ravel()
    return Journeys(begin_s, end_s).but(begin_s >= length_s)


def stalled(journeys: Journeys, from_s: float, until_s: float) -> Journeys:
    """Whatever was to end while the target stood still ends when it goes on."""
    held = (journeys.end_s > from_s) & (journeys.end_s < until_s) & (journeys.begin_s < until_s)
    return Journeys(journeys.begin_s, np.where(held, until_s, journeys.end_s))


def run_of(
    true: Journeys,
    *,
    booked: Journeys | None = None,
    seen: Journeys | None = None,
    seconds: int | None = None,
    loop_lag_ms: float = 0.0,
) -> SyntheticRun:
    """What a generator records of these journeys if it books some and sees some, for so many ``seconds``."""
    booked, seen = booked or true, seen or true
    seconds = seconds or max(true.seconds, seen.seconds)
    planned = np.bincount(true.begin_s.astype(int), minlength=seconds)
    finished = np.bincount(booked.end_s.astype(int), minlength=seconds)
    sums_ms = np.bincount(booked.end_s.astype(int), (booked.end_s - booked.begin_s) * 1000, minlength=seconds)
    samples = {
        ("generator", "in_flight", "generator-0"): seen.in_flight(seconds),
        ("generator", "loop_lag_ms", "generator-0"): np.full(seconds, loop_lag_ms),
    }
    length_s = int(true.begin_s.max()) + 1
    return synthetic_run(
        length_s,
        [Traffic.steady(length_s, 50, 10.0)],
        arrivals=arrivals_table(
            planned.tolist(), finished=finished.tolist(), journey_sum_ms=sums_ms.tolist()
        ),
        samples=[samples_table(samples)],
    )


def holds(run: SyntheticRun) -> bool:
    balance = balance_of(run)
    assert balance is not None
    return balance.holds


@pytest.mark.parametrize(
    ("rate", "mean_s", "length_s"), [(20, 0.02, 30), (50, 0.3, 30), (12, 5.0, 60), (2, 20.0, 30)]
)
def test_correct_accounts_are_hardly_ever_called_wrong(rate: float, mean_s: float, length_s: int) -> None:
    kept = [holds(run_of(open_load(seed, rate, mean_s, length_s))) for seed in range(100)]

    assert sum(kept) >= 99


def test_a_closed_load_keeps_the_law_of_its_busy_users() -> None:
    assert all(holds(run_of(closed_load(seed, 10, 1.0, 40))) for seed in range(50))


def test_a_target_that_stalls_to_the_end_of_the_load_does_not_break_the_law() -> None:
    """Nothing is steady here; between nothing in flight and nothing in flight, it holds all the same."""
    assert all(holds(run_of(stalled(open_load(seed, 20, 1.0, 60), 45, 75))) for seed in range(50))


def some(journeys: Journeys, share: float, seed: int) -> NDArray[np.bool_]:
    return np.random.default_rng(seed + 1000).uniform(size=len(journeys.begin_s)) < share


@pytest.mark.parametrize("seed", range(10))
def test_a_generator_that_loses_a_tenth_of_its_finished_journeys_is_caught(seed: int) -> None:
    true = open_load(seed, 20, 3.0, 60)

    run = run_of(true, booked=true.but(some(true, 0.1, seed)))

    assert not holds(run)
    assert judge(run, SLO).verdict is Decision.INVALID


@pytest.mark.parametrize("seed", range(10))
def test_a_generator_that_never_sees_a_tenth_of_its_journeys_is_caught(seed: int) -> None:
    true = open_load(seed, 20, 3.0, 60)

    assert not holds(run_of(true, seen=true.but(some(true, 0.1, seed))))


def test_journeys_that_are_booked_and_yet_stay_in_flight_are_caught() -> None:
    true = open_load(1, 20, 1.0, 60)
    leaking = Journeys(true.begin_s, np.where(some(true, 0.02, 1), 100.0, true.end_s))

    assert not holds(run_of(true, seen=leaking))


def test_the_reason_gives_both_sides() -> None:
    true = open_load(2, 20, 5.0, 60)
    half = true.but(np.arange(len(true.begin_s)) % 2 == 0)

    (reason,) = judge(run_of(true, booked=half), SLO).validity.reasons

    assert "miscounted" in reason
    assert "in flight on average, but" in reason
    assert "Little's law" in reason


def test_correct_accounts_leave_a_verdict_alone() -> None:
    assert judge(run_of(open_load(3, 20, 2.0, 60)), SLO).verdict is Decision.PASS


def test_journeys_that_never_ended_say_nothing_about_the_accounts() -> None:
    """They are in flight when the run ends, and how long they would have been nobody knows."""
    true = open_load(4, 20, 2.0, 60)
    hung = some(true, 0.3, 4)
    waiting = Journeys(true.begin_s, np.where(hung, 1000.0, true.end_s))

    run = run_of(true, booked=true.but(hung), seen=waiting, seconds=true.seconds)

    assert balance_of(run) is None


def test_what_the_loop_comes_late_to_is_not_yet_in_flight() -> None:
    """Short journeys: of the 8 ms from when they are due, they are in flight for 5 ms."""
    seen = open_load(5, 200, 0.005, 30)
    due = Journeys(seen.begin_s - 0.003, seen.end_s).but(seen.begin_s < 0.003)

    assert not holds(run_of(due, seen=seen))
    assert holds(run_of(due, seen=seen, loop_lag_ms=3.0))


def test_without_looks_there_is_nothing_to_compare() -> None:
    assert balance_of(synthetic_run(60)) is None
