from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from history_specimen import SEARCH, SLOWER, Nights, nights
from preseason.errors import ExitCode
from preseason.run.manifest import Generator, Status
from preseason.verdict.history.acknowledging import Acknowledgement
from preseason.verdict.history.comparable import History, PastRun, history_of
from preseason.verdict.history.trends import Direction, Trend, Trends, trends_of
from preseason.verdict.model import Decision, Validity
from preseason.verdict.statistics.changes import Sensitivity

HOW = Sensitivity(min_magnitude=0.05)
P95 = ("p95", SEARCH)


def history(runs: tuple[PastRun, ...]) -> History:
    found = history_of(runs)
    assert found is not None
    return found


def trends(how: Nights, *acknowledged: Acknowledgement) -> Trends:
    return trends_of(history(nights(how)), HOW, acknowledged)


def one(found: Trends, name: str, about: str = "") -> Trend:
    return next(trend for trend in found.trends if (trend.name, trend.about) == (name, about))


def acknowledgement(run: PastRun, days: int = 0) -> Acknowledgement:
    at = run.started_at + timedelta(days=days)
    return Acknowledgement(indicator="p95", about=SEARCH, run=run.run_id, at=at, owner="ada", reason="known")


def test_a_release_that_slows_a_search_is_a_regression_since_its_first_night() -> None:
    found = trends(Nights(worse=SLOWER))
    assert found.exit_code is ExitCode.FAILED
    assert {(trend.name, trend.about) for trend, _ in found.open_regressions} == set(SLOWER)
    (change,) = one(found, *P95).changes
    assert change.at == 40
    assert change.relative == pytest.approx(0.7, abs=0.05)
    assert found.history.runs[change.at].version == "2.3.0 3f9c2ab"


def test_nights_alike_raise_no_alarm_whatever_their_noise() -> None:
    for seed in range(8):
        assert trends(Nights(seed=seed, noise=0.1)).exit_code is ExitCode.PASS


def test_growth_of_the_database_is_told_and_is_no_regression() -> None:
    found = trends(Nights())
    changes = one(found, "postgres.size_bytes").changes
    assert changes
    assert {change.direction for change in changes} == {Direction.OTHER}


def test_what_was_made_good_again_does_not_count() -> None:
    runs = nights(Nights(worse=SLOWER, since=25, count=40)) + nights(Nights(count=60))[40:]
    found = trends_of(history(runs), HOW)
    worse, better = one(found, *P95).changes
    assert (worse.recovered, better.direction) == (True, Direction.BETTER)
    assert found.exit_code is ExitCode.PASS


def test_a_hit_rate_is_looked_at_from_its_misses() -> None:
    found = trends(Nights(worse={("redis.hit_rate", ""): 0.975}))
    (change,) = one(found, "redis.hit_rate").changes
    assert change.direction is Direction.WORSE
    assert change.is_open
    assert change.before == pytest.approx(0.985, abs=0.001)


def test_a_share_that_moved_by_less_than_half_a_point_is_none() -> None:
    assert not one(trends(Nights(worse={("mean memory", ""): 1.03}, noise=0.001)), "mean memory").changes


def test_one_bad_night_is_no_level() -> None:
    runs = list(nights(Nights(count=30)))
    bad = nights(Nights(count=30, since=0, worse={P95: 9.0}))
    runs[12], runs[29] = bad[12], bad[29]
    assert not one(trends_of(history(tuple(runs)), HOW), *P95).changes


@pytest.mark.parametrize(("days", "stands"), [(0, False), (2, False), (-3, False), (9, True)])
def test_an_acknowledged_regression_is_borne_though_its_first_night_moves(days: int, *, stands: bool) -> None:
    how = Nights(worse={P95: 1.7})
    found = trends(how, acknowledgement(nights(how)[40], days))
    assert bool(found.open_regressions) is stands
    assert found.exit_code is (ExitCode.FAILED if stands else ExitCode.PASS)


def test_too_few_nights_decide_nothing() -> None:
    assert trends(Nights(count=5, since=2, worse=SLOWER)).exit_code is ExitCode.UNDECIDED


def test_what_is_no_longer_measured_is_no_pass() -> None:
    runs = nights(Nights(count=20))
    blind = tuple(
        replace(
            run,
            verdict=run.verdict.model_copy(update={"objectives": ()}),
            indicators=run.indicators.model_copy(
                update={
                    "values": tuple(
                        value for value in run.indicators.values if value.name != "redis.hit_rate"
                    )
                }
            ),
        )
        for run in runs[-3:]
        if run.verdict and run.indicators
    )
    found = trends_of(history((*runs[:-3], *blind)), HOW)
    assert one(found, "redis.hit_rate").is_lost
    assert found.exit_code is ExitCode.UNDECIDED


def test_runs_of_another_kind_are_set_apart_and_useless_ones_left_out() -> None:
    runs = nights(Nights(count=12))
    other = Generator(version="9", locust="9", python="3", host="elsewhere", cpu="c", cores=1, memory_bytes=1)
    strange = (
        changed(runs[0], workload_hash="f" * 64),
        changed(runs[1], generator=other),
        changed(runs[2], status=Status.INTERRUPTED),
        replace(runs[3], verdict=None),
        invalid(runs[4]),
    )
    found = history((*strange, *runs[5:]))
    assert [run.run_id for run in found.runs] == [run.run_id for run in runs[5:]]
    assert found.set_apart == (
        "1 run of another workload (ffffffff)",
        "1 run from another machine (elsewhere)",
    )
    assert found.left_out == ("1 run unfinished", "1 run not judged", "1 run INVALID")
    everywhere = history_of((*strange, *runs[5:]), any_generator=True)
    assert everywhere is not None
    assert len(everywhere.runs) == 8
    assert history_of(strange, workload="ffff") is not None
    assert history_of(strange[2:]) is None


def test_of_runs_without_indicators_the_objectives_tell() -> None:
    runs = tuple(replace(run, indicators=None) for run in nights(Nights(worse=SLOWER)))
    found = trends_of(history(runs), HOW)
    assert {(trend.name, trend.about) for trend, _ in found.open_regressions} == {("p95", ""), ("p99", "")}


def test_nothing_measured_twice_is_nothing_to_divide() -> None:
    flat = one(trends(Nights(count=12)), "redis.evicted_keys")
    assert np.ptp(flat.known) == 0
    assert not flat.changes


def changed(run: PastRun, **fields: object) -> PastRun:
    return replace(run, manifest=run.manifest.model_copy(update=fields))


def invalid(run: PastRun) -> PastRun:
    assert run.verdict is not None
    update = {"verdict": Decision.INVALID, "validity": Validity(valid=False, reasons=("saturated",))}
    return replace(run, verdict=run.verdict.model_copy(update=update))
