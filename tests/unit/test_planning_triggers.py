from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from preseason.planning.triggers.backtest import (
    BackTest,
    Rehearsal,
    Timing,
    backtest,
    compressed,
    rehearsal_of,
)
from preseason.planning.triggers.sweeps import sweep
from preseason.run.requests import Endpoint
from preseason.slo.alerts.grammar import parse_alert
from preseason.slo.alerts.model import AlertLevel
from preseason.slo.reading import parse_slo
from preseason.testing import Traffic, arrivals_table, samples_table, synthetic_run

if TYPE_CHECKING:
    from preseason.slo.model import Slo

LOAD = "load: {model: open, rate: 20/s, duration: 60s, warmup: 0s}\n"
SLO = parse_slo(LOAD + "objectives: [p95 < 200 ms, errors < 1 %]\n", "slo.yaml")
SECONDS = 600


def ramp(
    breaks_at_s: int | None, cpu: np.ndarray | None = None, seconds: int = SECONDS, slo: Slo = SLO
) -> Rehearsal:
    """Ten requests a second that get slow at a moment, under a CPU that rises to its limit meanwhile."""
    second = np.repeat(np.arange(seconds), 10)
    slow = np.zeros(len(second), dtype=bool) if breaks_at_s is None else second >= breaks_at_s
    used = np.linspace(0, 1, seconds) if cpu is None else cpu
    run = synthetic_run(
        seconds,
        [Traffic.of(second, np.where(slow, 3000.0, 50.0))],
        arrivals=arrivals_table(list(range(seconds))),
        samples=(samples_table({("host", "cpu"): used}),),
    )
    found = rehearsal_of(run, slo)
    assert found is not None
    return found


def asked(text: str, rehearsal: Rehearsal, scale_up_s: float = 0.0) -> BackTest:
    return backtest(parse_alert(text, AlertLevel.SCALING), rehearsal, scale_up_s)


def test_the_moment_at_which_objectives_broke_is_found() -> None:
    found = ramp(400)
    assert found.broke_s == 400
    assert found.suffering.objective == "p95 < 200 ms"
    assert found.suffering.lost(None) == 2000
    assert ramp(None).broke_s is None


def test_a_trigger_that_fires_early_enough_is_in_time() -> None:
    # The CPU passes 50 % at second 300; a minute later it has lasted.
    found = asked("cpu > 50 % lasting 1m", ramp(400), scale_up_s=30)
    assert found.timing is Timing.IN_TIME
    assert found.fired_s == pytest.approx(361, abs=2)
    assert found.lead_s == pytest.approx(39, abs=2)
    assert (found.lost, found.lost_in_all) == (0, 2000)
    assert found.planned_rate == pytest.approx(355, abs=3)
    assert found.answered_rate == pytest.approx(10)


def test_a_trigger_is_late_when_instances_come_after_users_suffer() -> None:
    found = asked("cpu > 50 % lasting 1m", ramp(400), scale_up_s=60)
    assert found.timing is Timing.LATE
    assert found.lost == pytest.approx(210, abs=20)


def test_a_trigger_on_what_users_feel_fires_after_they_do() -> None:
    found = asked("mean > 2 s over 2m", ramp(400), scale_up_s=60)
    assert found.timing is Timing.LATE
    assert found.lead_s is not None
    assert found.lead_s < -60
    assert found.lost > 1000


def test_a_trigger_that_stays_silent_while_users_suffer_never_fires() -> None:
    found = asked("errors > 5 % over 5m", ramp(200), scale_up_s=60)
    assert found.timing is Timing.NEVER
    assert found.lost == found.lost_in_all == 4000


def test_a_trigger_in_a_healthy_run_is_a_false_alarm_or_quiet() -> None:
    assert asked("cpu > 50 % lasting 1m", ramp(None)).timing is Timing.FALSE_ALARM
    assert asked("cpu > 99 % lasting 1m", ramp(None)).timing is Timing.QUIET


def test_a_run_shorter_than_the_time_of_a_trigger_cannot_tell() -> None:
    found = asked("cpu > 80 % lasting 5m", ramp(50, seconds=120))
    assert found.timing is Timing.NOT_EVALUABLE
    assert found.needs_s == 300
    assert "5 minutes" in found.reason
    nearly = asked("errors > 5 % over 5m", ramp(50, seconds=290)).reason
    assert nearly.startswith(
        "the load, with what it left to be answered, lasted 4 min 50 s, and this takes 5 min"
    )


def test_what_was_not_sampled_cannot_tell() -> None:
    assert asked("memory > 80 % lasting 1m", ramp(400)).timing is Timing.NOT_EVALUABLE


def test_a_rehearsal_compresses_times_and_the_name_tells() -> None:
    rule = parse_alert("cpu > 80 % lasting 5m", AlertLevel.SCALING)
    assert compressed(rule, 10).name == "cpu > 80 % lasting 30s"
    assert compressed(rule, 1) is rule
    assert compressed(parse_alert("errors > 5 % over 5m", AlertLevel.SCALING), 1000).over_s == 1
    found = backtest(rule, ramp(60, np.ones(120), 120), 0, time_scale=10)
    assert (found.timing, found.fired_s) == (Timing.IN_TIME, 30)
    assert (found.as_written, found.rule, found.time_scale) == (rule.name, "cpu > 80 % lasting 30s", 10)


def test_a_sweep_recommends_the_least_eager_trigger_that_gives_the_lead() -> None:
    runs = [ramp(400), ramp(None, np.full(SECONDS, 0.4))]
    rule = parse_alert("cpu > 80 % lasting 5m", AlertLevel.SCALING)
    found = sweep(rule, runs, wanted_s=60)
    chosen = found.chosen
    assert chosen is not None
    assert chosen.lead_s is not None
    assert chosen.lead_s >= 60
    assert chosen.false_alarms == chosen.missed == 0
    assert 0.4 < chosen.rule.limit < 0.57
    eager = [one for one in found.candidates if one.rule.limit < 0.4]
    assert all(one.false_alarms == 1 for one in eager)


def test_no_trigger_is_recommended_where_none_serves() -> None:
    rule = parse_alert("errors > 5 % over 1m", AlertLevel.SCALING)
    assert sweep(rule, [ramp(400)], wanted_s=60).chosen is None
    cpu = parse_alert("cpu > 80 % lasting 1m", AlertLevel.SCALING)
    found = sweep(cpu, [ramp(400)], wanted_s=500)
    assert found.chosen is None
    assert found.earliest is not None
    assert 300 < (found.earliest.lead_s or 0) < 500


def test_candidates_without_a_broken_run_have_no_lead() -> None:
    rule = parse_alert("cpu > 80 % lasting 1m", AlertLevel.SCALING)
    assert all(one.lead_s is None for one in sweep(rule, [ramp(None)], 60).candidates)


def test_waived_and_advisory_objectives_do_not_count_as_suffering() -> None:
    advisory = replace(SLO, objectives=tuple(replace(one, required=False) for one in SLO.objectives))
    found = rehearsal_of(ramp(400).run, advisory)
    assert found is not None
    assert found.suffering.judged == 0
    assert found.broke_s is None


def test_a_run_in_which_nothing_was_promised_about_requests_cannot_tell() -> None:
    of_servers = parse_slo(LOAD + "objectives: [cpu < 80 %]\n", "slo.yaml")
    found = asked("cpu > 50 % lasting 1m", ramp(400, slo=of_servers))
    assert found.timing is Timing.NOT_EVALUABLE
    assert "--slo" in found.reason
    assert found.fired_s == pytest.approx(361, abs=2)


def test_a_promised_mean_breaks_too() -> None:
    of_means = parse_slo(LOAD + "objectives: [mean < 100 ms]\n", "slo.yaml")
    assert ramp(400, slo=of_means).broke_s == 400
    assert ramp(None, slo=of_means).broke_s is None


def test_an_objective_over_windows_of_its_own_breaks_in_such_a_window() -> None:
    second = np.repeat(np.arange(1800), 10)
    slow = (second >= 300) & (second < 328)  # 28 s of 15 minutes are 3 %, of half a minute almost all
    run = synthetic_run(1800, [Traffic.of(second, np.where(slow, 3000.0, 50.0))])
    short, long = (
        rehearsal_of(run, parse_slo(f"{LOAD}objectives: [p95 < 200 ms over {window}]\n", "slo.yaml"))
        for window in ("30s", "15m")
    )
    assert short is not None
    assert long is not None
    assert (short.broke_s, long.broke_s) == (300, None)


def test_requests_are_lost_from_the_break_on_and_by_endpoint() -> None:
    """Of one endpoint 3 % are slow all along, which was promised; the other breaks at 400."""
    second = np.repeat(np.arange(600), 100)
    usual = np.tile(np.where(np.arange(100) < 3, 300.0, 50.0), 600)
    other = np.repeat(np.arange(600), 10)
    run = synthetic_run(
        600,
        [
            Traffic.of(second, usual),
            Traffic.of(other, np.where(other >= 400, 3000.0, 50.0), endpoint=Endpoint("/api/trades", "POST")),
        ],
        samples=(samples_table({("host", "cpu"): np.linspace(0, 1, 600)}),),
    )
    slo = parse_slo(LOAD + "objectives: [p95 < 200 ms]\n", "slo.yaml")
    found = rehearsal_of(run, slo)
    assert found is not None
    assert found.broke_s == 400
    late = asked("cpu > 60 % lasting 1m", found, scale_up_s=30)
    assert late.fired_s == pytest.approx(420, abs=1)
    lost_s = int(late.fired_s or 0) + 30 - 400
    assert late.lost == 13 * lost_s
    assert dict(late.lost_by_endpoint) == {
        "POST /api/trades": 10 * lost_s,
        "GET /api/leagues/{id}/data": 3 * lost_s,
    }
    assert asked("cpu > 10 % lasting 1m", found, scale_up_s=30).lost == 0


def test_an_invalid_run_says_why() -> None:
    lost = arrivals_table([10] * 120, dropped=[5] * 120)
    run = synthetic_run(120, [Traffic.steady(120, 10, 50.0)], arrivals=lost)
    found = rehearsal_of(run, SLO)
    assert found is not None
    assert found.invalid
    assert ramp(400).invalid == ()


def test_thresholds_are_found_in_runs_shorter_than_the_trigger_as_it_is_written() -> None:
    rule = parse_alert("mean > 2 s over 10m", AlertLevel.SCALING)
    found = sweep(rule, [ramp(50, seconds=120)], wanted_s=-60, time_scale=20)
    assert found.chosen is not None
    assert found.chosen.rule.limit < 3000
