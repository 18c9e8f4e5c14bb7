from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preseason.run.timeline import Event, EventKind
from preseason.slo.alerts.model import AlertLevel, AlertPolicy
from preseason.slo.alerts.reading import parse_alerts
from preseason.slo.reading import parse_slo
from preseason.testing import ORIGIN_S, SyntheticRun, Traffic, samples_table, synthetic_run
from preseason.verdict.judging import judge
from preseason.verdict.model import AlertState

if TYPE_CHECKING:
    from preseason.verdict.model import AlertResult

LOAD = "load: {model: open, rate: 20/s, duration: 60s, warmup: 0s}\n"
SLO = LOAD + "objectives: [errors < 1 %, errors < 0.1 % for /x]\n"
FIRED, QUIET, NOT_EVALUABLE = AlertState


def policy(*alerts: str) -> AlertPolicy:
    return parse_alerts("critical:\n" + "".join(f"  - {alert}\n" for alert in alerts), "alerts.yaml")


def asked(run: SyntheticRun, alert: str) -> AlertResult:
    (result,) = judge(run, parse_slo(SLO, "slo.yaml"), policy(alert)).alerts
    return result


def failing(seconds: int, share_of_ten: dict[int, int]) -> SyntheticRun:
    """Ten requests a second, of which so many fail from a second on."""
    failures = np.zeros(seconds, dtype=np.int64)
    for second, count in sorted(share_of_ten.items()):
        failures[second:] = count
    ok = (np.arange(10) >= failures[:, None]).ravel()
    return synthetic_run(seconds, [Traffic.of(np.repeat(np.arange(seconds), 10), 10.0, ok)])


def moments(result: AlertResult) -> list[tuple[float, float | None]]:
    """When it fired and ended, in seconds of the load."""
    return [
        (one.start_s - ORIGIN_S, None if one.end_s is None else one.end_s - ORIGIN_S)
        for one in result.firings
    ]


def test_an_alert_over_a_window_fires_when_the_window_passes_its_limit_and_ends_when_it_no_longer_does() -> (
    None
):
    # From second 100 on half of the requests fail, for 20 s. 4 of 60 seconds at 50 % are 3.3 %, 7 are 5.8 %.
    result = asked(failing(300, {100: 5, 120: 0}), "errors > 5 % over 1m")

    assert result.state is FIRED
    assert moments(result) == [(107.0, 174.0)]
    assert result.worst == pytest.approx(10 / 60)


def test_a_limit_that_is_met_exactly_is_kept() -> None:
    # 6 seconds at 50 % are exactly 5 % of a minute.
    run = failing(300, {100: 5, 106: 0})

    assert asked(run, "errors > 5 % over 1m").state is QUIET
    assert asked(run, "errors >= 5 % over 1m").state is FIRED
    assert asked(run, "availability < 95 % over 1m").state is QUIET
    assert asked(run, "availability <= 95 % over 1m").state is FIRED


@pytest.mark.parametrize(("bad_s", "state"), [(31, QUIET), (32, FIRED)])
def test_a_condition_must_last_without_a_break(bad_s: int, state: AlertState) -> None:
    """One bad second is half a window, not more; the first evaluation and the 31st are 30 s apart."""
    run = failing(200, {100: 10, 100 + bad_s: 0})

    assert asked(run, "errors > 50 % over 2s lasting 30s").state is state


def test_a_break_of_a_second_begins_the_count_anew() -> None:
    run = failing(200, {50: 10, 75: 0, 77: 10, 102: 0})

    assert asked(run, "errors > 50 % over 2s lasting 30s").state is QUIET


def test_an_alert_that_still_fires_when_the_load_ends_has_no_end() -> None:
    assert moments(asked(failing(120, {80: 10}), "errors > 5 % over 1m")) == [(84.0, None)]


def test_a_load_shorter_than_the_window_says_how_long_it_must_be() -> None:
    result = asked(failing(120, {0: 10}), "errors > 5 % over 5m lasting 1m")

    assert (result.state, result.firings, result.needs_s) == (NOT_EVALUABLE, (), 360.0)
    assert "6 minutes" in result.needs


def test_a_mean_is_that_of_what_was_answered() -> None:
    seconds = np.repeat(np.arange(120), 10)
    slow = synthetic_run(120, [Traffic.of(seconds, np.where(seconds < 60, 100.0, 2500.0))])

    result = asked(slow, "mean > 2 s over 30s")

    # (100 (30 - k) + 2500 k) / 30 is above 2000 from k = 24 on.
    assert moments(result) == [(84.0, None)]
    assert asked(synthetic_run(120, [Traffic.steady(120, 10, 2000.0)]), "mean > 2 s over 30s").state is QUIET


def test_what_is_never_answered_is_not_a_fast_mean() -> None:
    seconds = np.repeat(np.arange(120), 10)
    dead = synthetic_run(120, [Traffic.of(seconds, 10.0, seconds < 60)])

    assert asked(dead, "mean > 2 s over 30s").state is NOT_EVALUABLE
    assert asked(dead, "errors > 5 % over 30s").state is FIRED


def test_silence_in_the_middle_is_not_quiet() -> None:
    seconds = np.repeat(np.r_[np.arange(60), np.arange(120, 180)], 10)
    result = asked(synthetic_run(180, [Traffic.of(seconds, 10.0)]), "errors > 5 % over 30s")

    assert result.state is NOT_EVALUABLE
    assert 0.5 < result.known < 1
    assert "gaps" in result.reason


def test_one_failure_among_a_few_requests_is_no_error_rate() -> None:
    few = synthetic_run(300, [Traffic.of(np.arange(0, 300, 10), 10.0, ok=np.arange(30) != 15)])

    assert asked(few, "errors > 5 % over 1m").state is NOT_EVALUABLE


def test_an_alert_may_speak_of_one_endpoint() -> None:
    result = asked(failing(120, {0: 10}), "errors > 5 % for POST /api/nothing over 1m")

    assert result.state is NOT_EVALUABLE
    assert "POST /api/nothing" in result.reason


def cache(hits: np.ndarray, misses: np.ndarray, **of: str) -> SyntheticRun:
    """A cache that counts so many hits and misses a second."""
    counters = {("redis", "keyspace_hits"): hits.cumsum(), ("redis", "keyspace_misses"): misses.cumsum()}
    return synthetic_run(
        len(hits),
        [Traffic.steady(len(hits), 10, 10.0)],
        samples=[samples_table(counters, of.get("epoch", "a"))],
    )


def test_a_low_hit_rate_fires_and_exactly_its_limit_does_not() -> None:
    constant = np.full(180, 80.0)
    low = np.where(np.arange(180) < 90, 80.0, 10.0)

    assert asked(cache(constant, np.full(180, 20.0)), "redis.hit_rate < 80 % over 1m").state is QUIET
    assert asked(cache(low, np.full(180, 20.0)), "redis.hit_rate < 80 % over 1m").state is FIRED


def test_a_cache_that_nobody_sampled_is_not_quiet() -> None:
    result = asked(failing(120, {}), "redis.hit_rate < 80 % over 1m")

    assert result.state is NOT_EVALUABLE
    assert "--redis" in result.reason


def test_samples_that_miss_half_a_minute_leave_the_hit_rate_open() -> None:
    hits = np.where((np.arange(240) > 100) & (np.arange(240) < 130), np.nan, np.arange(240) * 90.0)
    misses = np.where(np.isnan(hits), np.nan, np.arange(240) * 10.0)
    counters = {("redis", "keyspace_hits"): hits, ("redis", "keyspace_misses"): misses}
    run = synthetic_run(240, [Traffic.steady(240, 10, 10.0)], samples=[samples_table(counters, "a")])

    assert asked(run, "redis.hit_rate < 80 % over 1m").state is NOT_EVALUABLE


def gauges(values: np.ndarray) -> SyntheticRun:
    table = samples_table({("host", "cpu"): values})
    return synthetic_run(len(values), [Traffic.steady(len(values), 10, 10.0)], samples=[table])


def test_a_gauge_must_stay_above_its_limit_for_as_long_as_it_must_last() -> None:
    busy = np.where(np.arange(300) < 100, 0.5, 0.9)
    dipping = np.where(np.arange(300) == 200, 0.8, busy)

    assert moments(asked(gauges(busy), "cpu > 80 % lasting 2m")) == [(220.0, None)]
    assert asked(gauges(dipping), "cpu > 80 % lasting 2m").state is QUIET
    assert asked(gauges(dipping), "cpu > 80 % over 2m").state is FIRED


def test_a_gap_breaks_what_lasted_and_leaves_the_alert_open() -> None:
    values = np.full(300, 0.9)
    values[100:200] = np.nan

    result = asked(gauges(values), "cpu > 80 % lasting 2m")

    assert (result.state, result.firings) == (NOT_EVALUABLE, ())


def database(*gaps: Event) -> SyntheticRun:
    table = samples_table({("postgres", "connections"): np.full(120, 5.0)})
    return synthetic_run(120, [Traffic.steady(120, 10, 10.0)], samples=[table], timeline=gaps)


def gap(**facts: bool) -> Event:
    return Event(
        at_s=ORIGIN_S + 50.5,
        until_s=ORIGIN_S + 55.5,
        kind=EventKind.GAP,
        source="postgres",
        text="gone",
        facts=dict(facts),
    )


@pytest.mark.parametrize(
    ("gaps", "state"),
    [
        ((), QUIET),
        ((gap(lost=True),), FIRED),
        ((gap(lost=False),), QUIET),  # it answered: its counters began anew
        ((gap(),), NOT_EVALUABLE),  # a run of an earlier version
    ],
)
def test_a_database_that_could_not_be_reached_fires(gaps: tuple[Event, ...], state: AlertState) -> None:
    assert asked(database(*gaps), "postgres.connection_failures > 0").state is state


def test_a_database_that_nobody_looked_at_is_not_quiet() -> None:
    result = asked(failing(120, {}), "postgres.connection_failures > 0")

    assert result.state is NOT_EVALUABLE
    assert "--postgres" in result.reason


def test_the_limit_of_an_alert_on_errors_is_told_as_a_burn_rate() -> None:
    assert asked(failing(120, {}), "errors > 5 % over 1m").burn_rates == {"errors < 1 %": 5.0}


def test_alerts_change_no_verdict_and_the_gravest_come_first() -> None:
    run, slo = failing(120, {30: 1}), parse_slo(SLO, "slo.yaml")
    both = parse_alerts(
        "warning: [errors > 1 % over 30s]\ncritical: [errors > 5 % over 30s]\n", "alerts.yaml"
    )
    with_alerts = judge(run, slo, both)

    assert [one.level for one in with_alerts.alerts] == [AlertLevel.CRITICAL, AlertLevel.WARNING]
    assert with_alerts.model_copy(update={"alerts": ()}) == judge(run, slo)


def test_a_run_that_never_began_its_load_evaluates_nothing() -> None:
    never = failing(60, {}).changed(load_started_s=None, load_ended_s=None)

    assert asked(never, "errors > 5 % over 30s").state is NOT_EVALUABLE


@given(
    st.lists(st.sampled_from([0, 0, 0, 3, 10]), min_size=5, max_size=60),
    st.integers(2, 12),
    st.integers(0, 8),
)
def test_firings_are_those_that_a_look_at_every_second_finds(
    failures: list[int], over_s: int, lasting_s: int
) -> None:
    run = failing(len(failures), dict(enumerate(failures)))
    lasting = f" lasting {lasting_s}s" if lasting_s else ""

    result = asked(run, f"errors > 25 % over {over_s}s{lasting}")

    since: int | None = None
    firing = set()
    for now in range(over_s, len(failures) + 1):
        window = failures[now - over_s : now]
        since = (now if since is None else since) if 4 * sum(window) > 10 * over_s else None
        if since is not None and now - since >= lasting_s:
            firing.add(now)
    found = {
        now
        for start, end in moments(result)
        for now in range(int(start), len(failures) + 1 if end is None else int(end))
    }
    assert found == firing
