"""Health answers against the operations manual's format."""

from __future__ import annotations

import json
from typing import Any

import pytest
from check_specimen import MANUAL, NOON_S
from hypothesis import given
from hypothesis import strategies as st

from preseason.collectors.fetching import Answer as Fetched
from preseason.collectors.health import shortcomings
from preseason.run.health import FIELDS, faults, health_of, moment_s, parts
from preseason.run.look import Answer, Miss
from preseason.verdict.check.health import format_row, health_row, of_platform
from preseason.verdict.check.limits import Limits, limits_of
from preseason.verdict.check.model import Row, Status

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("healthy"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([part for field in FIELDS for part in field.split(".")]), inner, max_size=4
        )
    ),
    max_leaves=20,
)


def changed(field: str, value: object) -> dict[str, Any]:
    """The manual's example with another value in one place; without it where that is None."""
    body = json.loads(json.dumps(MANUAL))
    *path, last = field.split(".")
    at = body
    for name in path:
        at = at[name]
    if value is None:
        del at[last]
    else:
        at[last] = value
    return body


def answer(body: object = MANUAL, status: int = 200, name: str = "GET /api/health", **of: object) -> Answer:
    text = body if isinstance(body, str) else json.dumps(body)
    return Answer(**{"name": name, "status": status, "times_ms": (3.0,), "body": text, "at_s": NOON_S} | of)


def judged(*of: object, **also: object) -> Row:
    return health_row(answer(*of, **also), Limits())


def test_the_manuals_own_example_has_no_fault() -> None:
    assert faults(MANUAL) == ()


def test_what_a_run_notes_of_an_answer_is_the_same_at_every_look() -> None:
    looks = (changed("checks.redis.memory", used) for used in (1_775_784, 1_772_712))
    first, second = (tuple(shortcomings(Fetched(200, json.dumps(look).encode()))) for look in looks)
    assert first == second
    assert "checks.redis.memory is not a text such as 85%" in first[0].text


@pytest.mark.parametrize(
    ("field", "value", "remedy"),
    [
        ("version", None, "add what is missing; "),
        ("uptime", "3 days", "write them as the manual does; "),
    ],
)
def test_what_is_there_in_another_form_is_not_asked_to_be_added(
    field: str, value: object, remedy: str
) -> None:
    told = format_row(answer(changed(field, value)))
    assert told is not None
    assert told[0].remedy.startswith(remedy)


def test_an_empty_answer_lacks_every_field_in_the_manuals_order() -> None:
    assert [fault.field for fault in faults({})] == list(FIELDS)
    assert all(fault.is_missing for fault in faults({}))


@pytest.mark.parametrize("field", FIELDS)
def test_a_field_that_is_missing_is_named_and_no_other(field: str) -> None:
    assert [(fault.field, fault.fault) for fault in faults(changed(field, None))] == [(field, "is missing")]


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("status", "ok", 'is "ok", not one of healthy, degraded, unhealthy'),
        ("timestamp", "2024-12-01T12:00:00", "not an ISO 8601 time with its zone"),
        ("timestamp", 1733054400, "not an ISO 8601 time with its zone"),
        ("version", 2.1, "is 2.1, not a text"),
        ("version", "", "not a text"),
        ("uptime", "86400", 'is "86400", not a number from 0 on'),
        ("uptime", True, "is true, not a number from 0 on"),
        ("uptime", -1, "not a number"),
        ("uptime", 10**400, "not a number"),
        ("uptime", float("nan"), "not a number"),
        ("checks.database.status", ["healthy"], "not one of"),
        ("checks.redis.memory", 85, "is 85, not a text such as 85%"),
        ("checks.redis.memory", "unknown", "not a text such as 85%"),
        ("checks.external_apis.sleeper", {"status": "healthy"}, "not one of"),
    ],
)
def test_a_field_with_a_wrong_value_is_named_with_what_it_should_be(
    field: str, value: object, fault: str
) -> None:
    (found,) = faults(changed(field, value))
    assert found.field == field
    assert fault in found.fault
    assert len(found.fault) < 120


def test_the_deployed_platforms_answer_lacks_what_the_manual_promises_beyond_it() -> None:
    deployed = {
        "status": "healthy",
        "timestamp": "2026-11-24T12:00:00.123Z",
        "database": {"connected": True, "version": "15", "userCount": 10},
    }
    missing = [fault.field for fault in faults(deployed)]
    assert missing == [field for field in FIELDS if field not in {"status", "timestamp"}]


@given(ANY_JSON)
def test_no_answer_whatever_breaks_the_judging_of_it(body: object) -> None:
    one = answer(json.dumps(body))
    assert (health_of(one.body) is None) is not isinstance(body, dict)
    assert isinstance(health_row(one, Limits()), Row)
    format_row(one)
    of_platform({one.name: one})


@pytest.mark.parametrize("text", ["", "<html>", "{", "[" * 100_000, "nul", "12" * 5000, "\ud800"])
def test_what_is_no_json_object_fails_and_has_no_format(text: str) -> None:
    row = health_row(answer(text), Limits())
    assert (row.status, row.cause) == (Status.FAIL, "it answers 200, but no JSON object")
    assert format_row(answer(text)) is None


def test_a_part_is_told_by_its_own_name() -> None:
    assert parts(changed("checks.redis.status", "degraded")) == {
        "database": "healthy",
        "redis": "degraded",
        "external_apis.sleeper": "healthy",
        "external_apis.anthropic": "healthy",
    }


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2024-12-01T12:00:00Z", NOON_S),
        ("2024-12-01T13:00:00+01:00", NOON_S),
        ("2024-12-01T12:00:00", None),
        ("noon", None),
        (None, None),
        (12, None),
    ],
)
def test_a_moment_has_a_zone(text: object, seconds: float | None) -> None:
    assert moment_s(text) == seconds


@pytest.mark.parametrize(
    ("body", "code", "status", "cause"),
    [
        (MANUAL, 200, Status.OK, ""),
        (changed("status", "degraded"), 200, Status.WARN, "it says degraded"),
        (changed("status", "unhealthy"), 200, Status.FAIL, "it says unhealthy"),
        (changed("status", "unhealthy"), 503, Status.FAIL, "it answers 503; it says unhealthy"),
        (MANUAL, 503, Status.FAIL, "it answers 503"),
        (MANUAL, 206, Status.WARN, "it answers 206"),
        (MANUAL, 500, Status.FAIL, "it answers 500"),
        (MANUAL, 404, Status.NO_DATA, "the target does not serve it"),
        (MANUAL, 401, Status.NO_DATA, "it answers 401"),
        (MANUAL, 308, Status.FAIL, "it redirects (308)"),
        (changed("status", "ok"), 200, Status.WARN, "its status is none of healthy, degraded, unhealthy"),
        (changed("checks.redis.status", "unhealthy"), 200, Status.WARN, "redis is unhealthy"),
    ],
)
def test_a_health_answer_is_judged_by_its_status_and_by_its_words(
    body: object, code: int, status: Status, cause: str
) -> None:
    row = judged(body, code)
    assert (row.status, row.cause) == (status, cause)


def test_only_the_primary_endpoint_has_to_be_there() -> None:
    assert judged({}, 404).status is Status.NO_DATA
    assert judged({}, 404, name="GET /api/health/external").status is Status.WARN


@pytest.mark.parametrize(
    ("asked_s", "status", "said"),
    [
        (NOON_S + 60, Status.OK, ""),
        (NOON_S + 61, Status.WARN, "old: kept by a cache"),
        (NOON_S - 61, Status.WARN, "in the future"),
    ],
)
def test_an_answer_that_was_made_at_another_time_says_nothing_of_now(
    asked_s: float, status: Status, said: str
) -> None:
    row = judged(MANUAL, at_s=asked_s)
    assert row.status is status
    assert said in row.cause


def test_how_old_an_answer_may_be_can_be_given() -> None:
    day = limits_of(["health-age=24h"])
    assert health_row(answer(at_s=NOON_S + 3600), day).status is Status.OK


def test_a_request_that_failed_has_no_health_and_no_format() -> None:
    away = answer("", 0, miss=Miss.AWAY, why="connection refused", times_ms=())
    row = health_row(away, Limits())
    assert (row.status, row.cause, row.failed_as) == (Status.FAIL, "connection refused", 5)
    assert format_row(away) is None


@pytest.mark.parametrize("code", [404, 500, 301, 401])
def test_the_format_is_asked_of_answers_that_tell_a_health_only(code: int) -> None:
    assert format_row(answer({}, code)) is None


def test_all_that_is_lacking_is_told_at_once_and_warns() -> None:
    body = changed("version", None) | {"uptime": "long"}
    found = format_row(answer(body))
    assert found is not None
    row, lacking = found
    assert row.status is Status.WARN
    assert row.said == "10 of the manual's 12 fields"
    assert row.cause == 'lacks version; uptime is "long", not a number from 0 on'
    assert [(one.endpoint, one.field) for one in lacking] == [
        ("GET /api/health", "version"),
        ("GET /api/health", "uptime"),
    ]


def test_version_and_uptime_are_those_the_primary_endpoint_tells() -> None:
    assert of_platform({"GET /api/health": answer()}) == ("2.1.0", 86400.0)
    assert of_platform({"GET /api/health": answer({"version": 3, "uptime": "x"})}) == ("", None)
    assert of_platform({}) == ("", None)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"status": "degraded"}, "it says degraded"),
        ({"status": "fine"}, "its status is none of"),
        (changed("checks.redis.status", "degraded"), "redis is degraded"),
    ],
)
def test_an_answer_that_complains_is_also_judged_by_how_long_it_took(body: object, said: str) -> None:
    late = judged(body, times_ms=(4000.0,))
    assert late.status is Status.FAIL
    assert said in late.cause
    assert "it takes 4 s" in late.cause.replace("\u2009", " ")
    assert late.limit == 2000
    assert judged(body, times_ms=(1500.0,)).limit == 1000
    assert judged(body).limit is None
