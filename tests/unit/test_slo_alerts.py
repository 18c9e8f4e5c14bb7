from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preseason.campaign import shipped
from preseason.errors import BadInputError
from preseason.run.requests import Endpoint
from preseason.slo.alerts.grammar import parse_alert
from preseason.slo.alerts.model import AlertLevel
from preseason.slo.alerts.reading import parse_alerts, read_alerts
from preseason.slo.contradictions import among_alerts
from preseason.slo.quantities import MistakeError

CRITICAL = AlertLevel.CRITICAL


def problems(text: str) -> list[tuple[str, str]]:
    with pytest.raises(BadInputError) as refused:
        parse_alerts(text, "alerts.yaml")
    return [(one.place.removeprefix("alerts.yaml:"), one.cause) for one in refused.value.problems]


def test_the_manuals_alerts_ship_as_a_policy() -> None:
    policy = read_alerts(shipped.alert_policy())

    assert [
        (rule.level.value, rule.name) for rule in policy.rules if rule.level is not AlertLevel.SCALING
    ] == [
        ("critical", "errors > 5 % over 5m"),
        ("critical", "mean > 2 s over 5m"),
        ("critical", "postgres.connection_failures > 0"),
        ("warning", "errors > 1 % over 10m"),
        ("warning", "mean > 1 s over 10m"),
        ("warning", "redis.hit_rate < 80 % over 1m"),
    ]


def test_an_alert_says_what_over_which_time_and_how_long_it_must_last() -> None:
    rule = parse_alert("mean > 2s for post /api/trades lasting 2m over 5m", CRITICAL)

    assert (rule.limit, rule.over_s, rule.lasting_s, rule.needs_s) == (2000.0, 300.0, 120.0, 420.0)
    assert rule.endpoint == Endpoint("/api/trades", "POST")
    assert rule.name == "mean > 2 s for POST /api/trades over 5m lasting 2m"


@pytest.mark.parametrize(
    ("text", "cause", "remedy"),
    [
        ("errors < 5 % over 5m", "not bad when it is '<'", "errors >"),
        ("redis.hit_rate > 80 % over 1m", "not bad when it is '>'", "redis.hit_rate <"),
        ("errors > 5 %", "errors over which time?", "over 5m"),
        ("p95 > 2 s over 5m", "no alert is made of p95", "mean"),
        ("errors > 100 % over 5m", "never comes to that limit", "can be reached"),
        ("errors > 5 % over 5m over 1m", "'over' stands twice", "once"),
        ("cpu > 80 % for 5m", "cannot be narrowed with 'for'", "lasting 5m"),
        ("errors > 5 % over 1.5s", "second by second", "whole seconds"),
        ("postgres.connection_failures > 3", "one too many", "> 0"),
        ("postgres.connection_failures > 0 over 5m", "as they happen", "'over' out"),
        ("errors == 5 % over 5m", "expected a comparison", ">"),
        ("errors > 5 over 5m", "5 has no unit", "5 %"),
    ],
)
def test_an_alert_that_cannot_be_meant_is_refused_with_the_way_out(
    text: str, cause: str, remedy: str
) -> None:
    with pytest.raises(MistakeError) as refused:
        parse_alert(text, CRITICAL)

    assert cause in refused.value.cause
    assert remedy in refused.value.remedy
    assert 0 <= refused.value.offset <= len(text)


def test_every_mistake_of_a_policy_is_told_with_its_place() -> None:
    assert problems(
        "critcal: [a]\ncritical:\n  - errors > 5 %\n  - {a: b}\n  - cpu > 80 %\n  - cpu > 80%\nwarning: x\n"
    ) == [
        ("1:1", "unknown key 'critcal'"),
        ("3:17", "errors over which time?"),
        ("4:5", "expected a sentence"),
        ("6:5", "'cpu > 80 %' stands twice"),
        ("7:10", "expected a list"),
    ]


@pytest.mark.parametrize("text", ["", "{}", "version: 1", "critical: []", "critical:", "[a]", "a: [", "\0"])
def test_a_policy_without_alerts_is_refused(text: str) -> None:
    assert problems(text)


@given(
    st.sampled_from(["errors > {} %", "availability <= {} %", "mean >= {} ms", "redis.hit_rate < {} %"]),
    st.decimals("0.01", "99", places=2),
    st.integers(1, 9999),
    st.one_of(st.just(""), st.decimals("0.5", "999", places=1).map(" lasting {}s".format)),
)
def test_the_name_of_an_alert_parses_to_the_same_alert(
    shape: str, limit: object, over_s: int, lasting: str
) -> None:
    rule = parse_alert(f"{shape.format(limit)} over {over_s}s{lasting}", CRITICAL)

    assert parse_alert(rule.name, CRITICAL) == rule


@given(st.text(max_size=100))
def test_any_text_is_a_policy_or_is_refused_with_a_place(text: str) -> None:
    try:
        parse_alerts(f"critical: [{text}]", "alerts.yaml")
    except BadInputError as refused:
        places = [one.place for one in refused.problems]
    else:
        places = ["none"]
    assert all(places)


def remarks(text: str) -> list[tuple[str, str]]:
    return [
        (remark.problem.place.removeprefix("alerts.yaml:"), remark.problem.cause)
        for remark in among_alerts(parse_alerts(text, "alerts.yaml"))
    ]


def test_the_manuals_two_times_for_one_condition_are_found() -> None:
    (remark,) = among_alerts(read_alerts(shipped.alert_policy()))

    assert remark.problem.cause == "'mean > 2 s' is asked over 5m (critical) and over 10m (scaling)"
    assert Path(remark.problem.place.split(":")[0]).name == "alerts.yaml"


def test_a_warning_that_comes_after_the_critical_alert_is_found() -> None:
    late = "critical: [errors > 5 % over 5m]\nwarning: [errors > 6 % over 10m]\n"

    assert remarks(late) == [
        ("2:11", "the warning 'errors > 6 % over 10m' comes only after the critical 'errors > 5 % over 5m'")
    ]
    assert not remarks("critical: [errors > 5 % over 5m]\nwarning: [errors > 1 % over 5m]\n")
