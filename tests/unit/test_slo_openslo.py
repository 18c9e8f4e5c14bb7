from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from preseason.errors import BadInputError
from preseason.run.requests import Endpoint
from preseason.slo.reading import parse_slo
from preseason.slo.translations.openslo import to_openslo
from preseason.slo.translations.openslo_import import from_openslo
from preseason.slo.translations.translation import yaml_text

if TYPE_CHECKING:
    from preseason.slo.model import Slo

LOAD = "load: {model: open, rate: 20/s, duration: 60s}\n"
KINDS = {"Service", "SLO", "AlertPolicy", "AlertNotificationTarget"}
DNS_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")


def slo(*objectives: str) -> Slo:
    return parse_slo(LOAD + "objectives:\n" + "".join(f"  - {one}\n" for one in objectives), "release.yaml")


def documents(text: str) -> list[dict[str, Any]]:
    return list(YAML(typ="safe", pure=True).load_all(text))


def exported(*objectives: str) -> dict[str, Any]:
    """The one SLO of an export."""
    (only,) = [one for one in documents(to_openslo(slo(*objectives)).text) if one["kind"] == "SLO"]
    return only


def test_an_export_keeps_the_rules_of_openslo_v1() -> None:
    found = documents(
        to_openslo(slo("p95 < 200 ms", "errors < 1 % for POST /api/trades", "redis.hit_rate > 90 %")).text
    )

    assert {one["kind"] for one in found} == KINDS
    names = [(one["kind"], one["metadata"]["name"]) for one in found]
    assert len(set(names)) == len(names)
    for one in found:
        assert (one["apiVersion"], set(one)) == ("openslo/v1", {"apiVersion", "kind", "metadata", "spec"})
        assert DNS_LABEL.fullmatch(one["metadata"]["name"])
        assert all(isinstance(text, str) for text in one["metadata"].get("annotations", {}).values())
    policies = {one["metadata"]["name"]: one for one in found if one["kind"] == "AlertPolicy"}
    for promised in (one["spec"] for one in found if one["kind"] == "SLO"):
        ratio = promised["indicator"]["spec"]["ratioMetric"]
        assert len({"good", "bad"} & set(ratio)) == 1
        assert all(isinstance(text, str) for text in ratio["total"]["metricSource"]["spec"].values())
        assert promised["budgetingMethod"] == "Occurrences"
        assert promised["timeWindow"] == [{"duration": "30d", "isRolling": True}]
        assert [0 < objective["target"] < 1 for objective in promised["objectives"]] == [True]
        assert {one["alertPolicyRef"] for one in promised["alertPolicies"]} <= set(policies)
        assert ("Service", promised["service"]) in names
    for policy in policies.values():
        (condition,) = policy["spec"]["conditions"]
        assert condition["kind"] == "AlertCondition"
        assert set(condition["spec"]["condition"]) == {"kind", "threshold", "lookbackWindow", "alertAfter"}
        assert policy["spec"]["notificationTargets"] == [{"targetRef": "oncall"}]


def test_a_percentile_is_a_share_of_good_requests_and_errors_one_of_bad() -> None:
    latency = exported("p95 < 200 ms for POST /api/trades")["spec"]
    errors = exported("errors < 0.7 %")["spec"]

    assert latency["indicator"]["spec"]["ratioMetric"]["good"]["metricSource"] == {
        "type": "preseason",
        "spec": {
            "count": "requests",
            "method": "POST",
            "path": "/api/trades",
            "outcome": "ok",
            "within_ms": "200",
        },
    }
    assert latency["objectives"][0]["target"] == 0.95
    assert errors["indicator"]["spec"]["ratioMetric"]["bad"]["metricSource"]["spec"]["outcome"] == "failed"
    assert errors["objectives"][0]["target"] == 0.993


def test_a_burn_rate_that_not_even_an_outage_reaches_has_no_alert() -> None:
    refs = [one["alertPolicyRef"] for one in exported("redis.hit_rate > 90 %")["spec"]["alertPolicies"]]

    assert refs == ["burn-6-in-6h", "burn-3-in-24h", "burn-1-in-72h"]


@pytest.mark.parametrize(
    "objective",
    [
        "mean < 1 s",
        "max < 2 s",
        "rate > 4/s",
        "errors < 1 % over 1m",
        "p95 < 110 % of baseline",
        "cpu < 80 %",
    ],
)
def test_what_is_no_ratio_is_left_out_and_named(objective: str) -> None:
    translation = to_openslo(slo("errors < 1 %", objective))

    (problem,) = translation.left_out
    assert objective in problem.cause
    assert problem.place == "release.yaml:4:5"
    assert objective in translation.text.splitlines()[1]
    assert to_openslo(slo(objective)).text == ""


_SCOPES = st.sampled_from(
    ["", " for POST /api/trades", " for /x,y=z", ' for GET "start page"', " for scenario lineup"]
)
_PERCENT = st.decimals("0.001", "99.999", places=3)
_SENTENCES = st.one_of(
    st.builds("p{} < {} ms{}".format, _PERCENT, st.decimals("0.01", "99999", places=2), _SCOPES),
    st.builds("errors < {} %{}".format, _PERCENT, _SCOPES),
    st.builds("availability >= {} %{}".format, _PERCENT, _SCOPES),
    st.builds("redis.hit_rate > {} %".format, _PERCENT),
)
_WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=20)


@st.composite
def long_forms(draw: st.DrawFn) -> dict[str, object]:
    """A ratio objective with everything that may be said of one."""
    said: dict[str, object] = {
        "objective": draw(_SENTENCES),
        "confidence": f"{draw(st.integers(51, 99))} %",
        "severity": draw(st.sampled_from(["P0", "P1", "P2", "P3"])),
        "required": draw(st.booleans()),
        "weight": draw(st.integers(1, 9)),
    }
    if draw(st.booleans()):
        until = draw(st.dates(date(2027, 1, 1), date(2099, 12, 31)))
        said["waived"] = {"owner": draw(_WORDS), "reason": draw(_WORDS), "until": until}
    return said


def written(objectives: list[dict[str, object]]) -> str:
    return LOAD + yaml_text([{"objectives": objectives}])


@settings(deadline=None, max_examples=40)  # the pure YAML writer takes its time
@given(st.lists(long_forms(), min_size=1, max_size=4, unique_by=lambda one: str(one["objective"])))
def test_what_is_exported_is_imported_as_the_same_promises(objectives: list[dict[str, object]]) -> None:
    try:
        asked = parse_slo(written(objectives), "release.yaml")
    except BadInputError:
        return  # two spellings of one objective
    there = to_openslo(asked)
    back = from_openslo(there.text, "openslo.yaml")

    assert (there.left_out, back.left_out) == ((), ())
    assert parse_slo(back.text, "back.yaml").objectives == asked.objectives


def broken(old: str, new: str) -> str:
    text = to_openslo(slo("p95 < 200 ms")).text
    assert old in text
    return text.replace(old, new, 1)


def test_every_reason_of_an_slo_is_told_once_and_at_its_place() -> None:
    text = """\
apiVersion: openslo/v1
kind: SLO
metadata: {name: a}
spec:
  objectives:
    - {target: 1.5}
    - {target: lots}
    - {target: 0.9}
  indicator: {spec: {ratioMetric: {good: {}}}}
"""

    translation = from_openslo(text, "openslo.yaml")

    assert translation.text == ""
    assert [(problem.place, problem.cause.partition(": ")[2]) for problem in translation.left_out] == [
        ("openslo.yaml:5:3", "it does not say how its budget is counted"),
        ("openslo.yaml:5:3", "its indicator is no ratio of counted events"),
        ("openslo.yaml:6:7", "its target does not lie between 0 and 1"),
        ("openslo.yaml:7:7", "its target is no number"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "cause"),
    [
        (
            "apiVersion: openslo/v1\nkind: SLO",
            "apiVersion: openslo/v2alpha1\nkind: SLO",
            "not an objective of OpenSLO v1",
        ),
        ("kind: SLO\n", "kind: Slo\n", "not an objective of OpenSLO v1"),
        ("Occurrences", "Timeslices", "its budget counts Timeslices"),
        ("type: preseason", "type: Prometheus", "of type Prometheus, which no run can be asked"),
        ("ratioMetric", "thresholdMetric", "no ratio of counted events"),
        ("target: 0.95", "target: 1", "between 0 and 1"),
        ("target: 0.95", "target: nan", "between 0 and 1"),
        ("target: 0.95", "target: lots", "its target is no number"),
        ("target: 0.95", "target: 0.95\n      targetPercent: 95", "a target and a targetPercent"),
        ("within_ms: '200'", "within_ms: 'NaN'", "expected a limit"),
        ("within_ms: '200'", "within_ms: 'fast'", "no number of milliseconds"),
        ("outcome: ok", "outcome: ok\n              path: /x", "count different events"),
        ("outcome: ok", "outcome: soon", "not known here"),
        ("preseason/confidence: 95 %", "preseason/confidence: 5 %", "a confidence lies above 50 %"),
        ("    spec:\n      ratioMetric", "    spex:\n      ratioMetric", "it has no indicator"),
    ],
)
def test_what_cannot_be_imported_is_named_and_nothing_is_guessed(old: str, new: str, cause: str) -> None:
    translation = from_openslo(broken(old, new), "openslo.yaml")

    assert translation.text == ""
    assert any(cause in problem.cause for problem in translation.left_out), translation.left_out
    assert all(problem.place.startswith("openslo.yaml") for problem in translation.left_out)


def test_an_indicator_in_a_document_of_its_own_is_found() -> None:
    inline = documents(to_openslo(slo("p95 < 200 ms for POST /x")).text)
    promised = next(one for one in inline if one["kind"] == "SLO")
    indicator = promised["spec"].pop("indicator")
    promised["spec"]["indicatorRef"] = indicator["metadata"]["name"]
    apart = {"apiVersion": "openslo/v1", "kind": "SLI", **indicator}
    found = parse_slo(from_openslo(yaml_text([promised, apart]), "openslo.yaml").text, "back.yaml")

    assert [one.endpoint for one in found.objectives] == [Endpoint("/x", "POST")]
    lost = from_openslo(yaml_text([promised]), "openslo.yaml").left_out
    assert "is not in this file" in lost[0].cause


@given(st.text(max_size=200) | _WORDS.map(lambda word: f"apiVersion: openslo/v1\nkind: SLO\nspec: {word}\n"))
def test_any_text_is_imported_or_refused(text: str) -> None:
    assert said_of(text)


def said_of(text: str) -> object:
    """What an import comes to; anything but a refusal or a translation is a failure."""
    try:
        translation = from_openslo(text, "any.yaml")
    except BadInputError as refused:
        return refused.problems
    return translation.left_out or translation.text


def ratio(good: str, total: str, *, kind: str = "preseason", target: float = 0.95) -> str:
    """An SLO as somebody else would write it."""
    return f"""
apiVersion: openslo/v1
kind: SLO
metadata: {{name: lineup-latency}}
spec:
  service: fantasy-api
  indicator:
    metadata: {{name: lineup-latency-ratio}}
    spec:
      ratioMetric:
        counter: true
        good: {{metricSource: {{type: {kind}, spec: {{query: '{good}'}}}}}}
        total: {{metricSource: {{type: {kind}, spec: {{query: '{total}'}}}}}}
  timeWindow: [{{duration: 30d, isRolling: true}}]
  budgetingMethod: Occurrences
  objectives: [{{displayName: one, target: {target}}}]
"""


@pytest.mark.parametrize(
    ("good", "total", "name"),
    [
        ("endpoint=lineup,ok=1,le_ms=200", "endpoint=lineup", 'p95 < 200 ms for "lineup"'),
        ("endpoint=/api/trades, ok=1", "endpoint=/api/trades", "availability >= 95 % for /api/trades"),
        ("scenario=lineup,ok=1", "scenario=lineup", "availability >= 95 % for scenario lineup"),
    ],
)
def test_a_choice_of_requests_in_one_line_is_understood(good: str, total: str, name: str) -> None:
    imported = from_openslo(ratio(good, total), "openslo.yaml")

    assert not imported.left_out
    assert [one.name for one in parse_slo(imported.text, "imported.yaml").objectives] == [name]


@pytest.mark.parametrize(
    ("good", "total", "cause"),
    [
        ("endpoint=lineup,ok=1", "endpoint=trade", "count different events"),
        ("endpoint=lineup,ok=maybe", "endpoint=lineup", "what its metrics count is not known"),
        ("lineup", "lineup", "'lineup' is no choice of requests"),
        ("colour=red,ok=1", "colour=red", "narrowed by colour"),
        ("ok=1,le_ms=fast", "", "is no choice of requests"),
    ],
)
def test_a_choice_that_cannot_be_meant_is_named(good: str, total: str, cause: str) -> None:
    (problem,) = from_openslo(ratio(good, total), "openslo.yaml").left_out

    assert cause in problem.cause


@pytest.mark.parametrize(
    ("good", "advice"),
    [
        ('http_request_duration_seconds_bucket{job="web",le="0.3"}', "p99.5 < 300 ms"),
        ('http_requests_total{code!~"5.."}', "availability >= 99.5 %"),
    ],
)
def test_of_foreign_metrics_it_is_said_what_was_probably_meant(good: str, advice: str) -> None:
    foreign = ratio(good, "http_requests_total", kind="Prometheus", target=0.995)

    (problem,) = from_openslo(foreign, "openslo.yaml").left_out

    assert problem.remedy == f"if requests are what they count, write: {advice}"
