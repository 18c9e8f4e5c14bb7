from __future__ import annotations

from datetime import date

import pytest

from preseason.campaign import shipped
from preseason.errors import Problem
from preseason.slo.alerts.reading import parse_alerts, read_alerts
from preseason.slo.grammar import parse_objective
from preseason.slo.reading import parse_slo
from preseason.slo.remarks import Remark, Weight
from preseason.verdict.explaining import explain
from preseason.verdict.foresight import judged_s, need_of, requests_in
from preseason.verdict.linting import remarks_on
from preseason.verdict.statistics.intervals import at_effective

LOAD = "load: {model: open, rate: 10/s, duration: 100s, warmup: 0s}\n"
TODAY = date(2026, 11, 23)
MANUAL = read_alerts(shipped.alert_policy())
WARNING, NOTE = Weight.WARNING, Weight.NOTE


def said(
    *objectives: str, load: str = LOAD, alerts: str = "critical: [cpu > 80 %]"
) -> list[tuple[Weight, str]]:
    slo = parse_slo(load + "objectives:\n" + "".join(f"  - {one}\n" for one in objectives), "slo.yaml")
    remarks = remarks_on(slo, parse_alerts(alerts, "alerts.yaml"), TODAY)
    return [(one.weight, one.problem.cause) for one in remarks]


@pytest.mark.parametrize(
    ("sentence", "fewest"),
    [
        ("p50 < 1 s", 5),
        ("p90 < 1 s", 29),
        ("p95 < 200 ms", 59),
        ("p99 < 1 s", 299),
        ("p99.9 < 1 s", 2995),
        ("availability >= 99.9 %", 2995),
        ("errors < 1 %", 299),
    ],
)
def test_the_fewest_requests_are_those_of_the_published_tables(sentence: str, fewest: int) -> None:
    need = need_of(parse_objective(sentence))

    assert need
    assert need.fewest == fewest


def test_the_usual_number_proves_the_promise_and_one_less_does_not() -> None:
    need = need_of(parse_objective("errors < 1 %"))

    assert need
    assert at_effective(0.995, need.usual, 0.95).low >= 0.99
    assert at_effective(0.995, need.usual - 1, 0.95).low < 0.99


@pytest.mark.parametrize("sentence", ["mean < 1 s", "max < 1 s", "cpu < 80 %", "p95 < 110 % of baseline"])
def test_what_is_no_share_needs_no_number_of_requests(sentence: str) -> None:
    assert need_of(parse_objective(sentence)) is None


def test_requests_are_counted_below_the_line_of_the_load_and_after_its_warm_up() -> None:
    slo = parse_slo(
        "load:\n  model: open\n  warmup: 20s\n  mix: {lineup: 1, trade: 3}\n"
        "  stages: [{ramp: 20s, to: 10/s}, {hold: 30s, rate: 10/s}, {ramp: 20s, to: 0/s}]\n"
        "objectives: [p95 < 1 s, p95 < 1 s for scenario trade, p95 < 1 s over 10s]\n",
        "slo.yaml",
    )

    assert judged_s(slo.load) == 50.0
    assert [requests_in(slo.load, one) for one in slo.objectives] == [2400.0, 1800.0, 480.0]


def test_of_a_closed_load_nobody_knows_how_many_requests_it_makes() -> None:
    slo = parse_slo("load: {model: closed, users: 5, duration: 9s}\nobjectives: [p99.9 < 1 s]", "slo.yaml")

    assert requests_in(slo.load, slo.objectives[0]) is None
    assert not remarks_on(slo, None)


def test_a_promise_that_a_load_cannot_decide_is_doubted_and_an_advisory_one_noted() -> None:
    ((weight, doubted),) = said("p99.99 < 1 s")
    assert weight is WARNING
    assert doubted.replace("\N{NARROW NO-BREAK SPACE}", "") == (
        "'p99.99 < 1 s' takes at least 29956 independent requests, all of them good; "
        "this load brings about 6000"
    )
    noted = said("errors < 1 %", "{objective: p99.99 < 1 s, required: false}")
    assert [weight for weight, _ in noted] == [NOTE]
    assert noted[0][1].endswith("it will stay UNDECIDED")


@pytest.mark.parametrize(
    ("objectives", "told"),
    [
        (["errors < 1 % over 5m"], "no such window fits"),
        (["p99 < 1 s over 4s"], "each window brings about 240"),
        (["rate > 100/s"], "this load makes about 60 requests a second"),
        (["{objective: errors < 1 %, required: false}"], "every objective is advisory or waived"),
        (["rate > 50/s", "rate < 40/s"], "'rate > 50/s' and 'rate < 40/s' cannot both hold"),
        (["postgres.connections < 20", "postgres.connections > 30"], "cannot both hold"),
        (["p95 < 200 ms", "p95 < 300 ms"], "'p95 < 300 ms' follows from 'p95 < 200 ms'"),
        (["p95 < 200 ms", "p99 < 100 ms"], "'p95 < 200 ms' follows from 'p99 < 100 ms'"),
        (["p95 < 200 ms", "max < 200 ms"], "'p95 < 200 ms' follows from 'max < 200 ms'"),
        (["errors < 1 %", "availability >= 98 %"], "'availability >= 98 %' follows from 'errors < 1 %'"),
        (
            ["errors < 1 %", "{objective: p95 < 1 s, waived: {owner: a, reason: b, until: 2026-11-30}}"],
            "its waiver ends in 7 days",
        ),
    ],
)
def test_what_is_doubtful_is_said(objectives: list[str], told: str) -> None:
    assert any(told in cause for _, cause in said(*objectives)), said(*objectives)


@pytest.mark.parametrize(
    "objectives",
    [
        ["errors < 1 %", "p95 < 200 ms", "rate > 40/s", "redis.hit_rate > 90 %"],
        ["errors < 1 %", "errors < 0.5 % for POST /x"],
        ["p95 < 200 ms", "p99 < 1 s"],
        ["p95 < 200 ms", "p95 < 300 ms over 30s"],
        ["errors < 1 %", "{objective: errors < 0.5 %, required: false}"],
        ["rate > 40/s", "rate < 50/s"],
    ],
)
def test_what_is_not_doubtful_is_not_remarked_on(objectives: list[str]) -> None:
    assert said(*objectives) == []


def test_a_scenario_that_the_load_does_not_run_is_found() -> None:
    load = "load: {model: open, rate: 10/s, duration: 100s, warmup: 0s, mix: {trade: 1}}\n"

    assert any(
        "runs no scenario lineup" in cause for _, cause in said("errors < 1 % for scenario lineup", load=load)
    )


def test_an_objective_that_is_missed_before_any_alert_fires_is_found() -> None:
    """The manual asks for a hit rate of 90 % and is alerted below 80 %."""
    assert any(
        "no alert fires between 90 % and 80 %" in cause
        for _, cause in said("redis.hit_rate > 90 %", alerts=MANUAL.text)
    )
    assert not any("no alert fires" in cause for _, cause in said("errors < 1 %", alerts=MANUAL.text))


def test_alerts_that_take_longer_than_the_load_are_counted() -> None:
    assert (NOTE, "8 of 10 alerts of the policy alerts cannot be evaluated") in said(
        "errors < 1 %", alerts=MANUAL.text.replace("name: manual\n", "")
    )


def test_remarks_stand_in_the_order_of_the_file_and_say_where() -> None:
    slo = parse_slo(LOAD + "objectives:\n  - rate > 100/s\n  - p99.99 < 1 s\n", "slo.yaml")

    places = [one.problem.place for one in remarks_on(slo, None)]
    assert places == ["slo.yaml:3:5", "slo.yaml:4:5"]
    assert str(remarks_on(slo, None)[0]).startswith("slo.yaml:3:5: warning: 'rate > 100/s'")


@pytest.mark.parametrize(
    ("objective", "told"),
    [
        ("p95 < 200 ms", "At least 95 % of all requests are answered well within 200 ms"),
        ("p95 < 200 ms", "wrongly passed in at most 5 %"),
        ("p95 < 200 ms", "at least 59 independent requests"),
        ("p95 < 200 ms", "which the manual wants answered within 4 hours"),
        ("max < 2 s", "Every one of all requests is answered well within 2 s"),
        ("errors < 1 % for POST /x", "The share of the requests of POST /x that fail"),
        (
            "availability >= 99 % for scenario lineup",
            "the scenario lineup that are answered well is at least 99 %",
        ),
        ("mean < 1 s over 10s", "in every whole window of 10s"),
        ("rate > 4/s", "The number of all requests a second is above 4/s"),
        ("redis.hit_rate > 90 %", "29 independent look-ups"),
        ("slow_queries(1 s) == 0", "statements that take 1 s or more is exactly 0"),
        ("cpu < 80 %", "no error rate is claimed"),
        ("p95 < 110 % of baseline", "at most 110 % of that of the baseline"),
        ("errors < 110 % of baseline", "below 110 % of the baseline's"),
        ("{objective: p95 < 1 s, required: false}", "It is advisory"),
        ("{objective: p95 < 1 s, waived: {owner: ann, reason: r, until: 2099-01-01}}", "never as PASS"),
    ],
)
def test_an_objective_is_explained_in_plain_sentences(objective: str, told: str) -> None:
    slo = parse_slo(f"{LOAD}objectives:\n  - {objective}\n", "slo.yaml")

    assert told in " ".join(explain(slo.objectives[0], slo.load))


def test_an_alert_about_errors_is_compared_with_an_availability_by_the_same_share() -> None:
    assert any(
        "no alert fires between 99.99 % and 99 %" in cause
        for _, cause in said("availability >= 99.99 %", alerts=MANUAL.text)
    )


def test_a_remark_says_its_weight_behind_its_place_whatever_figures_it_holds() -> None:
    cause = "takes 29\N{NARROW NO-BREAK SPACE}956 requests"

    told = str(Remark(WARNING, Problem(cause, "slo.yaml:4:5", "a longer load")))

    assert told == f"slo.yaml:4:5: warning: {cause}\n    a longer load"


def test_a_load_that_no_process_of_the_generator_can_make_is_doubted() -> None:
    much = "load: {model: open, stages: [{hold: 1h, rate: 1000000/s}]}\n"

    [(weight, cause)] = said("p95 < 200 ms", load=much)

    assert weight is WARNING
    assert "about 6\N{NARROW NO-BREAK SPACE}000\N{NARROW NO-BREAK SPACE}000 requests a second" in cause


@pytest.mark.parametrize(
    "load",
    [
        "load: {model: open, stages: [{hold: 1h, rate: 1000/s}]}\n",
        "load: {model: closed, users: 100000, duration: 1h}\n",
    ],
)
def test_a_load_that_a_process_may_make_is_not(load: str) -> None:
    assert said("p95 < 200 ms", load=load) == []
