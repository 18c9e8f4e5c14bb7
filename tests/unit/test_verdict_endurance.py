"""What only hours show, on runs whose truth is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.signal import lfilter

from preseason.errors import ExitCode
from preseason.run.manifest import Soak
from preseason.run.timeline import Event, EventKind
from preseason.slo.model import Unit
from preseason.slo.reading import parse_slo
from preseason.testing import LINEUP, ORIGIN_S, Traffic, samples_table, synthetic_run
from preseason.verdict.endurance.drifting import drifts_of
from preseason.verdict.endurance.figures import Figure
from preseason.verdict.judging import judge
from preseason.verdict.model import Decision, Outcome, Verdict
from preseason.verdict.statistics.drift import Block

if TYPE_CHECKING:
    from preseason.verdict.endurance.model import Endurance

MIB = 2.0**20
WEEK_S = 7 * 86400.0
SOAK = Soak(rest_s=30, cool_down_s=60, horizon_s=WEEK_S)
HALF_AN_HOUR = 1800


def soak(
    gauges: dict[tuple[str, ...], np.ndarray],
    *,
    length_s: int = HALF_AN_HOUR,
    traffic: tuple[Traffic, ...] = (),
    timeline: tuple[Event, ...] = (),
    start_s: int = 0,
) -> Verdict:
    """A soak of steady traffic with these gauges, sampled once a second from ``start_s`` on."""
    steady = traffic or (Traffic.steady(length_s, 5, 10.0),)
    table = samples_table(gauges, start_s=start_s)
    run = synthetic_run(length_s, steady, samples=(table,), timeline=timeline, soak=SOAK)
    load = f"load: {{model: open, rate: 5/s, duration: {length_s}s, warmup: 0s}}\n"
    return judge(run, parse_slo(f"{load}objectives:\n  - p95 < 200 ms\n  - errors < 1 %\n", "slo.yaml"))


def hours(verdict: Verdict) -> Endurance:
    assert verdict.endurance is not None
    return verdict.endurance


def noise(size: int, sd: float = 1.0, seed: int = 8) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, sd, size)


def memory(grows_mib_an_hour: float, length_s: int = HALF_AN_HOUR) -> dict[tuple[str, ...], np.ndarray]:
    at_s = np.arange(length_s)
    held = 300 * MIB + grows_mib_an_hour * MIB * at_s / 3600 + noise(length_s, MIB) + (at_s % 50) * MIB / 5
    return {
        ("host", "process_rss_bytes", "platform"): held,
        ("host", "memory_available_bytes"): np.full(length_s, 4096 * MIB),
    }


def test_a_leak_of_a_megabyte_a_minute_fails_within_half_an_hour_and_is_named() -> None:
    verdict = soak(memory(60.0))

    (drift,) = hours(verdict).drifts
    assert drift.figure == "memory of platform"
    assert drift.low < 60 * MIB < drift.high
    assert drift.to_limit_s == pytest.approx(4096 / 60 * 3600, rel=0.05)
    assert verdict.verdict is Decision.FAIL
    assert verdict.exit_code is ExitCode.FAILED
    assert "memory of platform grows by" in verdict.objectives[-1].reason
    assert verdict.objectives[-1].name == "drifts to a limit within 7 days == 0"


def test_memory_that_stands_still_passes() -> None:
    verdict = soak(memory(0.0))

    assert hours(verdict).drifts == ()
    assert verdict.verdict is Decision.PASS


def test_memory_that_settles_is_no_leak() -> None:
    at_s = np.arange(HALF_AN_HOUR)
    settling = memory(0.0)
    settling["host", "process_rss_bytes", "platform"] += 200 * MIB * (1 - np.exp(-at_s / 400))

    assert hours(soak(settling)).drifts == ()


def test_a_leak_of_connections_names_when_there_are_none_left() -> None:
    at_s = np.arange(HALF_AN_HOUR)
    verdict = soak(
        {
            ("postgres", "connections"): np.round(20 + at_s / 60 + noise(len(at_s), 2)),
            ("postgres", "connections_limit"): np.full(len(at_s), 97.0),
        }
    )

    (drift,) = hours(verdict).drifts
    assert (drift.figure, drift.limit, drift.fails) == ("connections to Postgres", 97.0, True)
    assert drift.to_limit_s == pytest.approx((97 - 50) * 60, rel=0.1)
    assert verdict.objectives[-1].outcome is Outcome.FAIL


def test_what_has_come_to_its_limit_and_stands_there_fails_too() -> None:
    full = {
        ("postgres", "connections"): np.full(HALF_AN_HOUR, 97.0),
        ("postgres", "connections_limit"): np.full(HALF_AN_HOUR, 97.0),
    }
    of_drifts = soak(full).objectives[-1]

    assert (of_drifts.outcome, of_drifts.point) == (Outcome.FAIL, 1.0)
    assert of_drifts.reason == "connections to Postgres came to the connections it allows"


def test_what_has_no_end_is_reported_and_decides_nothing() -> None:
    at_s = np.arange(HALF_AN_HOUR)
    verdict = soak({**memory(0.0), ("redis", "keys"): 1000 + at_s + noise(len(at_s), 20)})

    (drift,) = hours(verdict).drifts
    assert (drift.figure, drift.to_limit_s, drift.fails) == ("keys in Redis", None, False)
    assert verdict.verdict is Decision.PASS


def test_a_slow_growth_that_fills_nothing_for_months_is_no_drift() -> None:
    assert hours(soak(memory(4.0))).drifts == ()


def test_a_p95_that_creeps_is_found_with_its_endpoint() -> None:
    seconds = np.repeat(np.arange(HALF_AN_HOUR), 5)
    creeping = Traffic.of(seconds, 20 + seconds / 60 + np.abs(noise(len(seconds), 3)), endpoint=LINEUP)
    verdict = soak(memory(0.0), traffic=(creeping,))

    assert [drift.figure for drift in hours(verdict).drifts] == ["p95 of POST /api/teams/lineup"]
    assert hours(verdict).drifts[0].per_hour == pytest.approx(60, rel=0.15)


def test_too_short_a_soak_cannot_rule_a_drift_out() -> None:
    verdict = soak(memory(0.0, length_s=300), length_s=300)

    assert verdict.objectives[-1].outcome is Outcome.UNDECIDED
    assert verdict.exit_code is ExitCode.UNDECIDED


def test_without_any_figure_that_has_an_end_there_is_no_pass() -> None:
    assert soak({}).objectives[-1].outcome is Outcome.NO_DATA


@pytest.mark.parametrize("phi", [0.5, 0.97])
def test_healthy_nights_raise_no_alarm_among_all_their_figures(phi: float) -> None:
    at_s = np.arange(0, 28_800, 20.0)
    draw, quiet = np.random.default_rng(5), 0
    for _ in range(200):
        shocks = draw.normal(0, 1, (8, len(at_s)))
        series = 100 + lfilter([1], [1, -phi], shocks, axis=1)
        figures = [
            Figure(f"figure {place}", Unit.COUNT, at_s, values, Block(kind), limit=200.0, decides=True)
            for place, (values, kind) in enumerate(zip(series, ["mean", "floor"] * 4, strict=True))
        ]
        quiet += not drifts_of(figures, WEEK_S)

    assert quiet >= 190


def test_what_the_load_took_is_given_back_kept_or_left_behind() -> None:
    length_s, rest_s, cool_s = 900, 60, 60
    at_s = np.arange(-rest_s, length_s + cool_s)
    loaded, over = (at_s >= 0) & (at_s < length_s), at_s >= length_s
    connections = np.where(loaded, 25.0, 5.0)
    pool = np.where(at_s < 0, 5.0, 25.0)
    leaked = np.where(over, 60.0, np.where(loaded, 25.0, 5.0))
    verdict = soak(
        {
            ("postgres", "connections"): connections,
            ("postgres", "connections_by_state", "idle in transaction"): np.where(over, 1.0, 0.0),
            ("redis", "clients"): pool,
            ("host", "process_open_files", "platform"): leaked,
        },
        length_s=length_s,
        start_s=-rest_s,
        timeline=(Event(at_s=float(ORIGIN_S), kind=EventKind.PREPARING, text=""),),
    )

    assert {one.figure: one.outcome for one in hours(verdict).returns} == {
        "connections to Postgres": "RETURNED",
        "sessions idle in a transaction": "LEFT_BEHIND",
        "clients of Redis": "KEPT",
        "open files of platform": "LEFT_BEHIND",
    }


def probed(down: slice, length_s: int = HALF_AN_HOUR) -> np.ndarray:
    answers = np.ones(length_s)
    answers[down] = 0.0
    return answers


def test_an_outage_is_critical_where_every_request_fails_too() -> None:
    seconds = np.repeat(np.arange(HALF_AN_HOUR), 5)
    down = (seconds >= 600) & (seconds < 660)
    verdict = soak({("health", "up"): probed(slice(600, 660))}, traffic=(Traffic.of(seconds, 10.0, ~down),))

    (incident,) = hours(verdict).incidents
    seen = hours(verdict).availability
    assert (incident.severity, incident.because) == ("P0", "platform completely unavailable")
    assert (incident.at_s, incident.until_s) == (ORIGIN_S + 600, ORIGIN_S + 660)
    assert "failed 100 % of its requests" in incident.what
    assert seen is not None
    assert (seen.failed, seen.down_s, seen.longest_s) == (60, 60.0, 60.0)
    assert seen.low < seen.ratio == 1 - 60 / HALF_AN_HOUR


def test_a_health_page_that_is_down_alone_is_no_outage() -> None:
    (incident,) = hours(soak({("health", "up"): probed(slice(600, 660))})).incidents
    assert incident.severity == "P2"


def test_a_lost_database_is_high_and_one_failed_probe_low() -> None:
    lost = Event(
        at_s=float(ORIGIN_S + 900),
        until_s=float(ORIGIN_S + 930),
        kind=EventKind.GAP,
        source="postgres",
        text="connection refused",
        facts={"lost": True},
    )
    incidents = hours(soak({("health", "up"): probed(slice(300, 301))}, timeline=(lost,))).incidents

    assert [(one.severity, one.because) for one in incidents] == [
        ("P3", "a single look failed"),
        ("P1", "database connectivity issues"),
    ]


def test_burn_rate_windows_fire_while_both_burn_and_know_nothing_beyond_the_load() -> None:
    length_s = 3 * 3600
    seconds = np.repeat(np.arange(length_s), 2)
    failing = (seconds >= 5400) & (seconds < 6600)
    burns = hours(soak({}, length_s=length_s, traffic=(Traffic.of(seconds, 10.0, ~failing),))).burns
    errors = {burn.long_s: burn for burn in burns if burn.objective == "errors < 1 %"}

    (episode,) = errors[3600.0].episodes
    assert errors[3600.0].worst == pytest.approx(100 * 1200 / 3600, rel=0.01)
    assert ORIGIN_S + 5400 < episode.start_s < ORIGIN_S + 6600
    assert episode.end_s == pytest.approx(ORIGIN_S + 6600 + 300, abs=60)
    assert errors[6 * 3600.0].worst is None
