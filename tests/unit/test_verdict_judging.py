from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preseason.errors import ExitCode
from preseason.run.manifest import Status
from preseason.run.tables import Table
from preseason.run.timeline import Event, EventKind
from preseason.slo.reading import parse_slo
from preseason.testing import (
    LEAGUE,
    LINEUP,
    ORIGIN,
    ORIGIN_S,
    SyntheticRun,
    Traffic,
    arrivals_table,
    errors_table,
    samples_table,
    synthetic_run,
)
from preseason.verdict.arrivals import JOURNEY
from preseason.verdict.endpoints import summarise
from preseason.verdict.judging import exit_code, judge
from preseason.verdict.model import Decision, FindingKind, ObjectiveResult, Outcome, Validity, Verdict

LOAD = "load: {model: open, rate: 20/s, duration: 60s, warmup: 0s}\n"
GOOD = Traffic.steady(60, 50, 10.0)
SLOW = Traffic.steady(60, 50, 340.0, endpoint=LINEUP)
FAILING = Traffic.steady(60, 5, 10.0, ok=False, endpoint=LINEUP)


def verdict_on(run: SyntheticRun, *objectives: str) -> Verdict:
    listed = "".join(f"  - {objective}\n" for objective in objectives)
    return judge(run, parse_slo(f"{LOAD}objectives:\n{listed}", "slo.yaml"))


def titles(verdict: Verdict, kind: FindingKind) -> list[str]:
    return [finding.title for finding in verdict.findings if finding.kind is kind]


def result(outcome: Outcome, *, required: bool = True) -> ObjectiveResult:
    return ObjectiveResult(
        name="p95 < 200 ms",
        indicator="p95",
        comparison="<",
        outcome=outcome,
        point=None,
        low=None,
        high=None,
        limit=200.0,
        unit="ms",
        required=required,
    )


def test_a_platform_that_meets_everything_passes() -> None:
    verdict = verdict_on(synthetic_run(60, [GOOD]), "p95 < 200 ms", "errors < 1 %")

    assert (verdict.verdict, verdict.exit_code) == (Decision.PASS, ExitCode.PASS)
    assert verdict.sentence.startswith("All 2 objectives hold")


def test_one_missed_objective_fails_the_run_and_is_named() -> None:
    verdict = verdict_on(synthetic_run(60, [GOOD, SLOW]), "p95 < 200 ms", "errors < 1 %")

    assert (verdict.verdict, verdict.exit_code) == (Decision.FAIL, ExitCode.FAILED)
    assert "p95 < 200 ms" in verdict.sentence
    assert "measured 34" in verdict.sentence


def test_an_undecided_objective_leaves_the_run_undecided() -> None:
    few = Traffic.of(np.arange(30), 10.0)

    verdict = verdict_on(synthetic_run(60, [few]), "p95 < 200 ms")

    assert (verdict.verdict, verdict.exit_code) == (Decision.UNDECIDED, ExitCode.UNDECIDED)
    assert "Nothing failed" in verdict.sentence


def test_an_advisory_objective_never_decides_a_run() -> None:
    slow_but_advisory = "{objective: p95 < 200 ms, required: false}"

    verdict = verdict_on(synthetic_run(60, [GOOD, SLOW]), "errors < 1 %", slow_but_advisory)

    assert verdict.exit_code is ExitCode.PASS
    assert verdict.objectives[1].outcome is Outcome.FAIL


def waived(until: date) -> str:
    return f"{{objective: p95 < 200 ms, waived: {{owner: ann, reason: index, until: {until}}}}}"


def test_a_waived_objective_is_never_a_pass_and_shows_what_was_measured() -> None:
    verdict = verdict_on(synthetic_run(60, [GOOD]), "errors < 1 %", waived(ORIGIN.date()))

    assert verdict.exit_code is ExitCode.PASS
    assert verdict.objectives[1].outcome is Outcome.WAIVED
    assert verdict.objectives[1].point is not None
    assert "waived by ann" in verdict.objectives[1].reason


def test_a_run_of_nothing_but_waived_objectives_is_undecided() -> None:
    assert verdict_on(synthetic_run(60, [GOOD]), waived(ORIGIN.date())).exit_code is ExitCode.UNDECIDED


def test_a_waiver_that_had_expired_when_the_run_was_made_does_not_stand() -> None:
    verdict = verdict_on(synthetic_run(60, [GOOD, SLOW]), waived(date(2026, 1, 4)))

    assert verdict.objectives[0].outcome is Outcome.FAIL


@pytest.mark.parametrize(
    ("valid", "outcomes", "code"),
    [
        (True, [Outcome.PASS, Outcome.PASS], ExitCode.PASS),
        (True, [Outcome.PASS, Outcome.WAIVED], ExitCode.PASS),
        (True, [Outcome.PASS, Outcome.NO_DATA], ExitCode.UNDECIDED),
        (True, [Outcome.PASS, Outcome.NOT_STEADY], ExitCode.UNDECIDED),
        (True, [Outcome.UNDECIDED, Outcome.FAIL], ExitCode.FAILED),
        (True, [], ExitCode.UNDECIDED),
        (False, [Outcome.FAIL], ExitCode.INVALID),
        (False, [Outcome.PASS], ExitCode.INVALID),
    ],
)
def test_the_exit_code_tells_the_weightiest_reason(
    *, valid: bool, outcomes: list[Outcome], code: ExitCode
) -> None:
    assert exit_code(Validity(valid=valid), [result(outcome) for outcome in outcomes]) is code


def test_a_run_that_never_began_its_load_is_judged_on_nothing() -> None:
    run = synthetic_run(60, load_started_s=None, load_ended_s=None)

    verdict = verdict_on(run, "p95 < 200 ms")

    assert verdict.exit_code is ExitCode.UNDECIDED
    assert verdict.window is None
    assert verdict.objectives[0].outcome is Outcome.NO_DATA


def test_a_killed_run_is_judged_on_what_it_had_recorded() -> None:
    began = Event(at_s=ORIGIN_S, kind=EventKind.LOAD_STARTED, text="the load began")
    run = synthetic_run(
        60,
        [Traffic.steady(20, 50, 10.0)],
        timeline=[began],
        status=Status.RUNNING,
        load_started_s=None,
        load_ended_s=None,
    )

    verdict = verdict_on(run, "p95 < 200 ms")

    assert verdict.objectives[0].outcome is Outcome.PASS
    assert verdict.window is not None
    assert verdict.window.end_s == ORIGIN_S + 20
    assert any("not finished" in title for title in titles(verdict, FindingKind.NOTE))


def test_requests_of_the_preparation_are_not_judged() -> None:
    logins = Traffic.of(np.repeat(np.arange(-20, 0), 20), 900.0, endpoint=LINEUP)

    verdict = verdict_on(synthetic_run(60, [GOOD, logins]), "p95 < 200 ms")

    assert verdict.objectives[0].total == 3000


def test_the_endpoint_that_suffers_is_named() -> None:
    verdict = verdict_on(synthetic_run(60, [GOOD, SLOW, FAILING]), "p95 < 200 ms", "errors < 1 %")

    (slow,) = titles(verdict, FindingKind.SLOW_ENDPOINT)
    (failing,) = titles(verdict, FindingKind.ERRORS_BY_KIND)
    assert str(LINEUP) in slow
    assert str(LEAGUE) not in slow
    assert failing == f"{LINEUP} failed 300 times: 500 Internal Server Error"


def test_an_endpoint_that_fails_fast_is_not_called_slow() -> None:
    failing = Traffic.steady(60, 50, 10.0, ok=np.arange(3000) % 5 != 0, endpoint=LINEUP)
    verdict = verdict_on(synthetic_run(60, [GOOD, failing]), "p95 < 200 ms")

    (title,) = titles(verdict, FindingKind.FAILING_ENDPOINT)
    assert title == f"{LINEUP} fails 20 % of its requests; 80 % of its requests within 200 ms"
    assert not titles(verdict, FindingKind.SLOW_ENDPOINT)


def test_a_low_hit_rate_is_told_with_its_hits_and_misses() -> None:
    counters = {
        ("redis", "keyspace_hits"): np.arange(61) * 30,
        ("redis", "keyspace_misses"): np.arange(61) * 70,
    }
    run = synthetic_run(60, [GOOD], samples=[samples_table(counters, epoch="a")])

    verdict = verdict_on(run, "redis.hit_rate > 90 %")

    (finding,) = [one for one in verdict.findings if one.kind is FindingKind.LOW_HIT_RATE]
    assert "hit rate is 30 %" in finding.title
    assert (finding.evidence["hits"], finding.evidence["misses"]) == (1800, 4200)


def test_what_the_servers_suffered_is_told() -> None:
    gauges = {
        ("postgres", "connections"): np.full(60, 90),
        ("postgres", "connections_limit"): np.full(60, 100),
    }
    counters = {
        ("postgres", "deadlocks"): np.arange(61) // 30,
        ("redis", "evicted_keys"): np.arange(61),
        ("postgres", "statement_exec_ms", "42"): np.arange(61) * 950,
        ("postgres", "statement_exec_ms", "43"): np.arange(61) * 50,
        ("postgres", "statement_calls", "42"): np.arange(61) * 2,
    }
    silent = Event(
        at_s=ORIGIN_S + 5, until_s=ORIGIN_S + 9, kind=EventKind.GAP, source="redis", text="no answer"
    )
    run = synthetic_run(
        60, [SLOW], samples=[samples_table(gauges), samples_table(counters, epoch="a")], timeline=[silent]
    )

    verdict = verdict_on(run, "p95 < 200 ms")

    assert titles(verdict, FindingKind.CONNECTIONS_NEAR_LIMIT) == [
        "Postgres connections reached 90 % of their limit"
    ]
    assert titles(verdict, FindingKind.DEADLOCKS) == ["Postgres resolved 2 deadlocks"]
    assert titles(verdict, FindingKind.EVICTIONS) == ["Redis evicted 60 keys for lack of memory"]
    assert titles(verdict, FindingKind.HEAVY_STATEMENT) == [
        "a statement took 95 % of the database's time: 42"
    ]
    assert titles(verdict, FindingKind.GAP) == ["redis could not be sampled: no answer"]


def test_a_saturated_generator_makes_a_run_invalid_whatever_its_objectives_say() -> None:
    run = synthetic_run(60, [SLOW], samples=[samples_table({("generator", "cpu", "7"): np.full(60, 0.98)})])

    verdict = verdict_on(run, "p95 < 200 ms")

    assert (verdict.verdict, verdict.exit_code) == (Decision.INVALID, ExitCode.INVALID)
    assert "saturated" in verdict.sentence
    assert verdict.validity.generator_bound


@pytest.mark.parametrize(
    ("counts", "lag_ms", "reason"),
    [
        ({"late": [20] * 60}, 70.0, "although a user was free"),
        ({"dropped": [1] * 60}, 1.0, "although a user was free"),
        ({}, 130.0, "by the generator's doing"),
    ],
)
def test_journeys_that_the_generator_lost_make_a_run_invalid(
    counts: dict[str, list[int]], lag_ms: float, reason: str
) -> None:
    run = synthetic_run(60, [GOOD], arrivals=arrivals_table([20] * 60, lag_ms=lag_ms, **counts))

    verdict = verdict_on(run, "p95 < 200 ms")

    assert reason in verdict.sentence
    assert "time to spare" in verdict.sentence
    assert "load for longer" not in verdict.sentence
    assert verdict.validity.generator_bound


def test_one_stall_in_a_short_run_is_told_with_how_few_journeys_there_were() -> None:
    dropped = [2, *[0] * 12]
    run = synthetic_run(13, [Traffic.steady(13, 4, 10.0)], arrivals=arrivals_table([4] * 13, dropped=dropped))

    sentence = verdict_on(run, "p95 < 200 ms").sentence

    assert "2 of 52 planned journeys (3.8 %) began" in sentence
    assert "or load for longer: one stall is much of so few" in sentence


def test_journeys_a_little_late_are_still_the_load_that_was_asked_for() -> None:
    run = synthetic_run(60, [GOOD], arrivals=arrivals_table([20] * 60, lag_ms=30.0, late=[20] * 60))

    assert verdict_on(run, "p95 < 200 ms").verdict is Decision.PASS


def test_journeys_that_broke_off_are_failures_where_no_request_tells_of_them() -> None:
    """The script raised in a tenth of the journeys, though every request was answered well."""
    broken = errors_table([Traffic.steady(60, 2, 0.0, ok=False, endpoint=JOURNEY, error="KeyError: 'data'")])
    run = synthetic_run(60, [Traffic.steady(60, 18, 10.0)])
    crashed = replace(run, tables={**run.tables, Table.ERRORS: broken})

    verdict = verdict_on(crashed, "errors < 1 %", f"errors < 1 % for {LEAGUE}")

    assert [one.outcome for one in verdict.objectives] == [Outcome.FAIL, Outcome.PASS]
    assert verdict.objectives[0].point == pytest.approx(0.1)
    assert titles(verdict, FindingKind.ERRORS_BY_KIND) == ["journeys broke off 120 times: KeyError: 'data'"]


def test_a_journey_that_broke_off_over_a_failed_request_is_counted_once() -> None:
    failing = Traffic.steady(60, 2, 10.0, ok=False)
    journeys = Traffic.steady(60, 2, 0.0, ok=False, endpoint=JOURNEY, error="HTTPError")
    run = synthetic_run(60, [Traffic.steady(60, 18, 10.0), failing])
    crashed = replace(run, tables={**run.tables, Table.ERRORS: errors_table([failing, journeys])})

    assert verdict_on(crashed, "errors < 1 %").objectives[0].total == 1200


def test_journeys_that_the_target_held_up_do_not_make_a_run_invalid() -> None:
    held = arrivals_table([20] * 60, lag_ms=400.0, starved=[20] * 60)

    verdict = verdict_on(synthetic_run(60, [SLOW], arrivals=held), "p95 < 200 ms")

    assert verdict.verdict is Decision.FAIL
    assert titles(verdict, FindingKind.ARRIVALS_LOST) == [
        "1,200 of 1,200 journeys waited for a free user: the target held every user".replace(",", "\u202f")
    ]


def test_a_clock_that_jumps_makes_a_run_invalid_if_it_was_during_the_load() -> None:
    during, after = (
        Event(at_s=ORIGIN_S + at_s, kind=EventKind.CLOCK_JUMP, text="by +3.0 s") for at_s in (30, 300)
    )

    jumped = verdict_on(synthetic_run(60, [GOOD], timeline=[during]), "p95 < 200 ms")

    assert (jumped.verdict, jumped.exit_code) == (Decision.INVALID, ExitCode.INVALID)
    assert "the clock jumped while the load ran: by +3.0 s" in jumped.sentence
    assert verdict_on(synthetic_run(60, [GOOD], timeline=[after]), "p95 < 200 ms").verdict is Decision.PASS


@pytest.mark.parametrize("at_s", [-5, 30, 64])
def test_a_lost_part_of_the_generator_makes_a_run_invalid_whenever_that_was_noticed(at_s: int) -> None:
    """It is noticed by its silence, seconds later: what it did until then was not told either."""
    lost = Event(at_s=ORIGIN_S + at_s, kind=EventKind.WORKER_LOST, text="generator-1 fell silent")

    verdict = verdict_on(synthetic_run(60, [GOOD], timeline=[lost]), "p95 < 200 ms")

    assert (verdict.verdict, verdict.exit_code) == (Decision.INVALID, ExitCode.INVALID)
    assert "generator-1 fell silent" in verdict.sentence


def test_a_generator_that_died_before_its_load_began_is_no_undecided_run() -> None:
    died = Event(at_s=ORIGIN_S - 3, kind=EventKind.WORKER_LOST, text="the traffic process ended")
    run = synthetic_run(60, timeline=[died], load_started_s=None, load_ended_s=None)

    assert verdict_on(run, "p95 < 200 ms").exit_code is ExitCode.INVALID


def test_why_no_load_began_is_told() -> None:
    note = Event(at_s=ORIGIN_S, kind=EventKind.NOTE, text="no user became ready", source="generator")
    run = synthetic_run(60, timeline=[note], load_started_s=None, load_ended_s=None)

    assert titles(verdict_on(run, "p95 < 200 ms"), FindingKind.NOTE) == ["no user became ready"]


def test_a_loop_that_stands_still_in_most_seconds_makes_a_closed_run_invalid() -> None:
    stalls = samples_table({("generator", "loop_lag_ms", "7"): np.full(60, 130.0)})
    run = synthetic_run(60, [GOOD], samples=[stalls], arrivals=arrivals_table([]))

    assert "stood still" in verdict_on(run, "p95 < 200 ms").sentence


def test_a_run_judged_by_other_objectives_says_that_its_load_was_another() -> None:
    run = synthetic_run(30, [Traffic.steady(30, 50, 10.0)])

    assert "the run was made under another load than slo asks for" in titles(
        verdict_on(run, "p95 < 200 ms"), FindingKind.NOTE
    )


def test_a_verdict_is_the_same_every_time() -> None:
    run = synthetic_run(60, [GOOD, SLOW, FAILING])

    first, second = (verdict_on(run, "p95 < 200 ms", "errors < 1 %").model_dump_json() for _ in range(2))

    assert first == second


def test_endpoints_are_summarised_over_the_run_or_the_judged_window() -> None:
    run = synthetic_run(60, [GOOD, SLOW, FAILING])
    verdict = judge(run, parse_slo(LOAD.replace("0s}", "20s}") + "objectives: [errors < 1 %]", "slo.yaml"))

    whole, judged = summarise(run), summarise(run, verdict.window)

    assert [(one.method, one.name, one.requests, one.errors) for one in whole] == [
        ("GET", LEAGUE.name, 3000, 0),
        ("POST", LINEUP.name, 3300, 300),
    ]
    assert [one.requests for one in judged] == [2000, 2200]
    assert whole[0].response.p95 == pytest.approx(10.0, rel=0.01)
    assert whole[0].response.max == 10.0
    assert whole[1].service.mean == pytest.approx((3000 * 340 + 300 * 10) / 3300)


@given(
    st.integers(0, 12),
    st.lists(st.tuples(st.integers(-3, 15), st.floats(0, 1e5), st.booleans()), max_size=30),
    st.sampled_from(
        [
            "p95 < 200 ms",
            "max < 1 s",
            "mean < 1 s",
            "errors < 1 %",
            "rate > 1/s",
            "p50 < 1 s over 3s",
            "cpu < 80 %",
        ]
    ),
    st.sampled_from(["0s", "5s", "auto"]),
)
def test_no_run_is_too_odd_to_be_judged_and_none_passes_without_data(
    duration_s: int, requests: list[tuple[int, float, bool]], objective: str, warmup: str
) -> None:
    traffic = [Traffic.of(*map(list, zip(*requests, strict=True)))] if requests else []
    run = synthetic_run(duration_s, traffic, warmup_s=None)
    slo = parse_slo(LOAD.replace("0s}", f"{warmup}}}") + f"objectives: [{objective}]", "slo.yaml")

    verdict = judge(run, slo)

    found = verdict.objectives[0]
    assert found.outcome is not Outcome.PASS or (found.total or 0) > 0
    for value in (found.point, found.low, found.high, found.ratio_low, found.ratio_high):
        assert value is None or np.isfinite(value)
    assert (found.ratio_low or 0) <= (found.ratio_high if found.ratio_high is not None else 1)
